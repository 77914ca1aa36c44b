"""Bank accounts of payees: two people, a cool-down, masked numbers (MONEY-5 to MONEY-7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Person
from events.models import Event
from events.rules.kinds import EventKind
from events.rules.sentences import sentences
from kernel.refusal import Refusal
from settlement.models import Statement
from tests.builders import NOW, Marketplace, settled_statement
from tests.two_people import ACCOUNT
from tests.violations import all_violations
from treasury.models import BankAccount
from treasury.rules.bank_accounts import account_number, has_check_digit, is_valid_number, mask_number
from treasury.selectors.bank_accounts import (
    AccountCoolsDown,
    NoPayeeAccount,
    list_own_accounts,
    require_payable_account,
)
from treasury.services import bank_accounts, entering
from treasury.services.bank_accounts import (
    AccountFields,
    AccountNotWaiting,
    InvalidAccount,
    InvalidAccountNumber,
    InvalidCnaps,
    OwnAccountEntry,
)
from treasury.services.booking import AccountChanged

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CARD = AccountFields("王小美", "６２２２ 0212-3456 7890 128", "工商银行")


# MONEY-5, MONEY-6
def test_an_account_is_paid_to_once_approved_and_48_hours_old() -> None:
    market = Marketplace()
    with pytest.raises(NoPayeeAccount):
        require_payable_account(brand_id=market.brand_id, owner="青禾", at=NOW)
    entered = bank_accounts.enter_own_account(actor=market.clerk, fields=ACCOUNT, now=NOW)
    assert (entered.state, entered.number, entered.payable_from) == ("waiting", "**** 0123", None)
    with pytest.raises(NoPayeeAccount):
        require_payable_account(brand_id=market.brand_id, owner="青禾", at=NOW)
    approved = bank_accounts.approve_account(actor=market.finance, account_id=entered.id, now=NOW)
    assert approved.payable_from == NOW + 48 * HOUR
    with pytest.raises(AccountCoolsDown) as refused:
        require_payable_account(brand_id=market.brand_id, owner="青禾", at=NOW + 48 * HOUR - HOUR / 60)
    assert refused.value.payable_from == NOW + 48 * HOUR
    assert require_payable_account(brand_id=market.brand_id, owner="青禾", at=NOW + 48 * HOUR) == entered.id
    kinds = Event.objects.filter(subject_kind="bank_account").order_by("pk").values_list("kind", "brand_id")
    assert list(kinds) == [
        ("brand_account_entered", market.brand_id),
        ("brand_account_approved", market.brand_id),
    ]
    assert all_violations() == []


# MONEY-5
def test_a_later_account_replaces_the_earlier_and_waits_again() -> None:
    market = Marketplace()
    first = bank_accounts.enter_own_account(actor=market.clerk, fields=ACCOUNT, now=NOW)
    bank_accounts.approve_account(actor=market.finance, account_id=first.id, now=NOW)
    later = NOW + 100 * HOUR
    mistyped = bank_accounts.enter_own_account(
        actor=market.clerk, fields=replace(ACCOUNT, number="12345678"), now=later
    )
    second = bank_accounts.enter_own_account(actor=market.clerk, fields=replace(ACCOUNT, number="87654321"), now=later)
    assert require_payable_account(brand_id=market.brand_id, owner="", at=later) == first.id
    with pytest.raises(AccountNotWaiting):
        bank_accounts.approve_account(actor=market.finance, account_id=mistyped.id, now=later)
    bank_accounts.approve_account(actor=market.finance, account_id=second.id, now=later)
    with pytest.raises(AccountCoolsDown):
        require_payable_account(brand_id=market.brand_id, owner="", at=later)
    states = BankAccount.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["replaced", "replaced", "approved"]


# MONEY-5
def test_who_entered_an_account_does_not_approve_it() -> None:
    market = Marketplace()
    entered = bank_accounts.enter_account_of_brand(
        actor=market.finance, brand_id=market.brand_id, fields=ACCOUNT, now=NOW
    )
    for actor in (market.finance, market.ops, market.clerk):
        with pytest.raises(Refusal):
            bank_accounts.approve_account(actor=actor, account_id=entered.id, now=NOW)
    with pytest.raises(OwnAccountEntry):
        bank_accounts.refuse_account(actor=market.finance, account_id=entered.id, reason="不对", now=NOW)
    with pytest.raises(IntegrityError, match="bank_account_two_people"), transaction.atomic():
        BankAccount.objects.update(state="approved", decided_by=market.finance.own_id, payable_from=NOW)
    refused = bank_accounts.refuse_account(
        actor=market.second_finance, account_id=entered.id, reason="户名不符", now=NOW
    )
    assert (refused.state, refused.decision_reason) == ("refused", "户名不符")
    told = Event.objects.get(kind="brand_account_refused")
    assert (told.brand_id, told.subject_id, told.data["reason"]) == (market.brand_id, entered.id, "户名不符")


def test_a_refused_account_is_told_to_its_reseller_with_the_reason() -> None:
    market = Marketplace()
    her = market.reseller()
    entered = bank_accounts.enter_own_account(actor=her.actor, fields=CARD, now=NOW)
    bank_accounts.refuse_account(actor=market.finance, account_id=entered.id, reason="户名不符", now=NOW)
    told = Event.objects.filter(subject_kind="bank_account", reseller_id=her.id).order_by("id")
    assert [sentences(EventKind(event.kind), event.data)[0] for event in told] == [
        "新填的收款账户工商银行尾号 0128 待审核，通过后付款到此账户；不是您要填的，请马上联系平台",
        "收款账户工商银行尾号 0128 没有通过：户名不符；请核对后重新填写",
    ]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"holder": " "}, InvalidAccount),
        ({"bank": "工" * 61}, InvalidAccount),
        ({"number": "6222021234567890129"}, InvalidAccountNumber),
        ({"number": "1234567"}, InvalidAccountNumber),
        ({"number": "12345678O"}, InvalidAccountNumber),
        ({"cnaps": "10210000"}, InvalidCnaps),
    ],
)
def test_an_account_that_cannot_be_one_is_refused(change: dict[str, str], refusal: type[Refusal]) -> None:
    her = Marketplace().reseller()
    with pytest.raises(refusal):
        bank_accounts.enter_own_account(actor=her.actor, fields=replace(CARD, **change), now=NOW)
    assert not BankAccount.objects.exists()


def test_numbers_are_folded_and_the_check_digit_is_that_of_cards() -> None:
    assert account_number("６２２２ 0212-3456 7890 128") == "6222021234567890128"
    assert has_check_digit("4242424242424242")
    assert not has_check_digit("4242424242424241")
    # A company's account has no check digit.
    assert is_valid_number("4242424242424241", is_personal=False)


@given(st.text("0123456789", min_size=15, max_size=18), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_a_card_is_found(body: str, place: int, by: int) -> None:
    card = next(f"{body}{digit}" for digit in range(10) if has_check_digit(f"{body}{digit}"))
    wrong = f"{card[:place]}{(int(card[place]) + by) % 10}{card[place + 1 :]}"
    assert not has_check_digit(wrong)
    assert card[:-4] not in mask_number(card)


# MONEY-7
def test_the_whole_number_is_shown_for_a_reason_on_record(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    market = Marketplace()
    her = market.reseller()
    entered = bank_accounts.enter_own_account(actor=her.actor, fields=CARD, now=NOW)
    number = "6222021234567890128"
    assert [each.number for each in list_own_accounts(her.actor)] == ["**** 0128"]
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    client.force_login(Person.objects.get(pk=market.finance.own_id))
    page = f"/console/bank-accounts/{entered.id}/"
    for address in (page, "/console/bank-accounts/", "/api/v1/ops/bank-accounts"):
        assert number not in client.get(address).content.decode()
    blank = client.post(page, {"form_action": "show", "show-reason": " "})
    assert number not in blank.content.decode()
    shown = client.post(page, {"form_action": "show", "show-reason": f"付款 {number}"})
    assert number in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    log = AuditEntry.objects.get(action="treasury.show_account")
    assert (log.person_id, log.subject_id, log.details) == (
        market.finance.own_id,
        entered.id,
        {"reason": "付款 **** 0128"},
    )
    with pytest.raises(Refusal):
        bank_accounts.show_account(actor=her.actor, account_id=entered.id, reason="看看", now=NOW)


# MONEY-6
def test_a_payment_to_a_brand_needs_its_account_and_the_same_one_at_the_approval() -> None:
    market = Marketplace()
    statement_id = settled_statement(market)
    with pytest.raises(NoPayeeAccount):
        entering.enter_payout(actor=market.finance, statement_id=statement_id, now=NOW)
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    entered = entering.enter_payout(actor=market.finance, statement_id=statement_id, now=NOW)
    changed = bank_accounts.enter_own_account(actor=market.clerk, fields=replace(ACCOUNT, number="87654321"), now=NOW)
    bank_accounts.approve_account(actor=market.finance, account_id=changed.id, now=NOW)
    with pytest.raises(AccountCoolsDown):
        market.money.approve(entered, now=NOW)
    with pytest.raises(AccountChanged):
        market.money.approve(entered, now=NOW + 49 * HOUR)
    assert Statement.objects.get().state == "settled"


def test_resellers_and_brands_enter_their_account_on_a_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    market = Marketplace()
    her = market.reseller()
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    typed = {"holder": "王小美", "number": "6222021234567890129", "bank": "工商银行"}
    for actor, address in ((her.actor, "/shop/wallet/bank-account/"), (market.clerk, "/portal/bank-account/")):
        client.force_login(Person.objects.get(pk=actor.own_id))
        if actor is her.actor:
            refused = client.post(address, typed).content.decode()
            assert "账号不对" in refused
            assert 'value="6222021234567890129"' in refused
        page = client.post(address, typed | {"number": "6222021234567890128"}, follow=True).content.decode()
        assert "已提交，等平台财务审核" in page
        assert "**** 0128" in page
    assert BankAccount.objects.count() == 2
