"""Decisions about the same money at one instant: it is booked once or not at all, and never spent twice (MONEY-1, MONEY-4)."""

from functools import partial

import pytest
from django.db import IntegrityError

from accounts.rules import Role
from accounts.services.one_time_codes import WrongCode
from kernel.refusal import Refusal
from ledger.models import Posting
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.payment import pay
from tests.builders import NOW, Marketplace, item_of, person, settled_statement
from tests.contention.concurrency import run_concurrently
from tests.one_time_codes import one_time_code
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.services import deciding, entering

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


class Desk:
    """A top-up of ¥100 that waits for one of two other people."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.her, self.third = self.market.reseller(), person(Role.FINANCE)
        self.request = entering.enter_top_up(
            actor=self.market.finance, reseller_id=self.her.id, amount_fen=100_00, reference="ICBC-1", now=NOW
        )

    def approve(self, *, third: bool = False) -> object:
        actor = self.third if third else self.market.second_finance
        return deciding.approve(actor=actor, request_ids=[self.request.id], now=NOW)

    def cancel(self) -> object:
        return deciding.cancel(actor=self.market.finance, request_id=self.request.id, now=NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_two_people_who_approve_at_once_book_once(desk: Desk) -> None:
    answers = run_concurrently([partial(desk.approve, third=bool(number % 2)) for number in range(6)])
    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert sum(isinstance(answer, deciding.NotWaiting) for answer in answers) == 5
    assert Posting.objects.filter(kind="top_up").count() == 1
    assert get_wallet_balance_fen(desk.her.id) == 100_00
    assert all_violations() == []


def test_approve_against_cancel_books_or_does_not(desk: Desk) -> None:
    # The control: a cancellation that looked before the approval and writes after it ends what is booked; only the database refuses.
    stale = MoneyRequest.objects.get(pk=desk.request.id)
    assert stale.state == "waiting"
    for reference in range(4):
        desk.request = entering.enter_top_up(
            actor=desk.market.finance, reseller_id=desk.her.id, amount_fen=100, reference=f"CCB-{reference}", now=NOW
        )
        answers = run_concurrently([desk.approve, desk.cancel])
        assert sum(isinstance(answer, Refusal) for answer in answers) == 1
        state = MoneyRequest.objects.get(pk=desk.request.id).state
        assert Posting.objects.filter(key=f"top-up:CCB-{reference}").exists() == (state == "approved")
    desk.request = entering.enter_top_up(
        actor=desk.market.finance, reseller_id=desk.her.id, amount_fen=100_00, reference="ICBC-1", now=NOW
    )
    desk.approve()
    stale.state, stale.decided_at = "cancelled", NOW
    with pytest.raises(IntegrityError, match="money_request"):
        stale.save(update_fields=["state", "decided_at"])
    assert all_violations() == []


def test_reversal_against_payment_of_an_order_leaves_no_debt(desk: Desk) -> None:
    desk.approve()
    sku = desk.market.sku(base_price_fen=60_00)
    order = desk.her.grab(item_of(desk.market.sale(sku), sku))
    reversal = entering.enter_reversal(actor=desk.market.finance, request_id=desk.request.id, reason="录错", now=NOW)
    # The control: each alone is possible with what she has; both together are not.
    assert get_wallet_balance_fen(desk.her.id) == 100_00 < 100_00 + order.total_fen
    answers = run_concurrently(
        [
            partial(pay, actor=desk.her.actor, order_id=order.id, now=NOW),
            partial(deciding.approve, actor=desk.market.second_finance, request_ids=[reversal.id], now=NOW),
        ]
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    assert get_wallet_balance_fen(desk.her.id) in (0, 40_00)
    assert all_violations() == []


# ACCOUNT-10
def test_one_code_for_two_payments_at_once_approves_one(desk: Desk) -> None:
    market = desk.market
    second = market.second_finance
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    payments = [
        entering.enter_payout(actor=market.finance, statement_id=settled_statement(market), now=NOW) for _ in range(4)
    ]
    code = one_time_code(second, now=NOW)
    answers = run_concurrently(
        [partial(deciding.approve, actor=second, request_ids=[each.id], code=code, now=NOW) for each in payments]
    )
    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert sum(isinstance(answer, WrongCode) for answer in answers) == 3
    assert MoneyRequest.objects.filter(kind="payout", state="approved").count() == 1
