"""Substitutes that brands offer for units short (AFTER-17): what can be offered, and what became of an offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from aftersales.models.refunds import Substitute
from aftersales.rules import SubstituteState, substitute_state
from flashsales.rules import Offer, Phase, max_units_of
from flashsales.selectors.offers import get_offers_of_styles
from kernel.sizes import size_sort_key
from membership.selectors.histories import get_tier
from orders.selectors.lines import LineOfSale, get_line_of_sale


@dataclass(frozen=True, slots=True)
class SubstituteChoice:
    """A colour and size that a brand may offer, with the units that its sale has left."""

    item_id: int
    colour: str
    size: str
    available: int


@dataclass(frozen=True, slots=True)
class SubstituteView:
    """An offer as its reseller sees it. `line_price_fen` is what she paid for a unit of the missing goods.

    `price_fen` is what a unit costs her now, and `can_be_had` whether she can take all units now; the offer holds none.
    """

    id: int
    order_id: int
    line_id: int
    goods: str
    new_goods: str
    units: int
    line_price_fen: int
    price_fen: int | None
    can_be_had: bool
    state: SubstituteState
    offered_at: datetime
    expires_at: datetime
    new_order_id: int | None


def list_choices(line_id: int, *, brand_id: int, at: datetime) -> list[SubstituteChoice]:
    """What the brand may offer for a line: the other colours and sizes of the style in its live sale that cost the reseller no more."""
    line = get_line_of_sale(line_id)
    if line is None or line.brand_id != brand_id:
        return []
    offers = offers_for(line, at)
    choices = [
        SubstituteChoice(offer.item_id, offer.colour, offer.size, offer.available)
        for offer in offers.values()
        if offer.available
    ]
    return sorted(choices, key=lambda each: (each.colour, size_sort_key(each.size)))


def offers_for(line: LineOfSale, at: datetime) -> dict[int, Offer]:
    """The items that may stand in for a line now, by id: of its style and live sale, and for its reseller not dearer than she paid."""
    tier = get_tier(line.reseller_id, at)
    offers = get_offers_of_styles(item_ids=[line.item_id], tier=tier.value, reseller_id=line.reseller_id, at=at)
    own = offers[line.item_id]
    return {
        offer.item_id: offer
        for offer in offers.values()
        if (offer.sale_id, offer.style_id) == (own.sale_id, own.style_id)
        and offer.item_id != line.item_id
        and offer.phase is Phase.LIVE
        and offer.price_fen is not None
        and offer.price_fen <= line.price_fen
    }


def list_substitutes(
    reseller_id: int, *, tier: int, at: datetime, order_ids: Sequence[int] | None = None
) -> list[SubstituteView]:
    """What was offered to a reseller: for these orders, or all that she can still answer; the first one first."""
    rows = _rows().filter(refund__line__order__reseller_id=reseller_id)
    if order_ids is None:
        rows = rows.filter(state=SubstituteState.OFFERED.value, expires_at__gt=at)
    else:
        rows = rows.filter(refund__line__order__in=order_ids)
    found = list(rows.order_by("pk"))
    if not found:
        return []
    item_ids = [row.item_id for row in found]
    offers = get_offers_of_styles(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at)
    return [_view(row, offers[row.item_id], at) for row in found]


def _rows() -> QuerySet[Substitute]:
    return Substitute.objects.select_related("refund__line__sku__style", "item__sku__style")


def _view(row: Substitute, offer: Offer, at: datetime) -> SubstituteView:
    line, sku = row.refund.line, row.item.sku
    return SubstituteView(
        id=row.pk,
        order_id=line.order_id,
        line_id=line.pk,
        goods=f"{line.sku.style.style_no} {line.sku.colour} {line.sku.size}",
        new_goods=f"{sku.style.style_no} {sku.colour} {sku.size}",
        units=row.refund.units,
        line_price_fen=line.price_fen,
        price_fen=offer.price_fen,
        can_be_had=max_units_of(offer) >= row.refund.units and (offer.price_fen or 0) <= line.price_fen,
        state=substitute_state(SubstituteState(row.state), expires_at=row.expires_at, at=at),
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        new_order_id=row.order_id,
    )
