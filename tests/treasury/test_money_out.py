"""Money out: withdrawals, payments of statements and returns of deposits, in files for the bank (MONEY-8 to MONEY-12)."""

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Person
from accounts.rules import Role
from accounts.services.passwords import issue_password_link, redeem_password_link
from brands.services import suspend_brand
from events.models import Event
from flashsales.services.ending import close_ended
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef, InsufficientBalance
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.grab import cancel_unpaid
from orders.services.shipping import ship
from settlement.models import Statement
from settlement.rules.statements import StatementState
from settlement.services.many import record_what_lapsed
from settlement.services.payouts import BrandHasMoney
from settlement.services.statements import AfterSalesWindowOpen, close, generate_statement
from tests.builders import HOUR, NOW, Marketplace, item_of, person
from tests.builders import settled_statement as settled_without_postings
from tests.one_time_codes import one_time_code
from tests.statements import settle_draft
from tests.two_people import CARD
from tests.violations import all_violations
from treasury.models import BankAccount, MoneyRequest, TransferBatch
from treasury.rules.batches import BatchFormat
from treasury.rules.requests import RequestState
from treasury.rules.withdrawals import LimitBroken, WithdrawalLimits
from treasury.selectors.bank_accounts import AccountCoolsDown, NoPayeeAccount
from treasury.selectors.batches import list_requests_for_batch
from treasury.selectors.requests import (
    MoneyRequestView,
    NoSuchRequest,
    WaitingRequests,
    count_blocked_requests,
    get_request,
    list_blocked_requests,
)
from treasury.services import bank_accounts, bank_returns, batches, deciding, deposits, entering
from treasury.services.bank_returns import NotReturnable
from treasury.services.batches import (
    AccountNotPaidTo,
    AllCameBack,
    BatchEnded,
    BatchReferenceTaken,
    DownloadedByAnother,
    LineCameBack,
    NotDownloaded,
    NothingForBatch,
    NotReadyForBatch,
    ReturnWaits,
)
from treasury.services.booking import AccountChanged
from treasury.services.deposits import DepositTied, NoDepositToReturn
from treasury.services.inserting import KeyUsed
from treasury.services.withdrawals import (
    AboveDailyMaximum,
    AboveWithdrawalMaximum,
    BelowWithdrawalMinimum,
    NothingToWithdraw,
    SignInChanged,
    request_withdrawal,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SETTLED = NOW + 20 * DAY


class Payer:
    """Two people of finance, and a reseller with ¥1,000 and an account that is paid to."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.money = self.market.money
        self.her = self.market.reseller(wallet_fen=1000_00)
        self.money.account_of_reseller(self.her.id, now=NOW)

    def ask(self, amount_fen: int | None = 300_00, *, key: str = "", **options: Any) -> MoneyRequestView:
        sent: dict[str, Any] = {"actor": self.her.actor, "now": NOW} | options
        number = MoneyRequest.objects.count()
        return request_withdrawal(amount_fen=amount_fen, key=key or f"key-{number}", **sent)

    def approve(self, *requests: MoneyRequestView) -> None:
        code = one_time_code(self.money.second, now=NOW)
        deciding.approve(actor=self.money.second, request_ids=[each.id for each in requests], code=code, now=NOW)

    def approved(self, amount_fen: int = 300_00) -> MoneyRequestView:
        asked = self.ask(amount_fen)
        self.approve(asked)
        return asked

    @property
    def balances(self) -> tuple[int, int]:
        """What is in the wallet, and what is on its way."""
        in_transit = get_balance_fen(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, self.her.id))
        return get_wallet_balance_fen(self.her.id), in_transit


@pytest.fixture
def payer() -> Payer:
    return Payer()


def settled_statement(market: Marketplace) -> int:
    """A statement of a sale of one unit, settled at its `SETTLED`."""
    sku = market.sku()
    sale_id = market.sale(sku)
    market.paid_order(market.reseller(wallet_fen=1000_00), item_of(sale_id, sku))
    parcel = list_consignments(at=NOW, brand_id=market.brand_id).items[0]
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF10000001", now=NOW + HOUR)
    close_ended(now=NOW + 49 * HOUR)
    drawn = generate_statement(actor=market.finance, sale_id=sale_id, now=NOW + 49 * HOUR)
    return settle_draft(market, drawn.id, now=SETTLED).id


def state_of(request: MoneyRequestView) -> RequestState:
    return get_request(request.id).state


# MONEY-8
def test_a_withdrawal_leaves_the_wallet_at_once_and_is_paid_through_a_file(payer: Payer) -> None:
    asked = payer.ask()
    assert (asked.state, payer.balances) == (RequestState.WAITING, (700_00, 300_00))
    payer.approve(asked)
    assert (state_of(asked), payer.balances) == (RequestState.APPROVED, (700_00, 300_00))
    assert all_violations() == []
    batch = payer.money.batch([asked.id], now=NOW)
    assert (state_of(asked), batch.amount_fen, batch.request_count) == (RequestState.IN_BATCH, 300_00, 1)
    assert all_violations() == []
    batches.confirm_batch(actor=payer.money.first, batch_id=batch.id, reference=" icbc 77 ", now=NOW)
    paid = get_request(asked.id)
    assert (paid.state, paid.reference, paid.paid_at) == (RequestState.PAID, "ICBC77", NOW)
    assert payer.balances == (700_00, 0)
    kinds = Event.objects.filter(subject_id=asked.id, subject_kind="money_request").order_by("pk")
    assert [each.kind for each in kinds] == ["withdrawal_requested", "withdrawal_paid"]
    log = AuditEntry.objects.filter(subject_kind="money_request", subject_id=asked.id).order_by("pk")
    assert [each.action for each in log] == [
        "treasury.enter_withdrawal",
        "treasury.approve",
        "treasury.put_into_batch",
        "treasury.confirm_payment",
    ]
    assert all_violations() == []


# MONEY-8
def test_all_of_a_wallet_is_withdrawn_and_the_same_key_asks_once(payer: Payer) -> None:
    asked = payer.ask(None, key="once")
    assert (asked.amount_fen, payer.balances) == (1000_00, (0, 1000_00))
    assert payer.ask(None, key="once") == asked
    with pytest.raises(NothingToWithdraw):
        payer.ask(None)
    assert all_violations() == []


# MONEY-8
@pytest.mark.parametrize("end", ["cancel", "refuse"])
def test_a_withdrawal_that_ends_goes_back_to_the_wallet(payer: Payer, end: str) -> None:
    asked = payer.ask()
    if end == "cancel":
        deciding.cancel(actor=payer.her.actor, request_id=asked.id, now=NOW)
    else:
        deciding.refuse(actor=payer.money.first, request_id=asked.id, reason="请先核对户名", now=NOW)
        assert Event.objects.get(kind="withdrawal_refused").data["reason"] == "请先核对户名"
    assert payer.balances == (1000_00, 0)
    with pytest.raises(deciding.NotWaiting):
        payer.approve(asked)
    with pytest.raises(deciding.NotWaiting):
        deciding.cancel(actor=payer.her.actor, request_id=asked.id, now=NOW)
    assert all_violations() == []


# MONEY-8
def test_somebody_elses_withdrawal_does_not_exist_and_an_approved_one_stays(payer: Payer) -> None:
    asked, other = payer.ask(), payer.market.reseller()
    with pytest.raises(NoSuchRequest):
        deciding.cancel(actor=other.actor, request_id=asked.id, now=NOW)
    payer.approve(asked)
    with pytest.raises(deciding.NotWaiting):
        deciding.cancel(actor=payer.her.actor, request_id=asked.id, now=NOW)
    for actor in (other.actor, payer.market.clerk):
        with pytest.raises(Refusal):
            deciding.approve(actor=actor, request_ids=[asked.id], now=NOW)
    assert payer.balances == (700_00, 300_00)


# MONEY-8
@pytest.mark.parametrize(
    ("amount_fen", "refusal"),
    [
        (0, NothingToWithdraw),
        (-5_00, NothingToWithdraw),
        (9_99, BelowWithdrawalMinimum),
        (1000_01, InsufficientBalance),
        (50_000_01, InsufficientBalance),
    ],
)
def test_a_withdrawal_beyond_its_limits_is_refused(payer: Payer, amount_fen: int, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        payer.ask(amount_fen)
    assert payer.balances == (1000_00, 0)
    assert not MoneyRequest.objects.filter(kind="withdrawal").exists()


# MONEY-8
def test_a_withdrawal_and_a_day_have_a_maximum(payer: Payer) -> None:
    payer.money.top_up(payer.her.id, 200_000_00, "ICBC-9", now=NOW)
    with pytest.raises(AboveWithdrawalMaximum):
        payer.ask(50_000_01)
    first = payer.ask(50_000_00)
    payer.ask(50_000_00)
    with pytest.raises(AboveDailyMaximum) as refused:
        payer.ask(10_00)
    assert (refused.value.today_fen, refused.value.max_fen) == (100_000_00, 100_000_00)
    deciding.cancel(actor=payer.her.actor, request_id=first.id, now=NOW)
    payer.ask(50_000_00)
    payer.ask(50_000_00, now=NOW + DAY)
    assert all_violations() == []


# MONEY-8
def test_what_is_left_below_the_minimum_is_withdrawn_whole(payer: Payer) -> None:
    payer.ask(995_00)
    with pytest.raises(BelowWithdrawalMinimum):
        payer.ask(4_00)
    assert payer.ask(5_00).amount_fen == 5_00


# MONEY-8
def test_no_withdrawal_without_an_account_or_soon_after_a_new_password(payer: Payer) -> None:
    other = payer.market.reseller(wallet_fen=50_00)
    with pytest.raises(NoPayeeAccount):
        payer.ask(10_00, actor=other.actor)
    payer.money.account_of_reseller(other.id, now=NOW + HOUR)
    with pytest.raises(AccountCoolsDown):
        payer.ask(10_00, actor=other.actor)
    link = issue_password_link(actor=payer.market.ops, person_id=payer.her.actor.own_id, now=NOW)
    redeem_password_link(secret=link.secret, new="ein neues langes Wort 9", now=NOW)
    with pytest.raises(SignInChanged) as refused:
        payer.ask()
    assert refused.value.withdrawable_from == NOW + DAY
    assert payer.balances == (1000_00, 0)
    assert payer.ask(now=NOW + DAY).amount_fen == 300_00


# MONEY-8
def test_a_key_that_was_used_for_another_amount_is_refused(payer: Payer) -> None:
    asked = payer.ask(100_00, key="one")
    assert payer.ask(100_00, key="one").id == asked.id
    with pytest.raises(KeyUsed) as refused:
        payer.ask(200_00, key="one")
    assert (refused.value.request_id, payer.balances) == (asked.id, (900_00, 100_00))
    everything = payer.ask(None, key="all")
    assert (payer.ask(None, key="all").id, payer.balances) == (everything.id, (0, 1000_00))


# MONEY-8
@given(st.integers(-5, 200), st.integers(0, 200), st.integers(0, 200))
def test_a_withdrawal_within_all_limits_breaks_none(amount: int, balance: int, today: int) -> None:
    broken = WithdrawalLimits(10, 100, 150).broken_by(amount, balance_fen=balance, today_fen=today)
    allowed = 0 < amount <= 100 and today + amount <= 150 and (amount >= 10 or amount >= balance)
    assert (broken is None) == allowed
    assert (broken is LimitBroken.NOTHING) == (amount <= 0)


# MONEY-10
@pytest.mark.parametrize("file_format", list(BatchFormat))
def test_a_file_has_each_line_once_with_whole_numbers(payer: Payer, file_format: BatchFormat) -> None:
    BankAccount.objects.update(cnaps="012345678901")
    asked = [payer.approved(100_00), payer.approved(200_00)]
    assert [each.id for each in list_requests_for_batch()] == [each.id for each in asked]
    made = batches.create_batch(
        actor=payer.money.first, request_ids=[each.id for each in asked], file_format=file_format, now=NOW
    )
    file = batches.download_batch(actor=payer.money.first, batch_id=made.id, now=NOW)
    assert (made.amount_fen, hashlib.sha256(file.content).hexdigest()) == (300_00, made.sha256)
    purpose = f"提现{asked[0].id}"
    if file_format is BatchFormat.CSV:
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
        assert rows[1] == [
            "1", "陈梅", "6222021001000000007", "工商银行", "杭州西湖支行", "012345678901", "100.00", purpose,
        ]  # fmt: skip
        assert len(rows) == 3
    else:
        [sheet] = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets
        cells = list(sheet[2])
        assert [cell.value for cell in cells] == [
            1, "陈梅", "6222021001000000007", "工商银行", "杭州西湖支行", "012345678901", 100, purpose,
        ]  # fmt: skip
        assert [(cells[at].data_type, cells[at].number_format) for at in (2, 5)] == [("s", "@")] * 2
        assert sheet.max_row == 3
    assert batches.download_batch(actor=payer.money.first, batch_id=made.id, now=NOW) == file
    assert AuditEntry.objects.filter(action="treasury.download_batch", subject_id=made.id).count() == 2
    with pytest.raises(DownloadedByAnother):
        batches.download_batch(actor=payer.money.second, batch_id=made.id, now=NOW)
    with pytest.raises(NotReadyForBatch) as refused:
        batches.create_batch(actor=payer.money.first, request_ids=[asked[1].id], file_format=file_format, now=NOW)
    assert refused.value.request_id == asked[1].id
    assert list_requests_for_batch() == []


# MONEY-10
def test_a_file_is_confirmed_once_after_it_was_downloaded(payer: Payer) -> None:
    asked = payer.approved()
    made = batches.create_batch(actor=payer.money.first, request_ids=[asked.id], file_format=BatchFormat.CSV, now=NOW)

    def confirm(batch_id: int = made.id, reference: str = "B-1") -> object:
        return batches.confirm_batch(actor=payer.money.second, batch_id=batch_id, reference=reference, now=NOW)

    with pytest.raises(NotDownloaded):
        confirm()
    batches.download_batch(actor=payer.money.first, batch_id=made.id, now=NOW)
    with pytest.raises(batches.BatchReferenceRequired):
        confirm(reference="  ")
    confirm()
    assert bytes(TransferBatch.objects.get().content) == b""
    with pytest.raises(BatchEnded):
        confirm()
    with pytest.raises(BatchEnded):
        batches.download_batch(actor=payer.money.first, batch_id=made.id, now=NOW)
    second = payer.money.batch([payer.approved().id], now=NOW)
    with pytest.raises(BatchReferenceTaken):
        confirm(second.id)
    assert payer.balances == (400_00, 300_00)
    assert all_violations() == []


# MONEY-10
def test_a_file_whose_downloader_is_away_is_taken_over_with_the_same_bytes(payer: Payer) -> None:
    money, third = payer.money, person(Role.FINANCE)
    asked = payer.approved()
    made = batches.create_batch(actor=money.first, request_ids=[asked.id], file_format=BatchFormat.CSV, now=NOW)
    with pytest.raises(NotDownloaded):
        batches.take_over_batch(actor=third, batch_id=made.id, reason="请假", now=NOW)
    first = batches.download_batch(actor=money.first, batch_id=made.id, now=NOW)
    with pytest.raises(DownloadedByAnother):
        batches.download_batch(actor=third, batch_id=made.id, now=NOW)
    for actor, reason in ((payer.market.ops, "请假"), (third, " ")):
        with pytest.raises(Refusal):
            batches.take_over_batch(actor=actor, batch_id=made.id, reason=reason, now=NOW)
    assert TransferBatch.objects.get().downloaded_by_id == money.first.own_id
    for _ in range(2):
        batches.take_over_batch(actor=third, batch_id=made.id, reason="小李请假", now=NOW + HOUR)
    assert batches.download_batch(actor=third, batch_id=made.id, now=NOW + HOUR).content == first.content
    with pytest.raises(DownloadedByAnother):
        batches.download_batch(actor=money.first, batch_id=made.id, now=NOW + HOUR)
    taken = AuditEntry.objects.get(action="treasury.take_over_batch")
    assert (taken.person_id, taken.details["reason"]) == (third.own_id, "小李请假")
    assert TransferBatch.objects.get().downloaded_at == NOW
    assert all_violations() == []
    batches.confirm_batch(actor=third, batch_id=made.id, reference="B-1", now=NOW + HOUR)
    with pytest.raises(BatchEnded):
        batches.take_over_batch(actor=money.first, batch_id=made.id, reason="请假", now=NOW + HOUR)


# MONEY-9
def test_only_finance_makes_files_and_only_of_approved_money_out(payer: Payer) -> None:
    waiting = payer.ask()
    top_up = MoneyRequest.objects.filter(kind="top_up", state="approved").first()
    assert top_up is not None
    for wanted, refusal in ([], NothingForBatch), ([waiting.id], NotReadyForBatch), ([top_up.pk], NotReadyForBatch):
        with pytest.raises(refusal):
            batches.create_batch(actor=payer.money.first, request_ids=wanted, file_format=BatchFormat.CSV, now=NOW)
    payer.approve(waiting)
    for actor in (payer.market.ops, payer.her.actor):
        with pytest.raises(Refusal):
            batches.create_batch(actor=actor, request_ids=[waiting.id], file_format=BatchFormat.CSV, now=NOW)
    assert not TransferBatch.objects.exists()


# MONEY-11
@pytest.mark.parametrize("when", ["stopped", "in_batch", "paid"])
def test_a_withdrawal_that_comes_back_is_in_the_wallet_again(payer: Payer, when: str) -> None:
    asked = payer.approved()
    if when != "stopped":
        batch = payer.money.batch([asked.id], now=NOW)
        if when == "paid":
            batches.confirm_batch(actor=payer.money.first, batch_id=batch.id, reference="B-1", now=NOW)
    entered = bank_returns.enter_bank_return(actor=payer.money.first, request_id=asked.id, reason="户名不符", now=NOW)
    assert (
        bank_returns.enter_bank_return(actor=payer.money.first, request_id=asked.id, reason="户名不符", now=NOW)
        == entered
    )
    assert payer.balances == (700_00, 0 if when == "paid" else 300_00)
    with pytest.raises(deciding.OwnRequest):
        deciding.approve(actor=payer.money.first, request_ids=[entered.id], now=NOW)
    payer.approve(entered)
    assert (state_of(asked), payer.balances) == (RequestState.RETURNED, (1000_00, 0))
    assert Event.objects.get(kind="withdrawal_returned").data == {"amount": "300.00", "reason": "户名不符"}
    # An account at which the bank did not pay is entered anew; one that was only stopped may be used again.
    account = BankAccount.objects.get(reseller_id=payer.her.id)
    assert account.state == ("approved" if when == "stopped" else "returned")
    if when != "stopped":
        with pytest.raises(NoPayeeAccount):
            payer.ask()
    with pytest.raises(NotReturnable):
        bank_returns.enter_bank_return(actor=payer.money.first, request_id=asked.id, reason="再退", now=NOW)
    assert all_violations() == []


# MONEY-11
def test_what_is_being_stopped_is_in_no_file(payer: Payer) -> None:
    asked = payer.approved()
    bank_returns.enter_bank_return(actor=payer.money.first, request_id=asked.id, reason="本人要求", now=NOW)
    with pytest.raises(NotReadyForBatch):
        payer.money.batch([asked.id], now=NOW)
    assert list_requests_for_batch() == []


# MONEY-11
def test_a_line_that_came_back_is_not_confirmed_with_the_others(payer: Payer) -> None:
    asked = [payer.approved(100_00), payer.approved(200_00)]
    batch = payer.money.batch([each.id for each in asked], now=NOW)
    payer.money.return_from_bank(asked[0].id, now=NOW)
    batches.confirm_batch(actor=payer.money.first, batch_id=batch.id, reference="B-1", now=NOW)
    assert [state_of(each) for each in asked] == [RequestState.RETURNED, RequestState.PAID]
    assert payer.balances == (800_00, 0)
    assert all_violations() == []


# MONEY-10, MONEY-11
def test_a_line_that_was_stopped_before_the_download_is_left_out_of_the_file(payer: Payer) -> None:
    asked = [payer.approved(100_00), payer.approved(200_00)]
    first, ids = payer.money.first, [each.id for each in asked]
    made = batches.create_batch(actor=first, request_ids=ids, file_format=BatchFormat.CSV, now=NOW)
    entered = bank_returns.enter_bank_return(actor=first, request_id=asked[0].id, reason="本人要求", now=NOW)
    with pytest.raises(ReturnWaits, match=str(asked[0].id)):
        batches.download_batch(actor=first, batch_id=made.id, now=NOW)
    payer.approve(entered)
    file = batches.download_batch(actor=first, batch_id=made.id, now=NOW)
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [each["金额（元）"] for each in rows] == ["200.00"]
    # The bank never saw the line, so nothing is wrong with her account.
    assert BankAccount.objects.get(reseller_id=payer.her.id).state == "approved"
    batches.confirm_batch(actor=first, batch_id=made.id, reference="B-1", now=NOW)
    assert [state_of(each) for each in asked] == [RequestState.RETURNED, RequestState.PAID]
    assert payer.balances == (800_00, 0)
    assert all_violations() == []


# MONEY-10
def test_a_file_whose_lines_were_all_stopped_is_not_given(payer: Payer) -> None:
    asked = payer.approved()
    made = batches.create_batch(actor=payer.money.first, request_ids=[asked.id], file_format=BatchFormat.CSV, now=NOW)
    payer.money.return_from_bank(asked.id, now=NOW)
    with pytest.raises(AllCameBack):
        batches.download_batch(actor=payer.money.first, batch_id=made.id, now=NOW)


# MONEY-10
def test_a_file_with_a_line_that_came_back_is_not_downloaded_again(payer: Payer) -> None:
    asked = [payer.approved(100_00), payer.approved(200_00)]
    batch = payer.money.batch([each.id for each in asked], now=NOW)
    payer.money.return_from_bank(asked[1].id, now=NOW)
    with pytest.raises(LineCameBack, match=str(asked[1].id)):
        batches.download_batch(actor=payer.money.first, batch_id=batch.id, now=NOW)


# MONEY-10
def test_a_file_with_a_replaced_account_is_not_downloaded(payer: Payer) -> None:
    asked = payer.approved()
    made = batches.create_batch(actor=payer.money.first, request_ids=[asked.id], file_format=BatchFormat.CSV, now=NOW)
    BankAccount.objects.filter(reseller_id=payer.her.id).update(state="replaced")
    payer.money.account_of_reseller(payer.her.id, now=NOW)
    with pytest.raises(AccountNotPaidTo, match=str(asked.id)):
        batches.download_batch(actor=payer.money.first, batch_id=made.id, now=NOW)


# MONEY-10, MONEY-11
def test_a_batch_is_not_confirmed_while_a_return_of_a_line_waits(payer: Payer) -> None:
    asked = [payer.approved(100_00), payer.approved(200_00)]
    batch = payer.money.batch([each.id for each in asked], now=NOW)
    entered = bank_returns.enter_bank_return(
        actor=payer.money.first, request_id=asked[1].id, reason="户名不符", now=NOW
    )
    confirm = partial(batches.confirm_batch, actor=payer.money.first, batch_id=batch.id, reference="B-1", now=NOW)
    with pytest.raises(ReturnWaits, match=str(asked[1].id)):
        confirm()
    assert state_of(asked[0]) is RequestState.IN_BATCH
    deciding.refuse(actor=payer.money.second, request_id=entered.id, reason="银行已付", now=NOW)
    confirm()
    assert [state_of(each) for each in asked] == [RequestState.PAID, RequestState.PAID]


# MONEY-6
def test_a_withdrawal_whose_account_was_changed_is_not_approved_and_not_in_a_file(payer: Payer) -> None:
    asked, approved = payer.ask(), payer.approved()
    BankAccount.objects.filter(reseller_id=payer.her.id).update(state="replaced")
    payer.money.account_of_reseller(payer.her.id, now=NOW)
    with pytest.raises(AccountChanged):
        payer.approve(asked)
    assert [each.id for each in list_blocked_requests(limit=9)] == [approved.id]
    with pytest.raises(NotReadyForBatch):
        payer.money.batch([approved.id], now=NOW)


# MONEY-6
def test_who_asked_for_a_withdrawal_is_told_when_its_account_is_replaced(payer: Payer, client: Client) -> None:
    waiting, approved, in_file, taken = payer.ask(50_00), *(payer.approved(yuan * 100) for yuan in (100, 200, 300))
    payer.money.batch([taken.id], now=NOW)
    batches.create_batch(actor=payer.money.first, request_ids=[in_file.id], file_format=BatchFormat.XLSX, now=NOW)
    told = Event.objects.filter(kind="withdrawal_blocked")
    assert (count_blocked_requests().requests, told.count()) == (0, 0)
    entered_account = bank_accounts.enter_own_account(actor=payer.her.actor, fields=CARD, now=NOW)
    bank_accounts.approve_account(actor=payer.money.first, account_id=entered_account.id, now=NOW)
    found = list_blocked_requests(limit=9)
    assert [each.id for each in found] == [approved.id, in_file.id]
    assert count_blocked_requests() == WaitingRequests(2, 300_00)
    assert [(each.reseller_id, each.subject_id, each.data) for each in told.order_by("id")] == [
        (payer.her.id, approved.id, {"amount": "100.00"}), (payer.her.id, in_file.id, {"amount": "200.00"}),
    ]  # fmt: skip
    assert [get_request(each.id).is_blocked for each in (waiting, approved, in_file, taken)] == [
        False,
        True,
        True,
        False,
    ]
    client.force_login(Person.objects.get(pk=payer.her.actor.own_id))
    page = client.get(reverse("shop:withdrawals")).content.decode()
    assert page.count("付不出去：收款账户换过了") == page.count("请再申请一次，付到现在的收款账户") == 2
    for each in (approved, in_file):
        entered = bank_returns.enter_bank_return(actor=payer.money.first, request_id=each.id, reason="换卡", now=NOW)
        assert each.id not in [blocked.id for blocked in list_blocked_requests(limit=9)]
        deciding.approve(actor=payer.money.second, request_ids=[entered.id], now=NOW)
    assert (count_blocked_requests(), state_of(approved)) == (WaitingRequests(0, 0), RequestState.RETURNED)
    assert payer.balances == (650_00, 350_00)


# MONEY-6, MONEY-11
def test_a_return_by_the_bank_blocks_what_was_to_go_to_the_same_account(payer: Payer) -> None:
    sent, next_one = payer.approved(100_00), payer.approved(200_00)
    payer.money.batch([sent.id], now=NOW)
    entered = bank_returns.enter_bank_return(actor=payer.money.first, request_id=sent.id, reason="销户", now=NOW)
    deciding.approve(actor=payer.money.second, request_ids=[entered.id], now=NOW)
    assert [each.id for each in list_blocked_requests(limit=9)] == [next_one.id]
    assert [each.subject_id for each in Event.objects.filter(kind="withdrawal_blocked")] == [next_one.id]


# MONEY-9, MONEY-11
def test_a_statement_whose_payment_came_back_is_owed_and_paid_again(payer: Payer) -> None:
    market, money = payer.market, payer.money
    statement_id, later = settled_statement(market), SETTLED

    def owed_fen() -> int:
        return get_balance_fen(AccountRef(AccountKind.BRAND_SETTLED, market.brand_id))

    payable_fen = owed_fen()
    assert payable_fen > 0
    first = money.pay_out(statement_id, "B-1", now=later)
    assert (first.state, owed_fen()) == (RequestState.PAID, 0)
    money.return_from_bank(first.id, now=later)
    row = Statement.objects.get(pk=statement_id)
    assert (row.state, row.paid_at, row.payout_reference, owed_fen()) == ("settled", None, "", payable_fen)
    assert Event.objects.get(kind="brand_transfer_returned").brand_id == market.brand_id
    assert all_violations() == []
    with pytest.raises(NoPayeeAccount):
        entering.enter_payout(actor=money.first, statement_id=statement_id, now=later)
    again = money.pay_out(statement_id, "B-2", now=later + 3 * DAY)
    assert (again.state, owed_fen()) == (RequestState.PAID, 0)
    assert Statement.objects.get(pk=statement_id).payout_reference == "B-2"
    assert all_violations() == []


# MONEY-9
def test_a_statement_is_settled_and_owed_until_the_bank_has_paid(payer: Payer) -> None:
    market, money = payer.market, payer.money
    statement_id = settled_statement(market)
    money.bank_account(brand_id=market.brand_id, now=SETTLED)
    entered = entering.enter_payout(actor=money.first, statement_id=statement_id, now=SETTLED)
    money.approve(entered, now=SETTLED)
    money.batch([entered.id], now=SETTLED)
    assert Statement.objects.get(pk=statement_id).state == "settled"
    with pytest.raises(entering.PayoutEntered):
        entering.enter_payout(actor=money.first, statement_id=statement_id, now=SETTLED)
    assert all_violations() == []


# MONEY-9
def test_a_statement_over_nothing_is_closed_without_a_payment(payer: Payer) -> None:
    """SETTLE-3: neither a bank account nor a code is asked for."""
    market = payer.market
    sale_id = market.sale(market.sku())
    close_ended(now=NOW + 49 * HOUR)
    drawn = generate_statement(actor=market.finance, sale_id=sale_id, now=NOW + 49 * HOUR)
    with pytest.raises(AfterSalesWindowOpen):
        settle_draft(market, drawn.id, now=NOW + 50 * HOUR)
    settled = settle_draft(market, drawn.id, now=SETTLED)
    assert (settled.state, settled.totals.payable_fen) == (StatementState.CLOSED, 0)
    with pytest.raises(entering.StatementNotSettled):
        entering.enter_payout(actor=payer.money.first, statement_id=settled.id, now=SETTLED)
    assert MoneyRequest.objects.filter(kind="payout").count() == 0
    assert all_violations() == []
    # One that was settled before there was such a rule.
    Statement.objects.filter(pk=settled.id).update(state="settled", paid_at=None, closed_at=None, payout_reference="")
    with pytest.raises(entering.NothingPayable):
        entering.enter_payout(actor=payer.money.first, statement_id=settled.id, now=SETTLED)
    assert [record_what_lapsed(now=SETTLED) for _ in range(2)] == [1, 0]
    assert Statement.objects.get().state == "closed"
    assert all_violations() == []


# MONEY-9
def test_a_payment_of_nothing_from_before_asks_for_no_account_and_no_code(payer: Payer) -> None:
    market = payer.market
    statement_id = settled_without_postings(market)
    Statement.objects.filter(pk=statement_id).update(sold_fen=0, payable_fen=0)
    entered = MoneyRequest.objects.create(
        kind="payout", state="waiting", brand_id=market.brand_id, statement_id=statement_id, amount_fen=0,
        entered_by_id=payer.money.first.own_id, entered_at=NOW,
    )  # fmt: skip
    [paid] = deciding.approve(actor=payer.money.second, request_ids=[entered.pk], now=NOW)
    assert (paid.state, paid.batch_id, Statement.objects.get().state) == (RequestState.PAID, None, "paid")
    with pytest.raises(NotReturnable):
        bank_returns.enter_bank_return(actor=payer.money.first, request_id=paid.id, reason="退", now=NOW)


# MONEY-11, SETTLE-6
@pytest.mark.parametrize("closed_by", ["time", "finance"])
def test_money_that_comes_back_after_the_statement_was_closed_is_owed_again(payer: Payer, closed_by: str) -> None:
    market, money = payer.market, payer.money
    statement_id, later = settled_statement(market), SETTLED + 31 * DAY
    first = money.pay_out(statement_id, "B-1", now=SETTLED)
    if closed_by == "time":
        assert record_what_lapsed(now=later) == 1
    else:
        close(actor=market.finance, statement_id=statement_id, now=later)
    assert Statement.objects.get(pk=statement_id).state == "closed"
    assert money.return_from_bank(first.id, now=later).state is RequestState.APPROVED
    row = Statement.objects.get(pk=statement_id)
    assert (row.state, row.paid_at, row.closed_at, row.payout_reference) == ("settled", None, None, "")
    assert get_balance_fen(AccountRef(AccountKind.BRAND_SETTLED, market.brand_id)) == row.payable_fen > 0
    assert all_violations() == []
    assert money.pay_out(statement_id, "B-2", now=later + 3 * DAY).state is RequestState.PAID
    assert all_violations() == []


# MONEY-11, SETTLE-6
def test_money_of_which_the_brand_said_that_it_arrived_is_not_returned(payer: Payer) -> None:
    market, money = payer.market, payer.money
    statement_id = settled_statement(market)
    paid = money.pay_out(statement_id, "B-1", now=SETTLED)
    # Entered while the brand has not said so, and approved after it has.
    entered = bank_returns.enter_bank_return(actor=money.first, request_id=paid.id, reason="退", now=SETTLED)
    close(actor=market.clerk, statement_id=statement_id, now=SETTLED)
    with pytest.raises(BrandHasMoney):
        money.approve(entered, now=SETTLED)
    deciding.cancel(actor=money.first, request_id=entered.id, now=SETTLED)
    with pytest.raises(BrandHasMoney) as refused:
        bank_returns.enter_bank_return(actor=money.first, request_id=paid.id, reason="退", now=SETTLED)
    assert str(statement_id) in refused.value.sentence("zh")
    assert Statement.objects.get(pk=statement_id).state == "closed"
    assert MoneyRequest.objects.filter(kind="bank_return", state="waiting").count() == 0
    assert all_violations() == []


# MONEY-12
def test_a_deposit_goes_back_when_nothing_is_open(payer: Payer) -> None:
    market, money = payer.market, payer.money
    money.bank_account(brand_id=market.brand_id, now=NOW)

    def enter(amount_fen: int) -> MoneyRequestView:
        return deposits.enter_deposit_return(
            actor=money.first,
            brand_id=market.brand_id,
            amount_fen=amount_fen,
            reason="终止合作",
            key=f"back-{amount_fen}",
            now=NOW,
        )

    deposit = AccountRef(AccountKind.DEPOSIT, market.brand_id)
    with pytest.raises(NoDepositToReturn):
        enter(10_000_01)
    with pytest.raises(DepositTied):
        enter(1)
    money.deposit(market.brand_id, 500_00, "ICBC-8", now=NOW)
    extra = enter(500_00)
    assert enter(500_00).id == extra.id
    with pytest.raises(DepositTied) as waits:
        enter(400_00)
    assert waits.value.deposit_fen == 10_000_00
    assert waits.value.sentence().startswith("已录入的退还 ¥500.00 还在等复核，扣除之后：保证金 ¥10,000.00 中须留")
    assert MoneyRequest.objects.filter(kind="deposit_return").count() == 1
    assert get_balance_fen(deposit) == 10_500_00
    money.approve(extra, now=NOW)
    assert get_balance_fen(deposit) == 10_000_00
    market.sale(market.sku())
    suspend_brand(actor=market.ops, brand_id=market.brand_id, reason="合同到期", now=NOW)
    with pytest.raises(DepositTied) as refused:
        enter(10_000_00)
    assert refused.value.open_sales == 1
    close_ended(now=NOW + 30 * DAY)
    whole = deposits.enter_deposit_return(
        actor=money.first,
        brand_id=market.brand_id,
        amount_fen=10_000_00,
        reason="终止合作",
        key="whole",
        now=NOW + 30 * DAY,
    )
    money.approve(whole, now=NOW + 30 * DAY)
    money.transfer([extra.id, whole.id], "B-1", now=NOW + 30 * DAY)
    assert (get_balance_fen(deposit), state_of(whole)) == (0, RequestState.PAID)
    money.return_from_bank(whole.id, now=NOW + 30 * DAY)
    assert get_balance_fen(deposit) == 10_000_00
    assert all_violations() == []


# MONEY-12
def test_a_deposit_stays_while_units_of_an_ended_sale_wait_for_payment(payer: Payer) -> None:
    market, money = payer.market, payer.money
    money.bank_account(brand_id=market.brand_id, now=NOW)
    sku = market.sku()
    order = payer.her.grab(item_of(market.sale(sku), sku), now=NOW + 48 * HOUR - timedelta(minutes=1))
    suspend_brand(actor=market.ops, brand_id=market.brand_id, reason="合同到期", now=NOW)

    def enter(now: datetime) -> MoneyRequestView:
        return deposits.enter_deposit_return(
            actor=money.first, brand_id=market.brand_id, amount_fen=10_000_00, reason="终止合作", key=f"{now}", now=now
        )

    end = NOW + 48 * HOUR
    with pytest.raises(DepositTied) as refused:
        enter(end)
    assert refused.value.open_sales == 1
    close_ended(now=end)
    with pytest.raises(DepositTied) as refused:
        enter(end)
    assert refused.value.open_sales == 1
    cancel_unpaid(actor=payer.her.actor, order_id=order.id, now=end)
    assert enter(end).amount_fen == 10_000_00


# MONEY-1
def test_the_database_refuses_a_paid_withdrawal_of_one_person(payer: Payer) -> None:
    asked = payer.ask()
    with pytest.raises(IntegrityError, match="money_request_of_two_people"), transaction.atomic():
        MoneyRequest.objects.filter(pk=asked.id).update(
            state="paid", decided_by=payer.her.actor.own_id, decided_at=NOW, paid_at=NOW, booked_as="transfer:1"
        )


def test_a_third_person_makes_the_file_and_confirms_it(payer: Payer) -> None:
    third, asked = person(Role.FINANCE), payer.approved()
    batch = batches.create_batch(actor=third, request_ids=[asked.id], file_format=BatchFormat.XLSX, now=NOW)
    batches.download_batch(actor=third, batch_id=batch.id, now=NOW)
    confirmed = batches.confirm_batch(actor=third, batch_id=batch.id, reference="B-1", now=NOW)
    assert (confirmed.state.value, confirmed.confirmed_by) == ("confirmed", third.name)
    assert isinstance(confirmed.confirmed_at, datetime)
    assert all_violations() == []


def statements_of(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def test_files_of_many_lines_need_as_many_statements_as_of_one(payer: Payer) -> None:
    counts: dict[int, list[int]] = {}
    for lines in (1, 6):
        ids = [payer.approved(10_00).id for _ in range(lines)]
        counts[lines] = [
            statements_of(list_requests_for_batch),
            statements_of(partial(payer.money.batch, ids, now=NOW)),
        ]
        batch_id = TransferBatch.objects.latest("pk").pk
        confirm = partial(batches.confirm_batch, actor=payer.money.first, batch_id=batch_id, now=NOW)
        counts[lines].append(statements_of(partial(confirm, reference=f"B-{lines}")))
    assert counts[6] == counts[1]
