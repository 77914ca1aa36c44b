"""What a reseller may take of sale items now: price, units left, limits. One statement for any number of items."""

from collections.abc import Sequence
from datetime import datetime

from flashsales.rules import Offer, SaleState, phase_at
from flashsales.sql import units as statements
from flashsales.sql.units import OfferRow
from kernel.period import Period


def get_offers(
    *, item_ids: Sequence[int], tier: int, reseller_id: int, at: datetime, for_update: bool = False
) -> dict[int, Offer]:
    """The offers of sale items by id; one that does not exist is missing.

    With `for_update` the items are locked until the transaction ends, in the order of their ids, as a grab locks them.
    """
    rows = statements.read_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at, for_update=for_update)
    return {row.item_id: _offer(row, at) for row in rows}


def get_offers_of_styles(*, item_ids: Sequence[int], tier: int, reseller_id: int, at: datetime) -> dict[int, Offer]:
    """The offers of all items of the styles of these items in their sales: what one can be exchanged for."""
    siblings = statements.find_siblings(item_ids=item_ids)
    return get_offers(item_ids=siblings, tier=tier, reseller_id=reseller_id, at=at)


def get_live_offers(*, sku_ids: Sequence[int], tier: int, reseller_id: int, at: datetime) -> dict[int, Offer]:
    """The offers of SKUs that are in a live sale now, by the id of the SKU."""
    item_ids = statements.find_live_items(sku_ids=sku_ids, at=at)
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at)
    return {offer.sku_id: offer for offer in offers.values()}


def _offer(row: OfferRow, at: datetime) -> Offer:
    period = Period(row.starts_at, row.ends_at)
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
        phase=phase_at(state=SaleState(row.state), preview_at=row.preview_at, period=period, at=at),
        price_fen=row.price_fen,
        available=row.available,
        item_limit=row.item_limit,
        item_taken=row.item_taken,
        sale_limit=row.sale_limit,
        sale_taken=row.sale_taken,
    )
