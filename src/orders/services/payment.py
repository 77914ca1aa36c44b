"""Payment of orders from the wallet, and top-ups of wallets."""

from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from events.rules import EventKind
from events.services import EventDraft, publish
from flashsales.services import units
from flashsales.services.units import ItemUnits
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from ledger.rules import CLEARING, COMMISSION, MAX_BANK_REFERENCE, AccountKind, AccountRef, EntryDraft, PostingKind
from ledger.selectors.accounts import get_balance_fen
from ledger.services import post
from membership.selectors.people import get_reseller, require_reseller
from membership.services.growth import credit_purchase
from orders.models import Consignment, Order, OrderLine
from orders.rules import OrderState
from orders.selectors.orders import NoSuchOrder, OrderView, get_own_order
from orders.services.grab import OrderNotUnpaid


class PaymentTooLate(Conflict):
    code = "orders.payment_too_late"
    zh = "付款时限已过（{pay_before}），货已放回，请重新抢购"
    en = "The time to pay ran out at {pay_before}; the goods went back, grab again"
    pay_before: datetime


class InvalidAmount(Invalid):
    code = "orders.invalid_amount"
    zh = "金额须大于 0"
    en = "The amount must be above zero"


class InvalidBankReference(Invalid):
    code = "orders.invalid_bank_reference"
    zh = "请填写银行流水号，最多 {max_length} 个字符"
    en = "Give the bank's reference, at most {max_length} characters"
    max_length: int


@atomic_with_retry
def pay(*, actor: Actor, order_id: int, now: datetime) -> OrderView:
    """Pay an order from the wallet: money, units, consignments and growth change in one transaction (ORDER-3).

    A second call changes nothing. Refuses after `pay_before`, and where the balance of the wallet is too low.
    """
    buyer = require_reseller(actor)
    order = Order.objects.select_for_update().filter(pk=order_id, reseller_id=buyer.id).first()
    if order is None:
        raise NoSuchOrder(order_id=order_id)
    if order.state == OrderState.PAID.value:
        return get_own_order(buyer.id, order_id)
    if order.state != OrderState.UNPAID.value:
        raise OrderNotUnpaid(state=order.state)
    if now >= order.pay_before:
        raise PaymentTooLate(pay_before=order.pay_before)
    lines = list(OrderLine.objects.filter(order=order).select_related("recipient").order_by("pk"))
    post(
        kind=PostingKind.PAYMENT,
        key=f"payment:order:{order.pk}",
        cause=f"order:{order.pk}",
        entries=_payment_entries(buyer.id, lines),
        actor=actor,
        now=now,
    )
    units.sell(
        lines=[ItemUnits(line.item_id, line.units) for line in lines], cause=f"order:{order.pk}", actor=actor, now=now
    )
    consignments = _create_consignments(order, lines, now)
    order.state, order.paid_at = OrderState.PAID.value, now
    order.save(update_fields=["state", "paid_at"])
    credit_purchase(reseller_id=buyer.id, order_id=order.pk, amount_fen=order.total_fen, now=now)
    details = {"total": format_yuan(order.total_fen)}
    record(actor=actor, action="orders.pay", kind="order", subject_id=order.pk, details=details, now=now)
    publish([_paid_event(order, lines), *_to_ship_events(consignments, lines)], now=now)
    return get_own_order(buyer.id, order_id)


@atomic_with_retry
def top_up(*, actor: Actor, reseller_id: int, amount_fen: int, reference: str, now: datetime) -> int:
    """Book money that reached the bank into a reseller's wallet; the bank's `reference` counts once. Returns the balance in fen."""
    require_roles(actor, Role.FINANCE)
    reference = reference.strip()
    if amount_fen <= 0:
        raise InvalidAmount
    if not 0 < len(reference) <= MAX_BANK_REFERENCE:
        raise InvalidBankReference(max_length=MAX_BANK_REFERENCE)
    get_reseller(reseller_id)
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
    return get_balance_fen(wallet)


def _payment_entries(reseller_id: int, lines: list[OrderLine]) -> list[EntryDraft]:
    entries = []
    for line in lines:
        entries += [
            EntryDraft(AccountRef(AccountKind.WALLET, reseller_id), -line.units * line.price_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_PAYABLE, line.brand_id), line.units * line.payable_fen),
            EntryDraft(COMMISSION, line.units * line.commission_fen),
        ]
    return entries


def _paid_event(order: Order, lines: list[OrderLine]) -> EventDraft:
    return EventDraft(
        EventKind.ORDER_PAID,
        order.pk,
        reseller_id=order.reseller_id,
        data={
            "order_id": order.pk,
            "total": format_yuan(order.total_fen),
            "units": sum(line.units for line in lines),
        },
    )


def _to_ship_events(consignments: list[Consignment], lines: list[OrderLine]) -> list[EventDraft]:
    return [
        EventDraft(
            EventKind.CONSIGNMENT_TO_SHIP,
            each.pk,
            reseller_id=each.order.reseller_id,
            brand_id=each.brand_id,
            data={
                "consignment_id": each.pk,
                "order_id": each.order_id,
                "units": sum(line.units for line in lines if line.consignment_id == each.pk),
            },
        )
        for each in consignments
    ]


def _create_consignments(order: Order, lines: list[OrderLine], now: datetime) -> list[Consignment]:
    consignments: dict[tuple[int, int], Consignment] = {}
    for line in lines:
        group = (line.brand_id, line.recipient_id)
        if group not in consignments:
            recipient = line.recipient
            consignments[group] = Consignment(
                order=order,
                brand_id=line.brand_id,
                recipient=recipient,
                name=recipient.name,
                phone=recipient.phone,
                address=recipient.address,
                ship_by=now + settings.SHIP_WITHIN,
            )
    Consignment.objects.bulk_create(consignments.values())
    for line in lines:
        line.consignment = consignments[line.brand_id, line.recipient_id]
    OrderLine.objects.bulk_update(lines, ["consignment"])
    return list(consignments.values())
