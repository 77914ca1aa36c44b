"""What a reseller may take of sale items now: price, units left, limits. One statement for any number of items."""

from collections.abc import Sequence
from datetime import datetime

from flashsales.rules import Offer, SaleState, phase_at
from flashsales.sql import units as statements
from kernel.period import Period


def get_offers(
    *, item_ids: Sequence[int], tier: int, reseller_id: int, at: datetime, for_update: bool = False
) -> dict[int, Offer]:
    """The offers of sale items by id; one that does not exist is missing.

    With `for_update` the items are locked until the transaction ends, in the order of their ids, as a grab locks them.
    """
    rows = statements.read_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at, for_update=for_update)
    offers = {}
    for row in rows:
        phase = phase_at(
            state=SaleState(row.pop("state")),
            preview_at=row.pop("preview_at"),
            period=Period(row.pop("starts_at"), row.pop("ends_at")),
            at=at,
        )
        offers[row["item_id"]] = Offer(phase=phase, **row)
    return offers
