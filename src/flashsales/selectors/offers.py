"""What a reseller may take of sale items now: price, units left, limits. One statement for any number of items."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from brands.rules import OrderMinimum
from flashsales.models import SaleItem
from flashsales.rules import Offer, Phase, QuantityTerms, SaleState, phase_at
from flashsales.rules.freight import FreightTerms
from flashsales.rules.head_start import period_of_tier
from flashsales.rules.waiting_room import Place, interval_of, place_at
from flashsales.sql import batches
from flashsales.sql import units as statements
from flashsales.sql.batches import PlacementOfferRow
from flashsales.sql.units import OfferRow, PlacementNeeds
from kernel.period import Period
from kernel.sizes import size_sort_key


@dataclass(frozen=True, slots=True)
class StyleOffers:
    """A style of a sale with the offers of its items, by colour and size."""

    sale_id: int
    style_id: int
    style_no: str
    name: str
    offers: list[Offer]


@dataclass(frozen=True, slots=True)
class PlacementQuery:
    """Whose placement asks for which items, and when."""

    item_ids: Sequence[int]
    reseller_id: int
    tier: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PlacementOffer:
    """An offer with what an order line of it holds: see `PlacementOfferRow`."""

    offer: Offer
    row: PlacementOfferRow


def get_offers_of_placements(queries: Sequence[PlacementQuery]) -> list[dict[int, PlacementOffer]]:
    """For each placement the offers of its items, in one statement. The items must be locked by this transaction."""
    asked = [(number, item_id, query) for number, query in enumerate(queries) for item_id in query.item_ids]
    rows = batches.read_offers_of_placements(
        placements=[number for number, _, _ in asked],
        item_ids=[item_id for _, item_id, _ in asked],
        reseller_ids=[query.reseller_id for _, _, query in asked],
        tiers=[query.tier for _, _, query in asked],
        at=[query.at for _, _, query in asked],
    )
    offers: list[dict[int, PlacementOffer]] = [{} for _ in queries]
    for row in rows:
        query = queries[row.placement]
        offers[row.placement][row.item_id] = PlacementOffer(_offer(row, query.tier, query.at), row)
    return offers


def get_offers(
    *, item_ids: Sequence[int], tier: int, reseller_id: int, at: datetime, for_update: bool = False
) -> dict[int, Offer]:
    """The offers of sale items by id; one that does not exist is missing. Units that are reserved for her count as available (SALE-13).

    With `for_update` the items are locked until the transaction ends, in the order of their ids, as a grab locks them.
    """
    rows = statements.read_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at, for_update=for_update)
    return {row.item_id: _offer(row, tier, at) for row in rows}


def get_offers_of_styles(*, item_ids: Sequence[int], tier: int, reseller_id: int, at: datetime) -> dict[int, Offer]:
    """The offers of all items of the styles of these items in their sales: what one can be exchanged for."""
    siblings = statements.find_siblings(item_ids=item_ids)
    return get_offers(item_ids=siblings, tier=tier, reseller_id=reseller_id, at=at)


def get_placement_needs(*, item_ids: Sequence[int], reseller_id: int, at: datetime) -> PlacementNeeds:
    """Whether a placement of these items has to look at quantity terms, at reserved units or at freight: one cheap statement."""
    return statements.read_placement_needs(item_ids=item_ids, reseller_id=reseller_id, at=at)


def get_live_offers(*, sku_ids: Sequence[int], tier: int, reseller_id: int, at: datetime) -> dict[int, Offer]:
    """The offers of SKUs that are in a sale in its window now, by the id of the SKU.

    One that opens later for the tier, or admits her later, is among them; its phase tells.
    """
    item_ids = statements.find_live_items(sku_ids=sku_ids, at=at)
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at)
    return {offer.sku_id: offer for offer in offers.values()}


def list_style_offers(
    *, styles: Sequence[tuple[int, int]], tier: int, reseller_id: int, at: datetime
) -> list[StyleOffers]:
    """The offers of styles, each named by sale and style, in the given order. Two statements for any number of them."""
    rows = SaleItem.objects.filter(
        sale_id__in={sale_id for sale_id, _ in styles}, style_id__in={style_id for _, style_id in styles}
    ).select_related("style")
    named = {(row.sale_id, row.style_id): row.style for row in rows}
    offers = get_offers(item_ids=[row.pk for row in rows], tier=tier, reseller_id=reseller_id, at=at)
    found = []
    for place in dict.fromkeys(styles):
        if (style := named.get(place)) is not None:
            own = [offer for offer in offers.values() if (offer.sale_id, offer.style_id) == place]
            own.sort(key=lambda offer: (offer.colour, size_sort_key(offer.size)))
            found.append(StyleOffers(*place, style.style_no, style.name, own))
    return found


def _offer(row: OfferRow | PlacementOfferRow, tier: int, at: datetime) -> Offer:
    period = period_of_tier(Period(row.starts_at, row.ends_at), row.opening_delays, tier)
    phase = phase_at(state=SaleState(row.state), preview_at=row.preview_at, period=period, at=at)
    room = _room(row, period, at) if phase is Phase.LIVE else None
    return Offer(
        item_id=row.item_id,
        sale_id=row.sale_id,
        brand_id=row.brand_id,
        style_id=row.style_id,
        sku_id=row.sku_id,
        colour=row.colour,
        size=row.size,
        description=row.description,
        sale_title=row.sale_title,
        phase=Phase.PREVIEW if room else phase,
        price_fen=row.price_fen,
        available=row.available,
        item_limit=row.item_limit,
        item_taken=row.item_taken,
        sale_limit=row.sale_limit,
        sale_taken=row.sale_taken,
        style_no=row.style_no,
        brand_name=row.brand_name,
        quantity_terms=read_quantity_terms(row.quantity_terms),
        order_minimum=order_minimum_of(row.min_order_fen, row.min_order_units),
        reserved_units=row.reserved_units if isinstance(row, OfferRow) else 0,
        freight_terms=FreightTerms.from_json(json.loads(row.freight_terms)) if row.freight_terms else None,
        opens_at=period.starts_at if row.starts_at <= at < period.starts_at else None,
        room=room,
        draw_units=row.draw_units,
    )


def _room(row: OfferRow | PlacementOfferRow, period: Period, at: datetime) -> Place | None:
    """Her place in the waiting room of a live sale, as long as she is not admitted."""
    if row.admission_rate is None:
        return None
    place = place_at(
        sale_id=row.sale_id,
        opens_at=period.starts_at,
        admitted_from=row.admitted_from,
        interval=interval_of(row.admission_rate),
        at=at,
    )
    return None if place.is_admitted else place


def read_quantity_terms(column: str | None) -> QuantityTerms | None:
    """The terms in a column of a statement, which has them as JSON."""
    return quantity_terms_of(json.loads(column) if column else None)


def quantity_terms_of(stored: Mapping[str, Any] | None) -> QuantityTerms | None:
    """The terms as stored; None where there are none, or where a sale lifts those of its style."""
    terms = None if stored is None else QuantityTerms.from_json(stored)
    return None if terms is None or terms.are_default else terms


def order_minimum_of(min_fen: int | None, min_units: int | None) -> OrderMinimum | None:
    return None if min_fen is None and min_units is None else OrderMinimum(min_fen, min_units)
