"""What PostgreSQL broke off for a deadlock is done by the second attempt, once."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, transaction

from aftersales.rules import CaseReason
from aftersales.services import cases, refunds
from db.transactions import TransactionAborted, atomic_with_retry, is_aborted
from flashsales.services.ending import close_ended
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView, get_wallet_balance_fen
from orders.services import grab, payment, shipping
from settlement.services import statements as settlement
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of
from tests.contention.deadlocks import Answer, Row, in_a_deadlock
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
LATER = NOW + timedelta(days=30)


def test_services_that_move_money_or_units_are_retried_after_a_deadlock() -> None:
    market = Marketplace()
    sku = market.sku(units=20, base_price_fen=100_00)
    sale_id = market.sale(sku)
    item = item_of(sale_id, sku)
    buyer = market.reseller(wallet_fen=5000_00)
    her, clerk, ops, finance = (
        ("accounts_person", who.own_id) for who in (buyer.actor, market.clerk, market.ops, market.finance)
    )
    orders: list[OrderView] = [buyer.grab(item, 2) for _ in range(4)]
    price = orders[0].lines[0].price_fen

    def of_order(order: OrderView) -> Row:
        return ("orders_order", order.id)

    # The control: a transaction without a second attempt is lost.
    plain = transaction.atomic(inspect.unwrap(payment.pay))
    lost = in_a_deadlock(
        lambda: plain(actor=buyer.actor, order_id=orders[0].id, now=NOW), early=of_order(orders[0]), late=her
    )
    assert isinstance(lost.error, OperationalError)
    assert is_aborted(lost.error)
    assert Order.objects.get(pk=orders[0].id).state == "unpaid"

    def done(act: Callable[[], object], early: Row, late: Row) -> object:
        answer: Answer = in_a_deadlock(act, early=early, late=late)
        assert answer.error is None, answer.error
        return answer.result

    for order in orders[:2]:
        done(partial(payment.pay, actor=buyer.actor, order_id=order.id, now=NOW), of_order(order), her)
    assert get_wallet_balance_fen(buyer.id) == 5000_00 - 4 * price

    done(lambda: grab.cancel_unpaid(actor=buyer.actor, order_id=orders[2].id, now=NOW), of_order(orders[2]), her)
    at_end = NOW + HOUR
    assert done(lambda: grab.expire_unpaid(now=at_end), of_order(orders[3]), ("flashsales_saleitem", item)) == 1
    assert units_of(item) == (20, 16, 0, 4)

    line = orders[0].lines[0].id
    unsold = partial(refunds.refund_unshipped, actor=market.ops, line_id=line, units=1, note="", key="back", now=NOW)
    done(unsold, of_order(orders[0]), ops)
    short = partial(
        refunds.report_out_of_stock, actor=market.clerk, line_id=line, units=1, note="", key="short", now=NOW
    )
    done(short, of_order(orders[0]), clerk)
    assert get_wallet_balance_fen(buyer.id) == 5000_00 - 2 * price

    parcel = Consignment.objects.get(order=orders[1].id)
    ship = partial(
        shipping.ship,
        actor=market.clerk,
        consignment_id=parcel.pk,
        carrier="顺丰速运",
        tracking_no="SF1234567890",
        now=at_end,
    )
    done(ship, ("orders_consignment", parcel.pk), clerk)

    sold = orders[1].lines[0].id
    case = cases.open_case(
        actor=buyer.actor, line_id=sold, units=1, reason=CaseReason.FAULTY, evidence="脱线", key="ask", now=at_end
    )
    done(lambda: cases.refund_only(actor=market.ops, case_id=case.id, now=at_end), of_order(orders[1]), ops)
    assert get_wallet_balance_fen(buyer.id) == 5000_00 - price

    finish(market, sale_id, finance, done)
    assert all_violations() == []


def finish(
    market: Marketplace, sale_id: int, finance: Row, done: Callable[[Callable[[], object], Row, Row], object]
) -> None:
    """End the sale and settle it."""
    close_ended(now=NOW + timedelta(hours=48))
    drawn = settlement.generate_statement(actor=market.finance, sale_id=sale_id, now=LATER)
    row = ("settlement_statement", drawn.id)
    done(lambda: settlement.send(actor=market.finance, statement_id=drawn.id, now=LATER), row, finance)
    settlement.confirm(actor=market.clerk, statement_id=drawn.id, now=LATER)
    done(lambda: settlement.settle(actor=market.finance, statement_id=drawn.id, now=LATER), row, finance)
    pay_out = partial(market.money.pay_out, drawn.id, "bank-1", now=LATER)
    done(pay_out, row, finance)


def test_a_service_aborted_twice_is_refused_and_is_not_retried_inside_a_transaction() -> None:
    attempts = []

    @atomic_with_retry
    def always_broken_off() -> None:
        attempts.append(1)
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '40001'; END $$")

    with pytest.raises(TransactionAborted):
        always_broken_off()
    assert len(attempts) == 2
    with pytest.raises(OperationalError), transaction.atomic():
        always_broken_off()
    assert len(attempts) == 3
