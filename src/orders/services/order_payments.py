"""Orders that are paid through a provider: the money arrives in the wallet and pays them in one transaction (PAY-6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.rules import SYSTEM, Actor
from db.transactions import atomic_with_retry
from ledger.rules import COMMISSION, AccountKind, AccountRef
from ledger.services import lock_accounts
from membership.selectors.people import require_reseller
from orders import sql
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.payments import OrderPayment
from orders.rules.payments import PAYING_OUTCOMES, PaymentOutcome
from orders.rules.states import OrderState
from orders.selectors.source_refunds import get_left_fen
from orders.services.given_up import take_back_given_up
from orders.services.payment import TotalChanged, lock_orders, pay_locked, require_payable
from orders.services.received_payments import pay_if_possible, tell_outcome
from payments.rules.payments import CallbackOutcome, MerchantAccount, PaymentState, PaymentWay, ReportedState
from payments.rules.payments import clearing_account as clearing_of
from payments.selectors.payments import ProviderPaymentView
from payments.selectors.refunds import wants_wallet
from payments.services.booking import Booked, LockedPayment, book_locked, end_early
from payments.services.port import ProvenReport
from payments.services.refunding import refund_accounts, start_refund
from payments.services.starting import KeyUsed, OpenedPayment, hand_over, lock_payer, open_payment


def start_order_payment(
    *,
    actor: Actor,
    order_ids: Sequence[int],
    expected_total_fen: int | None,
    way: PaymentWay,
    client_address: str,
    key: str,
    now: datetime,
) -> ProviderPaymentView:
    """Begin a payment of unpaid orders of hers through a provider, until the first of them runs out; the view says where she pays.

    The same key begins one payment. What was begun for these orders before ends early. Refuses orders that cannot be paid any more, and
    a sum that is not the one that she was shown.
    """
    payment_id = _open(
        actor=actor, order_ids=order_ids, expected_total_fen=expected_total_fen, way=way, key=key, now=now
    )
    description = f"尾仓 · {len(set(order_ids))} 张订单"
    return hand_over(payment_id=payment_id, description=description, client_address=client_address, now=now)


@atomic_with_retry
def _open(
    *,
    actor: Actor,
    order_ids: Sequence[int],
    expected_total_fen: int | None,
    way: PaymentWay,
    key: str,
    now: datetime,
) -> int:
    buyer = require_reseller(actor)
    # Before the earlier ones are looked for: of two that she begins at once, the second ends the first.
    lock_payer(buyer.id)
    # Payments are locked before orders, as where their money is booked.
    earlier = OrderPayment.objects.filter(
        order_id__in=order_ids, order__reseller_id=buyer.id, payment__state=PaymentState.OPEN.value
    ).exclude(payment__key=key)
    end_early(payment_ids=list(earlier.values_list("payment_id", flat=True)), now=now)
    orders = lock_orders(buyer.id, order_ids)
    require_payable(orders, now=now)
    total_fen = sum(order.total_fen for order in orders)
    if expected_total_fen not in (None, total_fen):
        raise TotalChanged(expected_fen=expected_total_fen or 0, total_fen=total_fen)
    payment = open_payment(
        actor=actor,
        reseller_id=buyer.id,
        way=way,
        amount_fen=total_fen,
        key=key,
        expires_at=min(order.pay_before for order in orders),
        now=now,
    )
    if payment.is_new:
        OrderPayment.objects.bulk_create(
            OrderPayment(payment_id=payment.id, order=order, amount_fen=order.total_fen) for order in orders
        )
    require_same_purpose(payment, order_ids={order.pk for order in orders})
    return payment.id


def require_same_purpose(payment: OpenedPayment, *, order_ids: set[int]) -> None:
    """Refuse a key that began a payment of other orders; without orders, one that began a payment of any: it tops the wallet up."""
    begun = set(OrderPayment.objects.filter(payment_id=payment.id).values_list("order_id", flat=True))
    if begun != order_ids:
        raise KeyUsed(amount_fen=payment.amount_fen)


def end_useless_payments(*, now: datetime) -> None:
    """End the open payments of orders that wait for payment no more, so that nobody pays for them twice. Their sweep closes them."""
    useless = OrderPayment.objects.filter(payment__state=PaymentState.OPEN.value, payment__expires_at__gt=now)
    useless = useless.exclude(order__state=OrderState.UNPAID.value)
    end_early(payment_ids=list(useless.values_list("payment_id", flat=True)[:500]), now=now)


def book_with_orders(
    *, payment: LockedPayment, proven: ProvenReport, account: MerchantAccount, now: datetime
) -> Booked:
    """Take a report of a payment that is locked, and pay the orders that it is for, as far as that is possible (PAY-6).

    Locks as money for an order does: her placements, the orders, the accounts.
    """
    rows = list(OrderPayment.objects.filter(payment_id=payment.id).order_by("order_id"))
    if not rows or proven.report.state is not ReportedState.PAID or payment.state is PaymentState.PAID:
        return book_locked(locked=payment, proven=proven, account=account, now=now)
    sql.lock_credit(reseller_id=payment.reseller_id, sharing_inviter_id=None)
    locked = Order.objects.select_for_update().filter(pk__in=[row.order_id for row in rows]).order_by("pk")
    orders = {order.pk: order for order in locked}
    lines = _lines_of(orders)
    payables = {
        AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id) for of_order in lines.values() for line in of_order
    }
    wallet = AccountRef(AccountKind.WALLET, payment.reseller_id)
    lock_accounts([wallet, *refund_accounts(payment.reseller_id), *payables, COMMISSION, clearing_of(payment.provider)])
    booked = book_locked(locked=payment, proven=proven, account=account, now=now)
    if booked.outcome is CallbackOutcome.BOOKED:
        _pay(payment, rows, orders, lines, taken_at=proven.report.paid_at or now, now=now)
    return booked


def _lines_of(orders: Mapping[int, Order]) -> dict[int, list[OrderLine]]:
    lines: dict[int, list[OrderLine]] = {order_id: [] for order_id in orders}
    for line in OrderLine.objects.filter(order__in=orders).select_related("sale").order_by("sale_id", "pk"):
        lines[line.order_id].append(line)
    return lines


def _pay(
    payment: LockedPayment,
    rows: Sequence[OrderPayment],
    orders: Mapping[int, Order],
    lines: Mapping[int, Sequence[OrderLine]],
    *,
    taken_at: datetime,
    now: datetime,
) -> None:
    """Pay the orders: those together that the provider took the money for in time, the others one by one where it is still possible."""
    in_time = [row for row in rows if _is_in_time(orders[row.order_id], row, taken_at)]
    if in_time:
        action = "orders.pay" if all(now < orders[row.order_id].pay_before for row in in_time) else "orders.pay_late"
        paid = [orders[row.order_id] for row in in_time]
        take_back_given_up([order.pk for order in paid])
        pay_locked(actor=SYSTEM, reseller_id=payment.reseller_id, orders=paid, action=action, now=now)
    for row in rows:
        order = orders[row.order_id]
        if row in in_time:
            outcome = PaymentOutcome.PAID if now < order.pay_before else PaymentOutcome.PAID_LATE
        else:
            outcome = pay_if_possible(order, lines[row.order_id], SYSTEM, now, at_most_fen=row.amount_fen)
        row.outcome = outcome.value
    OrderPayment.objects.bulk_update(rows, ["outcome"])
    is_returned = _return_rest(payment, rows, now)
    for row in rows:
        outcome = PaymentOutcome(row.outcome)
        # What is too little for an order that she can still pay waits in the wallet for her to pay it.
        waits = outcome is PaymentOutcome.TOO_LITTLE and orders[row.order_id].state == OrderState.UNPAID.value
        to_source = is_returned and not waits
        tell_outcome(orders[row.order_id], row.amount_fen, payment.number, outcome, SYSTEM, now, to_source=to_source)


def _return_rest(payment: LockedPayment, rows: Sequence[OrderPayment], now: datetime) -> bool:
    """Send what paid no order back to its source, unless she wants it in her wallet; whether something goes back (PAY-6)."""
    if wants_wallet(payment.reseller_id):
        return False
    is_told_by_order = any(PaymentOutcome(row.outcome) not in PAYING_OUTCOMES for row in rows)
    returned_fen = start_refund(
        actor=SYSTEM,
        payment_id=payment.id,
        at_most_fen=get_left_fen(payment.id),
        cause=f"rest:{payment.id}",
        reason="尾仓 · 未能付款的订单",
        is_told=not is_told_by_order,
        now=now,
    )
    return returned_fen > 0


def _is_in_time(order: Order, row: OrderPayment, taken_at: datetime) -> bool:
    """Whether its units are held and the money for all of it was taken before its time ran out."""
    is_waiting = order.state == OrderState.UNPAID.value and taken_at < order.pay_before
    return is_waiting and order.total_fen <= row.amount_fen
