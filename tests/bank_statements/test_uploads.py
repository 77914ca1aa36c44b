"""Uploaded bank statements: previewed, committed in one act, never entered twice (TRANSFER-3 to TRANSFER-6)."""

import io
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import Role
from bank_statements.models import BankStatementLine, BankStatementUpload, LineRequest
from bank_statements.rules import CodeOwner, LineState, MatchKind, Owner, UploadState, transfer_code
from bank_statements.selectors.claims import get_claim
from bank_statements.selectors.lines import get_line, list_lines
from bank_statements.selectors.uploads import BankStatementUploadView, PreviewLine, list_preview
from bank_statements.services import claims, lines, uploads
from bank_statements.services.claims import ClaimFields
from bank_statements.services.lines import LineNotOpen, NotIncoming
from bank_statements.services.uploads import (
    AccountUnknown,
    MatchChanged,
    NoStatementLines,
    ReferenceOfAnotherLine,
    ReferenceOfTwoLines,
    StatementUnreadable,
    UploadEnded,
)
from kernel.period import SHANGHAI
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.orders import get_wallet_balance_fen
from tests.bank_statements.statements import ACCOUNT, statement
from tests.builders import NOW, Daigou, Marketplace, person, settled_statement
from tests.imports.bank_statements import HEADING, TITLE, workbook
from tests.violations import all_violations
from treasury.models import BankAccount, MoneyRequest
from treasury.services import deciding, entering
from treasury.services.batches import confirm_batch
from treasury.services.entering import ReferenceTaken
from treasury.services.withdrawals import request_withdrawal

pytestmark = pytest.mark.django_db


class Desk:
    """Two people of finance, and resellers who transfer money."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.first, self.second = self.market.finance, self.market.second_finance

    def upload(self, data: bytes, *, account: str = "") -> BankStatementUploadView:
        return uploads.upload_statement(actor=self.first, filename="流水.xlsx", chunks=[data], account=account, now=NOW)

    def commit(self, view: BankStatementUploadView, *ticked: PreviewLine) -> BankStatementUploadView:
        owners = {each.line.key: each.match.whose for each in ticked if each.match.whose}
        return uploads.commit_upload(actor=self.first, upload_id=view.id, ticked=owners, now=NOW)

    def commit_certain(self, data: bytes) -> BankStatementUploadView:
        view = self.upload(data)
        return self.commit(view, *(each for each in list_preview(view.id) if each.is_certain))

    def approve_all(self) -> None:
        waiting = MoneyRequest.objects.filter(state="waiting").values_list("pk", flat=True)
        deciding.approve(actor=self.second, request_ids=list(waiting), now=NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def code_of(her: Daigou) -> str:
    return transfer_code(CodeOwner(Owner.RESELLER, her.id))


# TRANSFER-3, TRANSFER-6
def test_five_top_ups_and_a_deposit_are_entered_at_once_and_booked_at_once(desk: Desk) -> None:
    resellers = [desk.market.reseller() for _ in range(5)]
    transferred: list[dict[str, Any]] = [
        {"fen": 100_00 * number, "remark": f"充值 {code_of(her)}", "name": "王小美"}
        for number, her in enumerate(resellers, start=1)
    ]
    brand = CodeOwner(Owner.BRAND, desk.market.brand_id)
    data = statement(*transferred, {"fen": 500_00, "remark": transfer_code(brand)}, {"fen": -5_00, "remark": "手续费"})
    view = desk.upload(data)
    assert (view.state, view.account, view.line_count, view.faults, view.gaps) == (
        UploadState.PREVIEW, ACCOUNT, 7, [], []
    )  # fmt: skip
    assert not BankStatementLine.objects.exists()
    shown = list_preview(view.id)
    assert [each.match.kind for each in shown] == [MatchKind.CERTAIN] * 6 + [MatchKind.UNKNOWN]
    committed = desk.commit(view, *shown[:6])
    assert (committed.state, committed.new_count) == (UploadState.COMMITTED, 7)
    assert BankStatementUpload.objects.get().content == []
    requests = MoneyRequest.objects.filter(reference__startswith="C").order_by("pk")
    assert [(each.kind, each.reference, each.amount_fen) for each in requests] == [
        *(("top_up", f"C{number}", 100_00 * number) for number in range(1, 6)),
        ("deposit", "C6", 500_00),
    ]
    assert [get_wallet_balance_fen(each.id) for each in resellers] == [0] * 5
    desk.approve_all()
    assert [get_wallet_balance_fen(each.id) for each in resellers] == [100_00, 200_00, 300_00, 400_00, 500_00]
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT, desk.market.brand_id)) == 10_500_00
    states = [each.state for each in list_lines(upload_id=view.id).items]
    assert states == [LineState.OPEN, *[LineState.BOOKED] * 6]
    entry = AuditEntry.objects.get(action="bank_statements.commit")
    assert (entry.details["entered"], entry.details["lines"]) == (6, 7)
    assert all_violations() == []


# MONEY-7
def test_the_number_of_a_payer_is_masked_in_previews_and_lines_and_still_matched(desk: Desk) -> None:
    her = desk.market.reseller()
    desk.market.money.account_of_reseller(her.id, now=NOW)
    number = BankAccount.objects.get(reseller_id=her.id).number
    view = desk.upload(statement({"fen": 100_00, "number": number}, {"fen": 5_00}))
    shown = list_preview(view.id)
    assert [each.match.kind for each in shown] == [MatchKind.PROPOSED, MatchKind.UNKNOWN]
    masked = [f"**** {number[-4:]}", ""]
    assert [each.line.counterparty_account for each in shown] == masked
    desk.commit(view, shown[0])
    assert [each.counterparty_account for each in reversed(list_lines(upload_id=view.id).items)] == masked
    assert BankStatementLine.objects.order_by("pk")[0].counterparty_account == number


# TRANSFER-3, MONEY-11
def test_a_withdrawal_that_the_bank_sends_back_is_not_entered_as_a_top_up(desk: Desk) -> None:
    her, money = desk.market.reseller(wallet_fen=1000_00), desk.market.money
    money.account_of_reseller(her.id, now=NOW)
    asked = request_withdrawal(actor=her.actor, amount_fen=300_00, key="w", now=NOW)
    money.approve(asked, now=NOW)
    batch = money.batch([asked.id], now=NOW)
    confirm_batch(actor=money.first, batch_id=batch.id, reference="B-1", now=NOW)
    number = BankAccount.objects.get(reseller_id=her.id).number
    back = statement({"fen": 300_00, "number": number, "day": f"{NOW.astimezone(SHANGHAI):%Y%m%d}"})
    [shown] = list_preview(desk.upload(back).id)
    assert (shown.match.kind, shown.match.request_id, shown.can_be_ticked) == (MatchKind.CAME_BACK, asked.id, False)
    money.return_from_bank(asked.id, now=NOW)
    later = desk.upload(back)
    [after] = list_preview(later.id)
    assert after.match.kind is not MatchKind.CAME_BACK
    # The line itself is entered nowhere: a person sets it aside, and says that the return was.
    desk.commit(later)
    line_id = BankStatementLine.objects.get().pk
    with pytest.raises(Refusal):
        lines.set_aside(actor=desk.first, line_id=line_id, reason=" ", now=NOW)
    assert get_line(line_id).state is LineState.OPEN
    reason = f"第 {asked.id} 笔提现退回，已登记"
    aside = lines.set_aside(actor=desk.first, line_id=line_id, reason=reason, now=NOW)
    assert (aside.state, aside.set_aside_reason) == (LineState.SET_ASIDE, reason)
    assert all_violations() == []


# TRANSFER-4
def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    her = desk.market.reseller()
    data = statement({"fen": 100_00, "remark": code_of(her)}, {"fen": 5_00})
    desk.commit_certain(data)
    again = desk.upload(data)
    shown = list_preview(again.id)
    assert [(each.is_known, each.can_be_ticked) for each in shown] == [(False, False), (True, False)]
    committed = desk.commit(again)
    assert committed.new_count == 0
    assert BankStatementLine.objects.count() == 2
    assert MoneyRequest.objects.filter(kind="top_up").count() == 1
    desk.approve_all()
    third = desk.upload(data)
    owner = CodeOwner(Owner.RESELLER, her.id)
    with pytest.raises(MatchChanged):
        uploads.commit_upload(actor=desk.first, upload_id=third.id, ticked={0: owner}, now=NOW)
    assert get_wallet_balance_fen(her.id) == 100_00
    assert all_violations() == []


# TRANSFER-6
def test_a_line_whose_request_was_refused_can_be_entered_again(desk: Desk) -> None:
    her, other = desk.market.reseller(), desk.market.reseller()
    view = desk.commit_certain(statement({"fen": 100_00, "remark": code_of(her)}))
    (line,) = list_lines(upload_id=view.id).items
    assert line.state is LineState.ENTERED
    assert line.request_id is not None
    with pytest.raises(LineNotOpen):
        lines.enter_top_up(actor=desk.first, line_id=line.id, reseller_id=other.id, now=NOW)
    deciding.refuse(actor=desk.second, request_id=line.request_id, reason="替别人转的", now=NOW)
    assert get_line(line.id).state is LineState.OPEN
    lines.enter_top_up(actor=desk.first, line_id=line.id, reseller_id=other.id, now=NOW)
    desk.approve_all()
    assert (get_wallet_balance_fen(her.id), get_wallet_balance_fen(other.id)) == (0, 100_00)
    assert LineRequest.objects.filter(line_id=line.id).count() == 2
    assert all_violations() == []


# TRANSFER-3
def test_what_was_entered_by_hand_is_linked_and_not_entered_again(desk: Desk) -> None:
    her = desk.market.reseller()
    desk.market.money.top_up(her.id, 100_00, "c1", now=NOW)
    view = desk.upload(statement({"fen": 100_00, "remark": code_of(her)}))
    (shown,) = list_preview(view.id)
    assert (shown.match.kind, shown.can_be_ticked) == (MatchKind.ENTERED, False)
    desk.commit(view)
    (line,) = list_lines(upload_id=view.id).items
    assert line.state is LineState.BOOKED
    assert get_wallet_balance_fen(her.id) == 100_00
    assert all_violations() == []


# TRANSFER-3
def test_a_payment_of_ours_confirms_its_request(desk: Desk) -> None:
    market = desk.market
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    statement_id = settled_statement(market)
    from_request = MoneyRequest.objects.create(
        kind="payout", state="waiting", brand_id=market.brand_id, statement_id=statement_id, amount_fen=80_00,
        reference="PAY-7", entered_by_id=desk.first.own_id, entered_at=NOW,
    )  # fmt: skip
    view = desk.upload(statement({"fen": -80_00, "remark": "货款 PAY-7"}, {"fen": -80_00, "remark": "房租"}))
    kinds = [each.match.kind for each in list_preview(view.id)]
    assert kinds == [MatchKind.PAYOUT, MatchKind.UNKNOWN]
    desk.commit(view)
    assert LineRequest.objects.get().request_id == from_request.pk


# TRANSFER-2, TRANSFER-3
def test_a_claim_is_proposed_found_and_booked(desk: Desk) -> None:
    her = desk.market.reseller()
    fields = ClaimFields(300_00, NOW.date(), "王小美", "0128")
    claim = claims.make_claim(actor=her.actor, fields=fields, now=NOW)
    view = desk.upload(statement({"fen": 300_00, "name": "王小美", "remark": "货款"}))
    (shown,) = list_preview(view.id)
    assert (shown.match.kind, shown.is_certain, shown.match.claim_id) == (MatchKind.PROPOSED, False, claim.id)
    desk.commit(view, shown)
    assert get_claim(claim.id).state.value == "found"
    with pytest.raises(claims.ClaimNotWaiting):
        claims.refuse_claim(actor=desk.first, claim_id=claim.id, reason="没有", now=NOW)
    desk.approve_all()
    assert get_claim(claim.id).state.value == "booked"
    assert get_wallet_balance_fen(her.id) == 300_00
    assert all_violations() == []


# TRANSFER-6
def test_an_act_that_one_line_refuses_enters_and_stores_nothing(desk: Desk) -> None:
    her, other = desk.market.reseller(), desk.market.reseller()
    entering.enter_top_up(actor=desk.first, reseller_id=other.id, amount_fen=1, reference="C2", now=NOW)
    view = desk.upload(statement({"fen": 100_00, "remark": code_of(her)}, {"fen": 50_00, "remark": code_of(her)}))
    with pytest.raises(ReferenceTaken) as refused:
        desk.commit(view, *list_preview(view.id))
    row = list_preview(view.id)[1].line.row
    assert refused.value.sentence().startswith(f"第 {row} 行：流水号 C2 已经录入过")
    assert refused.value.sentence("en").startswith(f"Line {row}: The reference C2")
    assert not BankStatementLine.objects.exists()
    assert MoneyRequest.objects.filter(kind="top_up").count() == 1
    assert BankStatementUpload.objects.get().state == "preview"


# MONEY-3, TRANSFER-6
def test_one_reference_on_two_ticked_lines_is_refused_with_both_lines(desk: Desk) -> None:
    facts: dict[str, object] = {"remark": code_of(desk.market.reseller()), "ref": "N1"}
    view = desk.upload(statement(facts | {"fen": 100_00}, facts | {"fen": 50_00}))
    first, second = list_preview(view.id)
    with pytest.raises(ReferenceOfTwoLines) as refused:
        desk.commit(view, first, second)
    assert refused.value.fields() == {"reference": "N1", "row": first.line.row, "other_row": second.line.row}
    assert (BankStatementLine.objects.count(), MoneyRequest.objects.filter(reference="N1").count()) == (0, 0)
    desk.commit(view, second)
    assert MoneyRequest.objects.get(reference="N1").amount_fen == 50_00


# TRANSFER-6
def test_a_reference_that_two_accounts_give_is_refused_and_named(desk: Desk) -> None:
    her = desk.market.reseller()
    desk.commit_certain(statement({"fen": 100_00, "remark": code_of(her)}))
    other = desk.upload(statement({"fen": 100_00, "remark": code_of(her)}), account="99887766")
    with pytest.raises(ReferenceOfAnotherLine) as refused:
        desk.commit(other, *list_preview(other.id))
    assert refused.value.reference == "C1"
    assert BankStatementLine.objects.count() == 1
    assert MoneyRequest.objects.filter(kind="top_up").count() == 1


# TRANSFER-6
def test_a_tick_for_somebody_else_than_shown_is_refused(desk: Desk) -> None:
    her, other = desk.market.reseller(), desk.market.reseller()
    view = desk.upload(statement({"fen": 100_00, "remark": code_of(her)}, {"fen": 1_00}))
    for ticked in (
        {0: CodeOwner(Owner.RESELLER, other.id)},
        {1: CodeOwner(Owner.RESELLER, her.id)},
        {9: CodeOwner(Owner.RESELLER, her.id)},
    ):
        with pytest.raises(MatchChanged):
            uploads.commit_upload(actor=desk.first, upload_id=view.id, ticked=ticked, now=NOW)
    assert not MoneyRequest.objects.filter(kind="top_up").exists()


# TRANSFER-5
def test_a_repeated_line_is_named_once_and_breaks_no_balance(desk: Desk) -> None:
    rows = [
        [day, "10:00:00", day, "转账", "", "10.00", balance, "", ref, "", ""]
        for day, balance, ref in (
            ("20261120", "10.00", "N1"), ("20261121", "20.00", "N2"), ("20261121", "20.00", "N2"), ("20261122", "30.00", "N3"),
        )
    ]  # fmt: skip
    view = desk.upload(workbook([*TITLE["cmb"], HEADING["cmb"], *rows]))
    assert (view.line_count, len(view.faults), view.gaps) == (3, 1, [])


# TRANSFER-5
def test_a_line_after_today_is_a_fault_and_is_not_entered(desk: Desk) -> None:
    code = code_of(desk.market.reseller())
    view = desk.upload(
        statement({"fen": 1_00, "remark": code}, {"fen": 2_00, "remark": code, "day": "20300101"}, {"fen": 3_00})
    )
    assert [each["zh"] for each in view.faults] == ["日期 2030-01-01 在今天之后"]
    assert ([each.line.amount_fen for each in list_preview(view.id)], view.gaps) == ([1_00, 3_00], [])


# MONEY-18, TRANSFER-3
def test_a_line_of_a_closed_account_is_marked_and_not_ticked_by_itself(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    her, other = desk.market.reseller(), desk.market.reseller()
    Person.objects.filter(pk=her.actor.own_id).update(closed_at=NOW, is_active=False)
    view = desk.upload(statement({"fen": 1_00, "remark": code_of(her)}, {"fen": 2_00, "remark": code_of(other)}))
    shown = list_preview(view.id)
    assert [(each.is_of_closed, each.can_be_ticked, each.is_certain) for each in shown] == [
        (True, True, False), (False, True, True),
    ]  # fmt: skip
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    client.force_login(Person.objects.get(pk=desk.first.own_id))
    page = client.get(f"/console/bank-statements/{view.id}/").content.decode()
    assert page.count("账户已关闭：确认要入账才勾选") == 1


def test_a_code_of_nobody_is_left_for_a_person(desk: Desk) -> None:
    view = desk.upload(statement({"fen": 1_00, "remark": transfer_code(CodeOwner(Owner.RESELLER, 999_999))}))
    assert list_preview(view.id)[0].match.kind is MatchKind.UNKNOWN


def test_lines_are_set_aside_with_a_reason_and_only_finance_acts(desk: Desk) -> None:
    view = desk.upload(statement({"fen": 8_00, "name": "利息"}, {"fen": -3_00}))
    for role in (Role.OPS, Role.RESELLER, Role.BRAND):
        with pytest.raises(Refusal):
            uploads.commit_upload(actor=person(role), upload_id=view.id, ticked={}, now=NOW)
    desk.commit(view)
    outgoing, incoming = list_lines(state=LineState.OPEN).items
    with pytest.raises(NotIncoming):
        lines.enter_deposit(actor=desk.first, line_id=outgoing.id, brand_id=desk.market.brand_id, now=NOW)
    for each in (outgoing, incoming):
        lines.set_aside(actor=desk.first, line_id=each.id, reason="利息和手续费", now=NOW)
        with pytest.raises(LineNotOpen):
            lines.set_aside(actor=desk.first, line_id=each.id, reason="再来", now=NOW)
    assert list_lines(state=LineState.OPEN).items == []
    assert [each.set_aside_reason for each in list_lines(state=LineState.SET_ASIDE).items] == ["利息和手续费"] * 2
    assert all_violations() == []


# TRANSFER-4
def test_files_that_cannot_be_used_are_refused_with_a_reason(desk: Desk) -> None:
    heading = ["交易日期", "收入", "支出", "流水号"]
    with pytest.raises(StatementUnreadable) as refused:
        desk.upload(b"%PDF-1.4")
    assert "PDF" in refused.value.sentence("zh")
    with pytest.raises(AccountUnknown):
        desk.upload(workbook([heading, ["20261122", "1.00", "", "1"]]))
    with pytest.raises(NoStatementLines):
        desk.upload(workbook([heading, ["20261322", "1.00", "", "1"]]), account="123456")
    assert not BankStatementUpload.objects.exists()
    twice = workbook([heading, ["20261122", "1.00", "", "1"], ["20261122", "1.00", "", "1"]])
    view = desk.upload(twice, account="1234 56")
    assert (view.account, view.line_count, [fault["row"] for fault in view.faults]) == ("123456", 1, [3])
    uploads.cancel_upload(actor=desk.first, upload_id=view.id, now=NOW)
    with pytest.raises(UploadEnded):
        uploads.commit_upload(actor=desk.first, upload_id=view.id, ticked={}, now=NOW)


def test_a_preview_costs_the_same_statements_for_one_line_as_for_many(
    desk: Desk, django_assert_num_queries: Any
) -> None:
    resellers = [desk.market.reseller() for _ in range(6)]
    few = desk.upload(statement({"fen": 1_00, "remark": code_of(resellers[0])}))
    many = desk.upload(statement(*({"fen": 1_00 + n, "remark": code_of(her)} for n, her in enumerate(resellers))))
    with django_assert_num_queries(9):
        list_preview(few.id)
    with django_assert_num_queries(9):
        list_preview(many.id)


def test_the_pages_upload_preview_and_commit(desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    her = desk.market.reseller()
    client.force_login(Person.objects.get(pk=desk.first.own_id))
    address = "/console/bank-statements/"
    assert "请选择银行导出的流水文件" in client.post(address).content.decode()
    data = statement({"fen": 100_00, "remark": code_of(her)}, {"fen": 7_00, "name": "谁"})
    answer = client.post(address, {"file": io.BytesIO(data)}, follow=True)
    page = answer.content.decode()
    assert her.actor.name in page
    assert page.count("checked") == 1
    upload_id = BankStatementUpload.objects.get().pk
    tick = f"0-R-{her.id}"
    assert tick in page
    refused = client.post(f"{address}{upload_id}/", {"action": "commit", "ticked": "0-R-x"}).content.decode()
    assert "认不出" in refused
    done = client.post(f"{address}{upload_id}/", {"action": "commit", "ticked": tick}, follow=True).content.decode()
    assert "录入 1 笔，等另一人复核" in done
    open_line = list_lines(state=LineState.OPEN).items[0]
    assert "¥7.00" in client.get("/console/bank-statement-lines/").content.decode()
    line_page = f"/console/bank-statement-lines/{open_line.id}/"
    client.post(line_page, {"form_action": "set_aside", "set_aside-reason": "利息"})
    assert "利息" in client.get(line_page).content.decode()
