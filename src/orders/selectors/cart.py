"""The cart: the unpaid orders of a reseller as one list, and what ran out unpaid and can be ordered again (ORDER-10, ORDER-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import ClassVar

from django.db.models import F, Q

from flashsales.rules import Offer, Phase, QuantityTerms, max_units_of
from flashsales.rules.waiting import max_waiting_units_of
from flashsales.selectors.offers import get_live_offers, get_offers_of_styles
from kernel.sizes import size_sort_key
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.credit import EXPIRED_ORDERS_WINDOW
from orders.rules.states import OrderState
from orders.selectors.orders import (
    ORDER_PREFETCH,
    OrderLineView,
    OrderView,
    get_own_order,
    get_wallet_balance_fen,
    order_view,
)


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """A colour and size for which a line can be exchanged: its present price, and how many units she may take."""

    item_id: int
    colour: str
    size: str
    price_fen: int
    max_units: int


@dataclass(frozen=True, slots=True)
class ColourChoice:
    """A colour for which whole packs can be exchanged at once, and what all their sizes cost then."""

    colour: str
    total_fen: int


@dataclass(frozen=True, slots=True)
class CartLineView:
    """An unpaid line. `price_now_fen` is the present price for the same tier; the line keeps the price at which it was grabbed.

    `max_units`: what `units` can be raised to. `choices`: the other colours and sizes of the style. `quantity_terms`: those of its style
    (ORDER-14). `packs`: how many whole packs the line is a part of, with the other sizes of its colour for its recipient; None where it
    is not in packs. The first line of such packs `leads` them; `max_packs` is what they can be raised to, and
    `colours` are those that they can be exchanged for. `style_units` are those of
    its style in its order; with what others of them have, the line can be lowered to `min_units`, in steps of `step`.
    """

    order_id: int
    pay_before: datetime
    line: OrderLineView
    price_now_fen: int
    max_units: int
    choices: list[ItemChoice]
    quantity_terms: QuantityTerms | None = None
    packs: int | None = None
    max_packs: int = 0
    leads: bool = True
    colours: list[ColourChoice] = field(default_factory=list)
    min_units: int = 1
    step: int = 1
    style_units: int = 0


@dataclass(frozen=True, slots=True)
class CartSaleView:
    """The lines of one sale in a cart, what they cost, and their freight beside that.

    `is_live`: its lines can still be changed; they can be paid until `pay_before` in any case.
    """

    sale_id: int
    title: str
    is_live: bool
    total_fen: int
    freight_fen: int
    lines: list[CartLineView]


@dataclass(frozen=True, slots=True)
class AgainLineView:
    """An old line that may be ordered again: `item_id` and `price_fen` of the sale that has the goods now, None where none has.

    `max_units`: how many she may take now, at most as many as the line had. `wait_units`: for how many she may wait where nothing is left.
    `is_removed`: the recipient is no longer in her address book.
    """

    order_id: int
    line: OrderLineView
    item_id: int | None
    price_fen: int | None
    max_units: int
    wait_units: int
    is_removed: bool

    response_properties: ClassVar = ("can_be_ordered",)

    @property
    def can_be_ordered(self) -> bool:
        return self.max_units > 0 and not self.is_removed


@dataclass(frozen=True, slots=True)
class CartView:
    """All unpaid orders of a reseller. `freight_fen` is a part of `total_fen`.

    `pay_before` is the first end of a time to pay, None where the cart is empty.
    """

    sales: list[CartSaleView]
    order_ids: list[int]
    units: int
    total_fen: int
    freight_fen: int
    balance_fen: int
    pay_before: datetime | None
    expired: list[AgainLineView]


def get_cart(reseller_id: int, *, tier: int, at: datetime) -> CartView:
    """The cart of a reseller, by sale. `tier` is her present one: what ran out is offered at its prices."""
    rows = Order.objects.filter(reseller_id=reseller_id, state=OrderState.UNPAID.value, pay_before__gt=at)
    orders = [order_view(row) for row in rows.prefetch_related(*ORDER_PREFETCH).order_by("pk")]
    sales = _by_sale(_cart_lines(reseller_id, orders, at), orders, at)
    return CartView(
        sales=sales,
        order_ids=[order.id for order in orders],
        units=sum(order.units for order in orders),
        total_fen=sum(order.total_fen for order in orders),
        freight_fen=sum(order.freight_fen for order in orders),
        balance_fen=get_wallet_balance_fen(reseller_id),
        pay_before=min((order.pay_before for order in orders), default=None),
        expired=_expired_lines(reseller_id, tier, at),
    )


def count_unpaid_orders(reseller_id: int, *, at: datetime) -> int:
    """How many orders wait in the cart."""
    return Order.objects.filter(reseller_id=reseller_id, state=OrderState.UNPAID.value, pay_before__gt=at).count()


def get_lines_again(reseller_id: int, order_id: int, *, tier: int, at: datetime) -> list[AgainLineView]:
    """The lines of an old order with what can be had of them now."""
    return _lines_again(reseller_id, [get_own_order(reseller_id, order_id)], tier, at)


def _cart_lines(reseller_id: int, orders: Sequence[OrderView], at: datetime) -> list[tuple[Offer, CartLineView]]:
    """The lines with their offers. Orders of different tiers are asked for apart: a line keeps the tier of its order."""
    found = []
    for tier, of_tier in groupby(sorted(orders, key=lambda each: each.tier), key=lambda each: each.tier):
        lines = [(order, line) for order in of_tier for line in order.lines]
        item_ids = [line.item_id for _, line in lines]
        offers = get_offers_of_styles(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at)
        for order, line in lines:
            offer = offers[line.item_id]
            view = CartLineView(
                order_id=order.id,
                pay_before=order.pay_before,
                line=line,
                price_now_fen=line.price_fen if offer.price_fen is None else offer.price_fen,
                max_units=line.units + max_units_of(offer),
                choices=_choices(offer, list(offers.values())),
                quantity_terms=offer.quantity_terms,
            )
            found.append((offer, view))
    return _in_packs(_bounded(found))


def _bounded(lines: Sequence[tuple[Offer, CartLineView]]) -> list[tuple[Offer, CartLineView]]:
    """The lines, each with how far it can be lowered within the terms of its style, and in which steps."""
    totals: dict[tuple[int, int, int], int] = {}
    for offer, view in lines:
        key = (view.order_id, offer.sale_id, offer.style_id)
        totals[key] = totals.get(key, 0) + view.line.units
    found = []
    for offer, view in lines:
        total, terms = totals[view.order_id, offer.sale_id, offer.style_id], offer.quantity_terms
        least = 1
        if terms is not None and not terms.pack:
            others = 0 if terms.per_sku else total - view.line.units
            least = max(1, min(terms.first_units - others, view.line.units))
        step = terms.multiple_of if terms is not None else 1
        found.append((offer, replace(view, min_units=least, step=step, style_units=total)))
    return found


def _in_packs(lines: Sequence[tuple[Offer, CartLineView]]) -> list[tuple[Offer, CartLineView]]:
    """The lines, with the whole packs that they make together."""
    groups: dict[tuple[object, ...], tuple[Mapping[str, int], list[int]]] = {}
    for place, (offer, view) in enumerate(lines):
        if offer.quantity_terms and offer.quantity_terms.pack:
            key = (view.order_id, offer.sale_id, offer.style_id, offer.colour, view.line.recipient.id)
            groups.setdefault(key, (offer.quantity_terms.pack, []))[1].append(place)
    found = list(lines)
    for pack, places in groups.values():
        units = {lines[place][0].size: lines[place][1].line.units for place in places}
        packs = min(units.get(size, 0) // count for size, count in pack.items())
        if not packs or units != {size: packs * count for size, count in pack.items()}:
            continue
        max_packs = min(lines[place][1].max_units // pack[lines[place][0].size] for place in places)
        for place in places:
            offer, view = lines[place]
            leads = place == places[0]
            colours = _colours(view, pack, packs) if leads else []
            found[place] = (offer, replace(view, packs=packs, max_packs=max_packs, leads=leads, colours=colours))
    return found


def _colours(view: CartLineView, pack: Mapping[str, int], packs: int) -> list[ColourChoice]:
    """The other colours of which so many packs are left for her. The choices of a line are all other colours and sizes of its style."""
    by_colour: dict[str, dict[str, ItemChoice]] = {}
    for choice in view.choices:
        if choice.colour != view.line.colour:
            by_colour.setdefault(choice.colour, {})[choice.size] = choice
    return [
        ColourChoice(colour, sum(packs * count * sizes[size].price_fen for size, count in pack.items()))
        for colour, sizes in by_colour.items()
        if all(size in sizes and sizes[size].max_units >= packs * count for size, count in pack.items())
    ]


def _choices(own: Offer, offers: Sequence[Offer]) -> list[ItemChoice]:
    others = [
        ItemChoice(offer.item_id, offer.colour, offer.size, offer.price_fen, max_units_of(offer))
        for offer in offers
        if (offer.sale_id, offer.style_id) == (own.sale_id, own.style_id)
        and offer.item_id != own.item_id
        and offer.price_fen is not None
    ]
    return sorted(others, key=lambda each: (each.colour, size_sort_key(each.size)))


def _by_sale(
    lines: Sequence[tuple[Offer, CartLineView]], orders: Sequence[OrderView], at: datetime
) -> list[CartSaleView]:
    """The sale whose time to pay ends first stands first."""
    by_sale: dict[int, list[tuple[Offer, CartLineView]]] = {}
    for offer, view in sorted(lines, key=lambda each: (each[1].pay_before, each[1].line.id)):
        by_sale.setdefault(offer.sale_id, []).append((offer, view))
    return [
        CartSaleView(
            sale_id=sale_id,
            title=of_sale[0][0].sale_title,
            is_live=of_sale[0][0].phase is Phase.LIVE,
            total_fen=sum(view.line.total_fen for _, view in of_sale),
            freight_fen=sum(view.line.freight_fen for _, view in of_sale),
            lines=[view for _, view in of_sale],
        )
        for sale_id, of_sale in by_sale.items()
    ]


def _expired_lines(reseller_id: int, tier: int, at: datetime) -> list[AgainLineView]:
    """The lines that ran out unpaid within a day and were not ordered again since."""
    ran_out = Q(state=OrderState.UNPAID.value, pay_before__lte=at) | Q(
        state=OrderState.CANCELLED.value, cancelled_at__gte=F("pay_before")
    )
    rows = Order.objects.filter(ran_out, reseller_id=reseller_id, pay_before__gt=at - EXPIRED_ORDERS_WINDOW)
    orders = [order_view(row) for row in rows.prefetch_related(*ORDER_PREFETCH).order_by("-pk")]
    first_id = min((order.id for order in orders), default=0)
    later = OrderLine.objects.filter(order__reseller_id=reseller_id, order_id__gt=first_id, source__startswith="line:")
    sources = later.values_list("source", flat=True) if orders else ()
    again = {each for source in sources for each in source.split(",")}
    lines = _lines_again(reseller_id, orders, tier, at)
    return [each for each in lines if f"line:{each.line.id}" not in again]


def _lines_again(reseller_id: int, orders: Sequence[OrderView], tier: int, at: datetime) -> list[AgainLineView]:
    lines = [(order.id, line) for order in orders for line in order.lines]
    if not lines:
        return []
    found = get_live_offers(sku_ids=[line.sku_id for _, line in lines], tier=tier, reseller_id=reseller_id, at=at)
    # A sale that she has to queue for is offered as what it will be for her: ordering draws her ticket (SALE-24).
    live = {sku_id: replace(offer, phase=Phase.LIVE) if offer.room else offer for sku_id, offer in found.items()}
    offers = {sku_id: offer for sku_id, offer in live.items() if offer.phase is Phase.LIVE}
    removed = set(
        OrderLine.objects.filter(pk__in=[line.id for _, line in lines], recipient__hidden_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    return [
        AgainLineView(
            order_id=order_id,
            line=line,
            item_id=offer.item_id if offer else None,
            price_fen=offer.price_fen if offer else None,
            max_units=min(max_units_of(offer), line.units) if offer else 0,
            wait_units=min(max_waiting_units_of(offer), line.units) if offer and line.id not in removed else 0,
            is_removed=line.id in removed,
        )
        for order_id, line in lines
        for offer in (offers.get(line.sku_id),)
    ]
