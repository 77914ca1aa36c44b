"""Transfer codes, and what a line of a statement is matched with (TRANSFER-1, TRANSFER-3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_statements.rules import (
    ALPHABET,
    TICKABLE,
    CodeOwner,
    KnownAccount,
    LineFacts,
    Match,
    MatchKind,
    OpenClaim,
    Owner,
    SentPayment,
    StandingRequest,
    UnknownTick,
    match_lines,
    read_code,
    read_codes,
    read_ticks,
    statement_reference,
    tick_value,
    transfer_code,
)

DAY = date(2026, 11, 30)
HER = CodeOwner(Owner.RESELLER, 7)
owners = st.builds(CodeOwner, st.sampled_from(Owner), st.integers(1, 10**9))


def line(key: int = 0, *, amount_fen: int = 100_00, **facts: Any) -> LineFacts:
    fields: dict[str, Any] = {
        "day": DAY,
        "reference": f"B{key}",
        "counterparty": "",
        "counterparty_account": "",
        "remark": "",
    }
    return LineFacts(key, amount_fen, **(fields | facts))


def claim(number: int = 1, *, amount_fen: int = 100_00, paid_on: date = DAY, payer: str = "王小美") -> OpenClaim:
    return OpenClaim(number, HER.id, amount_fen, paid_on, payer, "0128")


def match(*lines: LineFacts, **known: Any) -> list[Match]:
    nothing: dict[str, Any] = {"claims": [], "requests": [], "accounts": []}
    found = match_lines(lines, **(nothing | known))
    return [found[each.key] for each in lines]


# TRANSFER-1
@given(owners)
def test_a_code_leads_to_its_owner_however_it_is_typed(whose: CodeOwner) -> None:
    code = transfer_code(whose)
    assert read_code(code) == whose
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for remark in (code, code.lower(), wide, f"充值{code}王小美", f"货款 {code}，谢谢"):
        assert read_codes(remark) == {whose}
    assert not set(code[1:]) & set("B8I1LO0S5Z2")


# TRANSFER-1
@given(owners, st.integers(1, 30), st.sampled_from(ALPHABET))
def test_a_mistyped_letter_makes_no_code(whose: CodeOwner, place: int, letter: str) -> None:
    code = transfer_code(whose)
    at = place % (len(code) - 1) + 1
    wrong = f"{code[:at]}{letter}{code[at + 1 :]}"
    assert wrong == code or read_code(wrong) is None


# TRANSFER-1
@given(owners, st.integers(1, 30))
def test_two_letters_in_the_wrong_order_make_no_code(whose: CodeOwner, place: int) -> None:
    code = transfer_code(whose)
    at = place % (len(code) - 2) + 1
    wrong = f"{code[:at]}{code[at + 1]}{code[at]}{code[at + 2 :]}"
    assert wrong == code or read_code(wrong) is None


# TRANSFER-3
def test_a_code_is_certain_and_takes_the_claim_of_its_amount() -> None:
    remark = f"充值{transfer_code(HER)}"
    known = [claim(1, amount_fen=1), claim(2), claim(3)]
    first, second = match(line(0, remark=remark), line(1, remark=remark), claims=known)
    assert first == Match(MatchKind.CERTAIN, HER, claim_id=2)
    assert second == Match(MatchKind.CERTAIN, HER, claim_id=3)


# TRANSFER-3
def test_two_codes_in_one_remark_are_left_for_a_person() -> None:
    remark = f"{transfer_code(HER)} {transfer_code(CodeOwner(Owner.BRAND, 3))}"
    assert match(line(remark=remark)) == [Match(MatchKind.UNKNOWN)]


# TRANSFER-3
@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"counterparty": "王 小美"}, MatchKind.PROPOSED),
        ({"counterparty_account": "6222021234567890128"}, MatchKind.PROPOSED),
        ({"counterparty": "王小美", "day": DAY + timedelta(days=3)}, MatchKind.PROPOSED),
        ({"counterparty": "王小美", "day": DAY + timedelta(days=4)}, MatchKind.UNKNOWN),
        ({"counterparty": "王小美", "amount_fen": 100_01}, MatchKind.UNKNOWN),
        ({"counterparty": "李四"}, MatchKind.UNKNOWN),
        ({}, MatchKind.UNKNOWN),
    ],
)
def test_a_claim_is_proposed_by_payer_amount_and_day(facts: dict[str, Any], kind: MatchKind) -> None:
    (found,) = match(line(**facts), claims=[claim()])
    assert found.kind is kind
    assert (found.claim_id == 1) == (kind is MatchKind.PROPOSED)


# TRANSFER-3
def test_a_claim_that_fits_two_lines_or_claims_of_two_that_fit_one_are_not_proposed() -> None:
    same: dict[str, Any] = {"counterparty": "王小美"}
    assert {each.kind for each in match(line(0, **same), line(1, **same), claims=[claim()])} == {MatchKind.UNKNOWN}
    of_another = replace(claim(2), reseller_id=HER.id + 1)
    assert {each.kind for each in match(line(0, **same), claims=[claim(1), of_another])} == {MatchKind.UNKNOWN}


# TRANSFER-3
def test_two_claims_of_one_reseller_are_one_proposal_and_each_line_takes_its_own() -> None:
    same: dict[str, Any] = {"counterparty": "王小美"}
    both = [claim(1), claim(2)]
    assert match(line(0, **same), claims=both) == [Match(MatchKind.PROPOSED, HER, claim_id=1)]
    assert match(line(0, **same), line(1, **same), claims=both) == [
        Match(MatchKind.PROPOSED, HER, claim_id=number) for number in (1, 2)
    ]
    three = match(*(line(key, **same) for key in range(3)), claims=both)
    assert {each.kind for each in three} == {MatchKind.UNKNOWN}


# TRANSFER-3
def test_an_approved_account_is_proposed_where_it_has_one_owner() -> None:
    number = "3310010120010000123"
    brand, other = CodeOwner(Owner.BRAND, 3), CodeOwner(Owner.BRAND, 4)
    facts = line(counterparty_account="3310 0101 2001 0000 123")
    assert match(facts, accounts=[KnownAccount(brand, number)]) == [Match(MatchKind.PROPOSED, brand)]
    both = [KnownAccount(brand, number), KnownAccount(other, number)]
    assert match(facts, accounts=both) == [Match(MatchKind.UNKNOWN)]


# TRANSFER-3
def test_what_was_entered_before_is_not_entered_again() -> None:
    remark = transfer_code(HER)
    known = [StandingRequest(9, "B0", 100_00, False)]
    assert match(line(0, remark=remark), requests=known) == [Match(MatchKind.ENTERED, request_id=9)]
    (other_amount,) = match(line(0, remark=remark, amount_fen=1), requests=known)
    assert other_amount.kind is MatchKind.CERTAIN


# TRANSFER-3
def test_a_payment_of_ours_is_known_by_reference_or_by_one_payee() -> None:
    first = StandingRequest(1, "P-1", 50_00, True, "青禾服饰有限公司")
    second = StandingRequest(2, "P-2", 50_00, True, "云杉服饰")
    out: dict[str, Any] = {"amount_fen": -50_00}
    found = match(
        line(0, remark="结算 P-2", **out),
        line(1, counterparty="青禾服饰有限公司", **out),
        line(2, counterparty="云杉服饰", **out),
        requests=[first, second],
    )
    assert [(each.kind, each.request_id) for each in found] == [
        (MatchKind.PAYOUT, 2),
        (MatchKind.PAYOUT, 1),
        (MatchKind.UNKNOWN, None),
    ]


# TRANSFER-3
def test_a_settlement_of_a_provider_is_named() -> None:
    assert match(line(counterparty="财付通支付科技有限公司客户备付金"))[0].kind is MatchKind.PROVIDER


@given(st.integers(0, 4999), owners)
def test_ticks_are_read_as_they_were_sent(key: int, whose: CodeOwner) -> None:
    assert read_ticks([tick_value(key, whose)]) == {key: whose}


@pytest.mark.parametrize("value", ["", "1-R", "1-X-3", "x-R-3", "1-R-3 "])
def test_other_ticks_are_refused(value: str) -> None:
    with pytest.raises(UnknownTick):
        read_ticks([value])


# TRANSFER-4
def test_a_line_without_reference_gets_one_that_tells_it_apart() -> None:
    def made(account: str, amount_fen: int, balance_fen: int) -> str:
        return statement_reference(
            "", account=account, day=DAY, time="10:11:12", amount_fen=amount_fen, balance_fen=balance_fen
        )

    assert made("1", 5, 100).startswith("NOREF-20261130-")
    assert len({made("1", 5, 100), made("1", 5, 105), made("2", 5, 100), made("1", 6, 100)}) == 4
    assert made("1", 5, 100) == made("1", 5, 100)


# TRANSFER-3
@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"counterparty": "王小美"}, MatchKind.CAME_BACK),
        ({"counterparty_account": "6222 0212 3456 7890128"}, MatchKind.CAME_BACK),
        ({"counterparty": "王小美", "amount_fen": 100_01}, MatchKind.UNKNOWN),
        ({"counterparty": "李四"}, MatchKind.UNKNOWN),
        ({"counterparty": "王小美", "day": DAY - timedelta(days=3)}, MatchKind.PROPOSED),
        ({"counterparty": "王小美", "day": DAY + timedelta(days=31)}, MatchKind.UNKNOWN),
        ({"counterparty": "王小美", "remark": transfer_code(HER)}, MatchKind.CERTAIN),
    ],
)
def test_money_that_the_bank_sends_back_is_not_proposed_as_a_top_up(facts: dict[str, Any], kind: MatchKind) -> None:
    sent = [SentPayment(5, 100_00, "王小美", "6222021234567890128", DAY)]
    claims = [claim(paid_on=DAY - timedelta(days=3))] if facts.get("day") == DAY - timedelta(days=3) else [claim()]
    known = claims if kind is not MatchKind.UNKNOWN else []
    [found] = match(line(**facts), sent=sent, claims=known)
    assert found.kind is kind
    assert (found.request_id == 5) == (kind is MatchKind.CAME_BACK)
    assert MatchKind.CAME_BACK not in TICKABLE


# TRANSFER-3
def test_of_several_payments_that_may_have_come_back_none_is_named() -> None:
    sent = [SentPayment(number, 100_00, "王小美", "6222021234567890128", DAY) for number in (5, 6)]
    back = line(0, counterparty="王小美"), line(1, counterparty="王小美")
    assert match(*back, sent=sent) == [Match(MatchKind.CAME_BACK)] * 2
    assert match(*back, sent=sent[:1]) == [Match(MatchKind.CAME_BACK, request_id=5), Match(MatchKind.UNKNOWN)]
