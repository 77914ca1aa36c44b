"""Which sale stands at the top of the first page (SALE-15, SALE-16). No framework."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kernel.period import Period

FULL_PICTURES: Final = 3
"""So many pictures fill the place."""


@dataclass(frozen=True, slots=True)
class HeroCandidate:
    """A live sale; `pictures` of its styles that have units left can be shown."""

    sale_id: int
    ends_at: datetime
    pictures: int


def choose_hero(candidates: Collection[HeroCandidate], *, pinned_id: int | None = None) -> int | None:
    """The sale that ops pinned, if it has a picture; else the live sale that ends first among those whose pictures fill the place;
    else among those with a picture; else none."""
    if any(each.sale_id == pinned_id and each.pictures for each in candidates):
        return pinned_id
    for needed in (FULL_PICTURES, 1):
        fitting = [each for each in candidates if each.pictures >= needed]
        if fitting:
            return min(fitting, key=lambda each: (each.ends_at, each.sale_id)).sale_id
    return None


def default_pin(sale: Period, *, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> Period | None:
    """The period of a pin where ops leave its beginning or its end open: from now, or from the opening; until the end of the sale.

    None where it would end before it begins.
    """
    begin = starts_at or max(now, sale.starts_at)
    end = ends_at or sale.ends_at
    return Period(begin, end) if begin < end else None
