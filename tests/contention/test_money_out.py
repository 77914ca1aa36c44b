"""Money out at one instant: nothing is spent twice, and no line stands in two files (MONEY-8, MONEY-10, MONEY-11)."""

from collections.abc import Callable
from functools import partial

import pytest
from pytest_django import Settings

from brands.services import suspend_brand
from flashsales.services.publishing import publish
from kernel.refusal import Refusal
from ledger.models import Posting
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.payment import pay
from tests.builders import NOW, Marketplace, item_of
from tests.contention.concurrency import run_concurrently, while_uncommitted
from tests.one_time_codes import one_time_code
from tests.violations import all_violations
from treasury.models import MoneyRequest, TransferBatch
from treasury.rules.batches import BatchFormat
from treasury.selectors.requests import MoneyRequestView
from treasury.services import adjustments, bank_returns, batches, deciding, deposits
from treasury.services.withdrawals import request_withdrawal

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


class Payer:
    """A reseller with ¥100 and an account that is paid to."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.money = self.market.money
        self.her = self.market.reseller(wallet_fen=100_00)
        self.money.account_of_reseller(self.her.id, now=NOW)

    def ask(self, amount_fen: int | None = None, *, key: str = "all") -> MoneyRequestView:
        return request_withdrawal(actor=self.her.actor, amount_fen=amount_fen, key=key, now=NOW)

    def approved(self, amount_fen: int | None = None, *, key: str = "all") -> MoneyRequestView:
        return self.money.approve(self.ask(amount_fen, key=key), now=NOW)

    def approve(self, request_id: int) -> object:
        code = one_time_code(self.money.second, now=NOW)
        return deciding.approve(actor=self.money.second, request_ids=[request_id], code=code, now=NOW)

    @property
    def balances(self) -> tuple[int, int]:
        in_transit = get_balance_fen(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, self.her.id))
        return get_wallet_balance_fen(self.her.id), in_transit


@pytest.fixture
def payer() -> Payer:
    return Payer()


def test_spending_and_withdrawing_the_same_money_does_one_of_them(payer: Payer) -> None:
    sku = payer.market.sku(base_price_fen=60_00)
    order = payer.her.grab(item_of(payer.market.sale(sku), sku))
    # The control: each alone is possible with what she has; both together are not.
    assert payer.balances[0] == 100_00 < 100_00 + order.total_fen
    answers = run_concurrently(
        [partial(pay, actor=payer.her.actor, order_id=order.id, now=NOW), partial(payer.ask, 100_00)]
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    assert payer.balances in ((0, 100_00), (40_00, 0))
    assert all_violations() == []


def test_the_same_request_sent_six_times_at_once_asks_once(payer: Payer) -> None:
    answers = run_concurrently([payer.ask] * 6)
    assert len({answer.id for answer in answers if isinstance(answer, MoneyRequestView)}) == 1
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert payer.balances == (0, 100_00)
    # The control: with keys of their own they are six requests, and only one finds the money.
    deciding.cancel(actor=payer.her.actor, request_id=MoneyRequest.objects.get(kind="withdrawal").pk, now=NOW)
    answers = run_concurrently([partial(payer.ask, 100_00, key=f"key-{number}") for number in range(6)])
    assert sum(isinstance(answer, MoneyRequestView) for answer in answers) == 1
    assert payer.balances == (0, 100_00)
    assert all_violations() == []


def test_approve_against_cancel_ends_one_way(payer: Payer) -> None:
    for number in range(4):
        asked = payer.ask(10_00, key=f"key-{number}")
        before = payer.balances
        answers = run_concurrently(
            [
                partial(payer.approve, asked.id),
                partial(deciding.cancel, actor=payer.her.actor, request_id=asked.id, now=NOW),
            ]
        )
        assert sum(isinstance(answer, Refusal) for answer in answers) == 1
        state = MoneyRequest.objects.get(pk=asked.id).state
        assert Posting.objects.filter(key=f"withdrawal_back:{asked.id}").exists() == (state == "cancelled")
        assert sum(payer.balances) == sum(before)
    assert all_violations() == []


def test_two_files_at_once_hold_a_line_once(payer: Payer) -> None:
    ids = [payer.approved(20_00, key=f"key-{number}").id for number in range(3)]

    def make(wanted: list[int]) -> object:
        return batches.create_batch(actor=payer.money.first, request_ids=wanted, file_format=BatchFormat.CSV, now=NOW)

    answers = run_concurrently([partial(make, ids), partial(make, ids[1:]), partial(make, ids[:2])])
    assert sum(isinstance(answer, batches.NotReadyForBatch) for answer in answers) == 2
    assert TransferBatch.objects.count() == 1
    assert all_violations() == []


def test_confirming_a_file_and_returning_its_line_at_once_give_the_money_back_once(payer: Payer) -> None:
    asked = payer.approved()
    batch = payer.money.batch([asked.id], now=NOW)
    entered = bank_returns.enter_bank_return(actor=payer.money.first, request_id=asked.id, reason="户名不符", now=NOW)
    answers = run_concurrently(
        [
            partial(batches.confirm_batch, actor=payer.money.first, batch_id=batch.id, reference="B-1", now=NOW),
            partial(deciding.approve, actor=payer.money.second, request_ids=[entered.id], now=NOW),
        ]
    )
    # Confirmed first, it is refused while the return waits; approved first, nothing of the file is left to confirm.
    assert all(isinstance(answer, batches.ReturnWaits) for answer in answers if isinstance(answer, Refusal))
    assert payer.balances == (100_00, 0)
    assert MoneyRequest.objects.get(pk=asked.id).state == "returned"
    assert all_violations() == []


def test_a_deposit_does_not_go_back_while_a_sale_is_being_published(payer: Payer) -> None:
    market = payer.market
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    sale_id = market.draft(market.sku())

    def suspend_and_return() -> object:
        suspend_brand(actor=market.ops, brand_id=market.brand_id, reason="合同到期", now=NOW)
        entered = deposits.enter_deposit_return(
            actor=payer.money.first,
            brand_id=market.brand_id,
            amount_fen=10_000_00,
            reason="终止合作",
            key="whole",
            now=NOW,
        )
        return payer.approve(entered.id)

    answer = while_uncommitted(partial(publish, actor=market.ops, sale_id=sale_id, now=NOW), suspend_and_return)
    assert isinstance(answer, deposits.DepositTied)
    assert answer.open_sales == 1
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT, market.brand_id)) == 10_000_00
    assert all_violations() == []


# MONEY-12 to MONEY-14
def test_the_same_key_sent_six_times_at_once_enters_once(payer: Payer, settings: Settings) -> None:
    market, money = payer.market, payer.money
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    settings.ADJUSTMENT_LIMIT_FEN = 50_00
    acts: dict[str, Callable[..., MoneyRequestView]] = {
        "wallet_credit": partial(
            adjustments.enter_adjustment, reseller_id=payer.her.id, amount_fen=5_00, is_credit=True, reason="补偿"
        ),
        "deposit_deduction": partial(
            adjustments.enter_deduction, brand_id=market.brand_id, amount_fen=5_00, reason="迟发", evidence="发货单 1"
        ),
        "deposit_return": partial(
            deposits.enter_deposit_return, brand_id=market.brand_id, amount_fen=5_00, reason="多交"
        ),
    }
    market.money.deposit(market.brand_id, 100_00, "D-1", now=NOW)
    for kind, act in acts.items():
        send = partial(act, actor=money.first, key=f"once-{kind}", now=NOW)
        answers = run_concurrently([send] * 6)
        assert [answer for answer in answers if isinstance(answer, Refusal)] == []
        assert len({answer.id for answer in answers if isinstance(answer, MoneyRequestView)}) == 1
        assert MoneyRequest.objects.filter(kind=kind).count() == 1
        # The control: with keys of their own they are six.
        run_concurrently([partial(act, actor=money.first, key=f"{kind}-{n}", now=NOW) for n in range(6)])
        assert MoneyRequest.objects.filter(kind=kind).count() == 7
    # The credits within the limit were booked at once: one of the key, and six of the control.
    assert payer.balances[0] == 100_00 + 7 * 5_00
    assert all_violations() == []


# MONEY-10
def test_a_return_that_is_being_entered_and_a_download_of_its_file_wait_for_each_other(payer: Payer) -> None:
    asked = payer.approved()
    made = batches.create_batch(actor=payer.money.first, request_ids=[asked.id], file_format=BatchFormat.CSV, now=NOW)
    enter = partial(
        bank_returns.enter_bank_return, actor=payer.money.first, request_id=asked.id, reason="户名不符", now=NOW
    )
    download = partial(batches.download_batch, actor=payer.money.first, batch_id=made.id, now=NOW)

    def look() -> bool:
        """The control: a download that does not lock the batch does not see the return that is being entered."""
        return MoneyRequest.objects.filter(reverses__batch=made.id, state="waiting").exists()

    assert while_uncommitted(enter, look) is False
    assert MoneyRequest.objects.filter(kind="bank_return", state="waiting").count() == 1
    deciding.cancel(actor=payer.money.first, request_id=MoneyRequest.objects.get(state="waiting").pk, now=NOW)
    assert isinstance(while_uncommitted(enter, download), batches.ReturnWaits)
    assert TransferBatch.objects.get().downloaded_at is None
    assert all_violations() == []
    # Approved before anybody had the file, the line is in no file; a download at the same instant gives none with it.
    waiting = MoneyRequest.objects.get(kind="bank_return", state="waiting")
    approve = partial(deciding.approve, actor=payer.money.second, request_ids=[waiting.pk], now=NOW)
    answers = run_concurrently([approve, *[download] * 3])
    assert all(isinstance(each, batches.ReturnWaits | batches.AllCameBack) for each in answers[1:])
    assert payer.balances == (100_00, 0)
    assert TransferBatch.objects.get().downloaded_at is None
    assert all_violations() == []
