"""Which sale stands at the top of the first page (SALE-15). No framework."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

FULL_PICTURES: Final = 3
"""So many pictures fill the place."""


@dataclass(frozen=True, slots=True)
class HeroCandidate:
    """A live sale; `pictures` of its styles that have units left can be shown."""

    sale_id: int
    ends_at: datetime
    pictures: int


def choose_hero(candidates: Collection[HeroCandidate]) -> int | None:
    """The live sale that ends first among those whose pictures fill the place; else among those with a picture; else none."""
    for needed in (FULL_PICTURES, 1):
        fitting = [each for each in candidates if each.pictures >= needed]
        if fitting:
            return min(fitting, key=lambda each: (each.ends_at, each.sale_id)).sale_id
    return None
