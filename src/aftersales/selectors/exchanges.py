"""Exchanges of paid units (ORDER-12): what was exchanged, and what a line can be exchanged for now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from aftersales.models.refunds import Exchange
from flashsales.rules import Offer, Phase, RemainingUnits
from flashsales.selectors.offers import get_offers_of_styles
from kernel.sizes import size_sort_key
from orders.rules.states import OrderState
from orders.selectors.cart import ItemChoice
from orders.selectors.orders import OrderLineView, OrderView, get_own_orders


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """Units of a line that were exchanged: what was refunded for them, and the order that took their place with what it cost."""

    id: int
    order_id: int
    line_id: int
    goods: str
    units: int
    refunded_fen: int
    new_order_id: int
    new_goods: str
    paid_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ExchangeOption:
    """What the units of a line that are left to ship can be exchanged for; `max_units` of a choice: of so many at once."""

    line_id: int
    choices: list[ItemChoice]


_RELATED = ("refund__line__sku__style", "order")


def list_exchanges(order_ids: Sequence[int]) -> list[ExchangeView]:
    """The exchanges from and to these orders, the first one first."""
    rows = Exchange.objects.filter(Q(refund__line__order__in=order_ids) | Q(order__in=order_ids))
    rows = rows.select_related(*_RELATED).prefetch_related("order__lines__sku__style")
    return [exchange_view(row) for row in rows.order_by("pk")]


@dataclass(frozen=True, slots=True)
class CurrentLine:
    """An order line that stands for another one now, and its order."""

    order: OrderView
    line: OrderLineView


def get_current_lines(order: OrderView, *, reseller_id: int) -> dict[int, CurrentLine]:
    """By line of an order, the line that stands for it now: itself, or the last one that all of it was exchanged for."""
    current = {line.id: CurrentLine(order, line) for line in order.lines}
    while exchanged := _next_lines(
        [each.line for each in current.values() if each.line.units == each.line.cancelled_units], reseller_id
    ):
        current = {line_id: exchanged.get(each.line.id, each) for line_id, each in current.items()}
    return current


def _next_lines(lines: Sequence[OrderLineView], reseller_id: int) -> dict[int, CurrentLine]:
    """By line, the line of its last exchange."""
    if not lines:
        return {}
    rows = Exchange.objects.filter(refund__line__in=[line.id for line in lines])
    order_ids = dict(rows.order_by("pk").values_list("refund__line_id", "order_id"))
    orders = {order.id: order for order in get_own_orders(reseller_id, list(order_ids.values()))} if order_ids else {}
    return {
        line_id: CurrentLine(orders[order_id], orders[order_id].lines[0]) for line_id, order_id in order_ids.items()
    }


def get_exchange_options(order: OrderView, *, reseller_id: int, tier: int, at: datetime) -> dict[int, ExchangeOption]:
    """By line, what it can be exchanged for now at the prices of the present `tier`; a line that cannot be exchanged is missing."""
    lines = [line for line in order.lines if order.state is OrderState.PAID and is_exchangeable(line)]
    if not lines:
        return {}
    item_ids = [line.item_id for line in lines]
    offers = get_offers_of_styles(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at)
    options = (ExchangeOption(line.id, _choices(line, offers)) for line in lines)
    return {option.line_id: option for option in options if option.choices}


def is_exchangeable(line: OrderLineView) -> bool:
    """Whether a paid line may be exchanged, as long as its sale is live."""
    return line.unshipped_units > 0 and not (line.shipped_units or line.short_units or line.is_listed)


def _choices(line: OrderLineView, offers: dict[int, Offer]) -> list[ItemChoice]:
    own = offers[line.item_id]
    if own.phase is not Phase.LIVE or (own.quantity_terms is not None and own.quantity_terms.bind_each_size):
        return []
    choices = [
        ItemChoice(offer.item_id, offer.colour, offer.size, offer.price_fen, _max_units(line, offer, offers))
        for offer in offers.values()
        if (offer.sale_id, offer.style_id) == (own.sale_id, own.style_id)
        and offer.item_id != own.item_id
        and offer.price_fen is not None
    ]
    return sorted(choices, key=lambda each: (each.colour, size_sort_key(each.size)))


def _max_units(line: OrderLineView, offer: Offer, offers: dict[int, Offer]) -> int:
    """How many units of the line can be taken of another item: her limits count without what she gives back."""
    remaining = RemainingUnits(offers)
    remaining.give(line.item_id, -line.unshipped_units)
    given, _ = remaining.take(offer.item_id, line.unshipped_units)
    return given


def exchange_view(row: Exchange) -> ExchangeView:
    old, (new,) = row.refund.line, row.order.lines.all()
    return ExchangeView(
        id=row.pk,
        order_id=old.order_id,
        line_id=old.pk,
        goods=f"{old.sku.style.style_no} {old.sku.colour} {old.sku.size}",
        units=row.refund.units,
        refunded_fen=row.refund.amount_fen,
        new_order_id=row.order_id,
        new_goods=f"{new.sku.style.style_no} {new.sku.colour} {new.sku.size}",
        paid_fen=row.order.total_fen,
        at=row.refund.at,
    )
