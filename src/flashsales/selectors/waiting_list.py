"""What resellers wait for: her own entries with their place in line, and the demand that ops see (SALE-13)."""

from collections.abc import Sequence
from datetime import datetime

from flashsales.models import Reservation
from flashsales.rules.waiting import Demand, OwnEntry
from flashsales.sql import waiting as statements

MAX_DEMAND = 50


def list_own_entries(reseller_id: int, *, at: datetime) -> list[OwnEntry]:
    """All that a reseller waits for in sales that are not over; what is reserved for her comes first. One statement."""
    return statements.find_own_entries(reseller_id=reseller_id, at=at)


def own_entries_of(reseller_id: int, *, item_ids: Sequence[int], at: datetime) -> list[OwnEntry]:
    """What a reseller waits for of some items."""
    return statements.find_own_entries(reseller_id=reseller_id, at=at, item_ids=item_ids)


def reserved_items(reseller_id: int, *, item_ids: Sequence[int], at: datetime) -> set[int]:
    """Those of the items of which units are reserved for a reseller."""
    rows = Reservation.objects.filter(reseller_id=reseller_id, item_id__in=item_ids, ended_at=None, until__gt=at)
    return set(rows.values_list("item_id", flat=True))


def list_demand(sale_id: int, *, limit: int = MAX_DEMAND) -> list[Demand]:
    """Sold-out sizes of a sale by the units that resellers wait for, the most wanted first."""
    return statements.find_demand(sale_id=sale_id, limit=limit)
