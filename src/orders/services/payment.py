"""Payment of orders from the wallet, and top-ups of wallets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record, record_all
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.services import units
from flashsales.services.units import ItemUnits
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from ledger.rules import (
    CLEARING,
    COMMISSION,
    MAX_BANK_REFERENCE,
    AccountKind,
    AccountRef,
    Approval,
    EntryDraft,
    PostingDraft,
    PostingKind,
    bank_reference,
    require_second_person,
)
from ledger.selectors.accounts import get_balance_fen
from ledger.services import post, post_all
from membership.selectors.people import get_reseller, require_reseller
from membership.services.growth import credit_purchases
from orders import sql
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.rules.payments import MAX_ORDERS_PER_PAYMENT
from orders.rules.states import OrderState
from orders.selectors.orders import NoSuchOrder, OrderView, get_own_orders
from orders.services.grab import OrderNotUnpaid


class PaymentTooLate(Conflict):
    code = "orders.payment_too_late"
    zh = "订单 {order_id} 的付款时限已过（{pay_before}），货已放回，请重新抢购"
    en = "The time to pay order {order_id} ran out at {pay_before}; the goods went back, grab again"
    pay_before: datetime
    order_id: int


class NothingToPay(Invalid):
    code = "orders.nothing_to_pay"
    zh = "请选择要付款的订单，一次最多 {max_orders} 张"
    en = "Name the orders to pay, at most {max_orders} at once"
    max_orders: int


class TotalChanged(Conflict):
    code = "orders.total_changed"
    zh = "金额已变，没有付款：您看到的是 ¥{expected}，现在是 ¥{total}"
    en = "The total has changed, nothing was paid: you saw ¥{expected}, it is ¥{total} now"
    expected_fen: int
    total_fen: int


class InvalidAmount(Invalid):
    code = "orders.invalid_amount"
    zh = "金额须大于 0"
    en = "The amount must be above zero"


class InvalidBankReference(Invalid):
    code = "orders.invalid_bank_reference"
    zh = "请填写银行流水号，最多 {max_length} 个字符"
    en = "Give the bank's reference, at most {max_length} characters"
    max_length: int


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Orders that were paid together, by their ids."""

    total_fen: int
    paid_at: datetime
    orders: list[OrderView]


def pay(*, actor: Actor, order_id: int, now: datetime) -> OrderView:
    """Pay one order from the wallet: `pay_orders` with one. A second call changes nothing."""
    return pay_orders(actor=actor, order_ids=[order_id], now=now).orders[0]


@atomic_with_retry
def pay_orders(
    *, actor: Actor, order_ids: Sequence[int], expected_total_fen: int | None = None, now: datetime
) -> PaymentView:
    """Pay orders from the wallet in one transaction, all or none: money, units, consignments and growth change together (ORDER-3, ORDER-8).

    The number of statements grows neither with the orders nor with their lines. A second call with the same orders changes nothing.
    `expected_total_fen`: what she was shown; another sum is refused. Refuses after `pay_before` of one of them, where one is cancelled or
    was paid apart from the others, and where the balance of the wallet is too low.
    """
    buyer = require_reseller(actor)
    orders = lock_orders(buyer.id, order_ids)
    if all(order.state == OrderState.PAID.value for order in orders):
        return _payment_view(buyer.id, orders)
    require_payable(orders, now=now)
    total_fen = sum(order.total_fen for order in orders)
    if expected_total_fen not in (None, total_fen):
        raise TotalChanged(expected_fen=expected_total_fen or 0, total_fen=total_fen)
    pay_locked(actor=actor, reseller_id=buyer.id, orders=orders, action="orders.pay", now=now)
    return _payment_view(buyer.id, orders, paid_at=now)


def pay_locked(*, actor: Actor, reseller_id: int, orders: Sequence[Order], action: str, now: datetime) -> None:
    """Pay unpaid orders that are locked and whose units are held, from the wallet; `action` is what the audit log calls it.

    Belongs into the transaction that locked them. Refuses where the balance of the wallet is too low.
    """
    lines = list(OrderLine.objects.filter(order__in=orders).select_related("recipient").order_by("pk"))
    by_order: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    for line in lines:
        by_order[line.order_id].append(line)
    _book(reseller_id, by_order, actor, now)
    consignments = _create_consignments(lines, now)
    Order.objects.filter(pk__in=by_order).update(state=OrderState.PAID.value, paid_at=now)
    credit_purchases(reseller_id=reseller_id, amounts_fen={order.pk: order.total_fen for order in orders}, now=now)
    details = {order.pk: {"total": format_yuan(order.total_fen)} for order in orders}
    record_all(actor=actor, action=action, kind="order", details=details, now=now)
    paid_events = [_paid_event(order, by_order[order.pk]) for order in orders]
    publish([*paid_events, *_to_ship_events(reseller_id, consignments, lines)], now=now)


def lock_orders(reseller_id: int, order_ids: Sequence[int]) -> list[Order]:
    """The orders of a reseller, locked in the order of their ids, so that two payments wait for each other. Refuses those of others."""
    wanted = sorted(set(order_ids))
    if not 0 < len(wanted) <= MAX_ORDERS_PER_PAYMENT:
        raise NothingToPay(max_orders=MAX_ORDERS_PER_PAYMENT)
    orders = list(Order.objects.select_for_update().filter(pk__in=wanted, reseller_id=reseller_id).order_by("pk"))
    missing = set(wanted) - {order.pk for order in orders}
    if missing:
        raise NoSuchOrder(order_id=min(missing))
    return orders


def require_payable(orders: Sequence[Order], *, now: datetime) -> None:
    """Refuse orders that do not wait for payment, or whose time to pay is over."""
    for order in orders:
        if order.state != OrderState.UNPAID.value:
            raise OrderNotUnpaid(state=order.state, order_id=order.pk)
        if now >= order.pay_before:
            raise PaymentTooLate(pay_before=order.pay_before, order_id=order.pk)


def _payment_view(reseller_id: int, orders: Sequence[Order], paid_at: datetime | None = None) -> PaymentView:
    views = get_own_orders(reseller_id, [order.pk for order in orders])
    paid_at = paid_at or max(order.paid_at for order in orders if order.paid_at is not None)
    return PaymentView(sum(order.total_fen for order in orders), paid_at, views)


def _book(reseller_id: int, by_order: Mapping[int, Sequence[OrderLine]], actor: Actor, now: datetime) -> None:
    """One posting per order, so that each can be traced to its lines, and the units of each."""
    drafts = [
        PostingDraft(
            PostingKind.PAYMENT,
            key=f"payment:order:{order_id}",
            cause=f"order:{order_id}",
            entries=_payment_entries(reseller_id, lines),
        )
        for order_id, lines in by_order.items()
    ]
    post_all(drafts=drafts, actor=actor, now=now)
    sold = {
        f"order:{order_id}": [ItemUnits(line.item_id, line.units) for line in lines]
        for order_id, lines in by_order.items()
    }
    units.sell(lines=sold, actor=actor, now=now)


@atomic_with_retry
def top_up(
    *, actor: Actor, approval: Approval | None, reseller_id: int, amount_fen: int, reference: str, now: datetime
) -> int:
    """Book money that reached the bank into a reseller's wallet, with the approval of a second person (MONEY-1).

    The bank's `reference` counts once. Returns the balance in fen.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    get_reseller(reseller_id)
    book_received(actor=actor, reseller_id=reseller_id, amount_fen=amount_fen, reference=reference, now=now)
    return get_balance_fen(AccountRef(AccountKind.WALLET, reseller_id))


def book_received(*, actor: Actor, reseller_id: int, amount_fen: int, reference: str, now: datetime) -> bool:
    """Book money into a wallet, once per reference of the bank or provider; False where it was booked before.

    Belongs into a transaction. Refuses an amount that is not above zero, a reference that is blank or too long, and one that was used for
    another wallet or amount.
    """
    reference = bank_reference(reference)
    if amount_fen <= 0:
        raise InvalidAmount
    if not 0 < len(reference) <= MAX_BANK_REFERENCE:
        raise InvalidBankReference(max_length=MAX_BANK_REFERENCE)
    wallet = AccountRef(AccountKind.WALLET, reseller_id)
    booked = post(
        kind=PostingKind.TOP_UP,
        key=f"top-up:{reference}",
        cause=f"reseller:{reseller_id}",
        entries=[EntryDraft(wallet, amount_fen), EntryDraft(CLEARING, -amount_fen)],
        actor=actor,
        now=now,
        note=reference,
    )
    if booked:
        details = {"amount": format_yuan(amount_fen), "reference": reference}
        record(actor=actor, action="orders.top_up", kind="reseller", subject_id=reseller_id, details=details, now=now)
    return booked


def _payment_entries(reseller_id: int, lines: Sequence[OrderLine]) -> list[EntryDraft]:
    entries = []
    for line in lines:
        entries += [
            EntryDraft(AccountRef(AccountKind.WALLET, reseller_id), -line.units * line.price_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id), line.units * line.payable_fen),
            EntryDraft(COMMISSION, line.units * line.commission_fen),
        ]
    return entries


def _paid_event(order: Order, lines: Sequence[OrderLine]) -> EventDraft:
    units_count = sum(line.units for line in lines)
    return EventDraft(
        EventKind.ORDER_PAID,
        order.pk,
        reseller_id=order.reseller_id,
        data={"order_id": order.pk, "total": format_yuan(order.total_fen), "units": units_count},
    )


def _to_ship_events(
    reseller_id: int, consignments: Sequence[Consignment], lines: Sequence[OrderLine]
) -> list[EventDraft]:
    units_of: dict[int | None, int] = {}
    for line in lines:
        units_of[line.consignment_id] = units_of.get(line.consignment_id, 0) + line.units
    return [
        EventDraft(
            EventKind.CONSIGNMENT_TO_SHIP,
            each.pk,
            reseller_id=reseller_id,
            brand_id=each.brand_id,
            data={"consignment_id": each.pk, "order_id": each.order_id, "units": units_of[each.pk]},
        )
        for each in consignments
    ]


def _create_consignments(lines: Sequence[OrderLine], now: datetime) -> list[Consignment]:
    """One consignment per order, brand and recipient, with a copy of the address as it is now (ORDER-4)."""
    consignments: dict[tuple[int, int, int], Consignment] = {}
    for line in lines:
        group = (line.order_id, line.brand_id, line.recipient_id)
        if group not in consignments:
            recipient = line.recipient
            consignments[group] = Consignment(
                order_id=line.order_id,
                brand_id=line.brand_id,
                recipient=recipient,
                name=recipient.name,
                phone=recipient.phone,
                address=recipient.address,
                ship_by=now + settings.SHIP_WITHIN,
            )
    Consignment.objects.bulk_create(consignments.values())
    for line in lines:
        line.consignment = consignments[line.order_id, line.brand_id, line.recipient_id]
    sql.link_consignments({line.pk: line.consignment.pk for line in lines if line.consignment})
    return list(consignments.values())
