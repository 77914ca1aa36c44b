"""Money that reached the platform for an order: it pays the order where it can, else it stays in the wallet (ORDER-15).

Finance books bank transfers here; the callback of a payment provider calls the same service as the system.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.rules import SYSTEM, Actor, Role, require_roles
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.rules import RemainingUnits, Shortfall
from flashsales.selectors.offers import get_offers
from flashsales.services import units as flashsales_units
from flashsales.services.reservations import claim, settle_claim
from flashsales.services.units import ItemUnits, SaleNotLive
from kernel.money import format_yuan
from kernel.refusal import Conflict
from ledger.rules import (
    CLEARING,
    COMMISSION,
    AccountKind,
    AccountRef,
    Approval,
    bank_reference,
    require_second_person,
)
from ledger.services import lock_accounts
from membership.selectors.people import is_account_closed
from orders import sql
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.payments import ReceivedPayment
from orders.rules.payments import PAYING_OUTCOMES, REASONS, PaymentOutcome
from orders.rules.states import OrderState
from orders.selectors.orders import NoSuchOrder, get_wallet_balance_fen
from orders.selectors.received_payments import ReceivedPaymentView, received_payment_view
from orders.services.grab import release_order
from orders.services.payment import book_received, pay_locked
from orders.services.placing import Contention


class ReferenceTaken(Conflict):
    code = "orders.reference_taken"
    zh = "流水号 {reference} 已经入过账，没有再入；请核对"
    en = "The reference {reference} was booked before and was not booked again; check it"
    reference: str


@atomic_with_retry
def receive_payment(
    *,
    actor: Actor,
    approval: Approval | None = None,
    order_id: int,
    amount_fen: int,
    reference: str,
    reseller_id: int | None = None,
    now: datetime,
) -> ReceivedPaymentView:
    """Book money for an order into her wallet and pay the order from it, if it can still be paid (ORDER-15).

    After `pay_before` the units are taken again at the price of the order where all are left, its sales are live, her limits allow it and
    none of its lines was given up since. For a closed account nothing is taken (MONEY-18).
    Otherwise the money stays in the wallet, and she is told why. The same reference counts once. `reseller_id`: whose order it has to be.
    A person needs the approval of a second one (MONEY-1); the callback of a payment provider does not.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    reference = bank_reference(reference)
    owner_id = Order.objects.filter(pk=order_id).values_list("reseller_id", flat=True).first()
    if owner_id is None or reseller_id not in (None, owner_id):
        raise NoSuchOrder(order_id=order_id)
    # Under the lock of her placements: goods that she orders again at this instant are seen, or wait for what happens here.
    sql.lock_credit(reseller_id=owner_id, sharing_inviter_id=None)
    order = Order.objects.select_for_update().get(pk=order_id)
    if earlier := ReceivedPayment.objects.filter(order=order, reference=reference, amount_fen=amount_fen).first():
        return received_payment_view(earlier)
    lines = list(OrderLine.objects.filter(order=order).select_related("sale").order_by("sale_id", "pk"))
    _lock_accounts(order, lines)
    if not book_received(
        actor=actor, reseller_id=order.reseller_id, amount_fen=amount_fen, reference=reference, now=now
    ):
        raise ReferenceTaken(reference=reference)
    outcome = pay_if_possible(order, lines, actor, now)
    row = ReceivedPayment.objects.create(
        order=order,
        reference=reference,
        amount_fen=amount_fen,
        outcome=outcome.value,
        at=now,
        person_id=actor.person_id,
    )
    tell_outcome(order, amount_fen, reference, outcome, actor, now)
    return received_payment_view(row)


def _lock_accounts(order: Order, lines: Sequence[OrderLine]) -> None:
    """Lock all accounts that the money passes before any item, as a payment does."""
    payables = {AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id) for line in lines}
    lock_accounts([AccountRef(AccountKind.WALLET, order.reseller_id), *payables, COMMISSION, CLEARING])


def pay_if_possible(
    order: Order, lines: Sequence[OrderLine], actor: Actor, now: datetime, *, at_most_fen: int | None = None
) -> PaymentOutcome:
    """Pay an order from the wallet, in time, or late where its units can be taken again; what became of it.

    Order, accounts and her placements must be locked. An order that costs more than `at_most_fen` is not paid.
    """
    is_in_time = order.state == OrderState.UNPAID.value and now < order.pay_before
    if order.state == OrderState.PAID.value:
        return PaymentOutcome.ALREADY_PAID
    if order.cancelled_at is not None and order.cancelled_at < order.pay_before:
        return PaymentOutcome.CANCELLED
    if is_account_closed(order.reseller_id):
        return PaymentOutcome.ACCOUNT_CLOSED
    is_dearer = at_most_fen is not None and order.total_fen > at_most_fen
    if is_dearer or get_wallet_balance_fen(order.reseller_id) < order.total_fen:
        return PaymentOutcome.TOO_LITTLE
    refused = None if is_in_time else _take_again(order, lines, now)
    if refused is not None:
        return refused
    action = "orders.pay" if is_in_time else "orders.pay_late"
    pay_locked(actor=actor, reseller_id=order.reseller_id, orders=[order], action=action, now=now)
    return PaymentOutcome.PAID if is_in_time else PaymentOutcome.PAID_LATE


def _take_again(order: Order, lines: Sequence[OrderLine], now: datetime) -> PaymentOutcome | None:
    """Hold the units of an order whose time to pay ran out; the outcome where this is not possible, and then nothing is held for it."""
    if refused := _refusal_of_sales(lines, now) or _refusal_of_given_up(lines):
        if order.state == OrderState.UNPAID.value:
            release_order(order, SYSTEM, now, "orders.expire_unpaid")
        return refused
    if order.state == OrderState.UNPAID.value:
        # The job has not released the units yet.
        return None
    if _is_ordered_again(order, lines):
        return PaymentOutcome.ORDERED_AGAIN
    units: dict[int, int] = {}
    for line in lines:
        units[line.item_id] = units.get(line.item_id, 0) + line.units
    remaining = RemainingUnits(
        get_offers(item_ids=list(units), tier=order.tier, reseller_id=order.reseller_id, at=now, for_update=True)
    )
    for item_id, wanted in units.items():
        given, shortfall = remaining.take(item_id, wanted)
        if given < wanted:
            is_limit = shortfall in (Shortfall.OVER_ITEM_LIMIT, Shortfall.OVER_SALE_LIMIT)
            return PaymentOutcome.OVER_LIMIT if is_limit else PaymentOutcome.SOLD_OUT
    claimed = claim(reseller_id=order.reseller_id, item_ids=units, are_locked=True, now=now)
    wanted_units = [ItemUnits(item_id, wanted) for item_id, wanted in units.items()]
    if not flashsales_units.hold(reseller_id=order.reseller_id, lines=wanted_units, now=now):
        raise Contention
    settle_claim(claimed, reseller_id=order.reseller_id, taken=units, by=f"order:{order.pk}", now=now)
    Order.objects.filter(pk=order.pk).update(state=OrderState.UNPAID.value, cancelled_at=None)
    return None


def _refusal_of_sales(lines: Sequence[OrderLine], now: datetime) -> PaymentOutcome | None:
    """The sales are locked against their closing, in the order of their ids."""
    titles = {line.sale_id: line.sale.title for line in lines}
    try:
        for sale_id, title in sorted(titles.items()):
            flashsales_units.require_live_sale(sale_id=sale_id, title=title, at=now)
    except SaleNotLive:
        return PaymentOutcome.SALE_OVER
    return None


def _refusal_of_given_up(lines: Sequence[OrderLine]) -> PaymentOutcome | None:
    """An order is taken again whole, so one line that nobody wants any more keeps all of it back."""
    return next((PaymentOutcome(line.given_up) for line in lines if line.given_up), None)


def _is_ordered_again(order: Order, lines: Sequence[OrderLine]) -> bool:
    """Whether a later order that is not cancelled came from its lines or wishes, also by way of orders that ran out themselves."""
    sources = {f"line:{line.pk}" for line in lines}
    sources |= {each for line in lines for each in line.source.split(",") if each.startswith("wish:")}
    later = OrderLine.objects.filter(order__reseller_id=order.reseller_id, order_id__gt=order.pk).exclude(source="")
    for line_id, source, state in later.order_by("pk").values_list("pk", "source", "order__state"):
        if sources.isdisjoint(source.split(",")):
            continue
        if state != OrderState.CANCELLED.value:
            return True
        sources.add(f"line:{line_id}")
    return False


def tell_outcome(
    order: Order,
    amount_fen: int,
    reference: str,
    outcome: PaymentOutcome,
    actor: Actor,
    now: datetime,
    *,
    to_source: bool = False,
) -> None:
    """Record what became of money for an order, and tell her where it did not pay it: why, and where the money is."""
    amount = format_yuan(amount_fen)
    details = {"amount": amount, "reference": reference, "outcome": outcome.value}
    record(actor=actor, action="orders.receive_payment", kind="order", subject_id=order.pk, details=details, now=now)
    if outcome in PAYING_OUTCOMES:
        return
    reason_zh, reason_en = REASONS[outcome]
    event = EventDraft(
        EventKind.LATE_PAYMENT_TO_SOURCE if to_source else EventKind.LATE_PAYMENT_REFUNDED,
        order.pk,
        reseller_id=order.reseller_id,
        data={"order_id": order.pk, "total": amount, "reason_zh": reason_zh, "reason_en": reason_en},
    )
    publish([event], now=now)
