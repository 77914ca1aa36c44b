"""Payment of orders from the wallet, and top-ups of wallets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import audit_write, record
from db.together import run_together
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, events_write
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
from ledger.services import post, post_new
from membership.selectors.people import get_reseller, require_reseller
from membership.services.purchases import prepare_purchases
from orders.models.orders import Order
from orders.rules.payments import MAX_ORDERS_PER_PAYMENT
from orders.rules.states import OrderState
from orders.selectors.orders import NoSuchOrder, OrderView, get_own_orders
from orders.selectors.paid_lines import LineToPay, paid_order_view, read_lines_to_pay
from orders.services.grab import OrderNotUnpaid
from orders.services.payment_writes import lock_own_orders, payment_write


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

    Six statements, whatever the number of orders and lines ([decision 287](docs/decisions/0287-a-payment-is-six-statements.md)). A second
    call with the same orders changes nothing. `expected_total_fen`: what she was shown; another sum is refused. Refuses after `pay_before`
    of one of them, where one is cancelled or was paid apart from the others, and where the balance of the wallet is too low.
    """
    orders = _lock_own_orders(actor, order_ids)
    if all(order.state == OrderState.PAID.value for order in orders):
        return _payment_view(orders)
    require_payable(orders, now=now)
    total_fen = sum(order.total_fen for order in orders)
    if expected_total_fen not in (None, total_fen):
        raise TotalChanged(expected_fen=expected_total_fen or 0, total_fen=total_fen)
    views = pay_locked(actor=actor, reseller_id=orders[0].reseller_id, orders=orders, action="orders.pay", now=now)
    return PaymentView(total_fen, now, views)


def pay_locked(
    *, actor: Actor, reseller_id: int, orders: Sequence[Order], action: str, now: datetime
) -> list[OrderView]:
    """Pay unpaid orders that are locked and whose units are held, from the wallet; `action` is what the audit log calls it.

    Belongs into the transaction that locked them, which rolls back where this raises. Refuses where the balance of the wallet is too low.
    Accounts are locked first, then sales, items and SKUs, then the member, as refunds do.
    """
    by_order: dict[int, list[LineToPay]] = {order.pk: [] for order in orders}
    lines = read_lines_to_pay(list(by_order))
    for line in lines:
        by_order[line.order_id].append(line)
    ship_by = now + settings.SHIP_WITHIN
    _book(reseller_id, by_order, actor, now)
    growth = prepare_purchases(
        reseller_id=reseller_id, amounts_fen={order.pk: order.goods_fen for order in orders}, now=now
    )
    details = {order.pk: {"total": format_yuan(order.total_fen)} for order in orders}
    paid_events = [_paid_event(order, by_order[order.pk]) for order in orders]
    run_together(
        [
            payment_write(lines=lines, paid_at=now, ship_by=ship_by),
            *growth.writes,
            audit_write(actor=actor, action=action, kind="order", details=details, now=now),
            events_write([*paid_events, *_to_ship_events(reseller_id, lines)], now=now),
        ]
    )
    growth.complete(now=now)
    return [paid_order_view(order, by_order[order.pk], paid_at=now, ship_by=ship_by) for order in orders]


def _lock_own_orders(actor: Actor, order_ids: Sequence[int]) -> list[Order]:
    """As `lock_orders`, of the reseller who acts, in one statement. Refuses who is no reseller."""
    if actor.role is not Role.RESELLER:
        require_reseller(actor)
    wanted = _require_some(order_ids)
    orders = lock_own_orders(person_id=actor.own_id, order_ids=wanted)
    if not orders:
        require_reseller(actor)
    _require_all(wanted, orders)
    return orders


def lock_orders(reseller_id: int, order_ids: Sequence[int]) -> list[Order]:
    """The orders of a reseller, locked in the order of their ids, so that two payments wait for each other. Refuses those of others."""
    wanted = _require_some(order_ids)
    orders = list(Order.objects.select_for_update().filter(pk__in=wanted, reseller_id=reseller_id).order_by("pk"))
    _require_all(wanted, orders)
    return orders


def _require_some(order_ids: Sequence[int]) -> list[int]:
    wanted = sorted(set(order_ids))
    if not 0 < len(wanted) <= MAX_ORDERS_PER_PAYMENT:
        raise NothingToPay(max_orders=MAX_ORDERS_PER_PAYMENT)
    return wanted


def _require_all(wanted: Sequence[int], orders: Sequence[Order]) -> None:
    missing = set(wanted) - {order.pk for order in orders}
    if missing:
        raise NoSuchOrder(order_id=min(missing))


def require_payable(orders: Sequence[Order], *, now: datetime) -> None:
    """Refuse orders that do not wait for payment, or whose time to pay is over."""
    for order in orders:
        if order.state != OrderState.UNPAID.value:
            raise OrderNotUnpaid(state=order.state, order_id=order.pk)
        if now >= order.pay_before:
            raise PaymentTooLate(pay_before=order.pay_before, order_id=order.pk)


def _payment_view(orders: Sequence[Order]) -> PaymentView:
    """The view of orders that are paid."""
    views = get_own_orders(orders[0].reseller_id, [order.pk for order in orders])
    paid_at = max(order.paid_at for order in orders if order.paid_at is not None)
    return PaymentView(sum(order.total_fen for order in orders), paid_at, views)


def _book(reseller_id: int, by_order: Mapping[int, Sequence[LineToPay]], actor: Actor, now: datetime) -> None:
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
    post_new(drafts=drafts, actor=actor, now=now)
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


def _payment_entries(reseller_id: int, lines: Sequence[LineToPay]) -> list[EntryDraft]:
    entries = []
    for line in lines:
        entries += [
            EntryDraft(AccountRef(AccountKind.WALLET, reseller_id), -line.units * line.price_fen - line.freight_fen),
            EntryDraft(
                AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id), line.units * line.payable_fen + line.freight_fen
            ),
            EntryDraft(COMMISSION, line.units * line.commission_fen),
        ]
    return entries


def _paid_event(order: Order, lines: Sequence[LineToPay]) -> EventDraft:
    units_count = sum(line.units for line in lines)
    return EventDraft(
        EventKind.ORDER_PAID,
        order.pk,
        reseller_id=order.reseller_id,
        data={"order_id": order.pk, "total": format_yuan(order.total_fen), "units": units_count},
    )


def _to_ship_events(reseller_id: int, lines: Sequence[LineToPay]) -> list[EventDraft]:
    units_of: dict[int, int] = {}
    for line in lines:
        units_of[line.consignment_id] = units_of.get(line.consignment_id, 0) + line.units
    consignments = {line.consignment_id: line for line in lines}
    return [
        EventDraft(
            EventKind.CONSIGNMENT_TO_SHIP,
            consignment_id,
            reseller_id=reseller_id,
            brand_id=line.brand_id,
            data={"consignment_id": consignment_id, "order_id": line.order_id, "units": units_of[consignment_id]},
        )
        for consignment_id, line in consignments.items()
    ]
