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


def _offer(row: OfferRow, at: datetime) -> Offer:
    period = Period(row.starts_at, row.ends_at)
    return Offer(
        item_id=row.item_id,
        sale_id=row.sale_id,
        brand_id=row.brand_id,
        style_id=row.style_id,
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
