"""The rows of goods of the first page (SALE-15): which styles they have is kept, and read anew by a periodic job."""

from collections.abc import Mapping
from datetime import datetime

from flashsales.rules.finder import FIRST_PAGE_LISTS
from flashsales.selectors.finder import ListedStyle, get_listed
from flashsales.sql import finder as statements
from jobs.kept import KeptValue
from membership.rules.tiers import Tier

LENGTH = 12
Places = Mapping[int, Mapping[str, list[tuple[int, int]]]]
"""By tier and name of the list, sale and style of its styles in their order."""


def list_first_page(*, tier: int, at: datetime) -> dict[str, list[ListedStyle]]:
    """The rows of goods for a tier, at the prices and units of this instant; what is sold out or no longer live by now is left out."""
    of_tier = PLACES.get(at).get(tier, {})
    places = sorted({place for of_list in of_tier.values() for place in of_list})
    listed = {(row.sale_id, row.style_id): row for row in get_listed(tier=tier, at=at, places=places) if row.available}
    return {name: [listed[place] for place in of_list if place in listed] for name, of_list in of_tier.items()}


def keep_first_page(*, at: datetime) -> int:
    """Read which styles the rows have, for all tiers, and keep that; returns how many."""
    return sum(len(of_list) for of_tier in PLACES.refresh(at).values() for of_list in of_tier.values())


def _read_places(at: datetime) -> Places:
    names = list(FIRST_PAGE_LISTS)
    places: dict[int, dict[str, list[tuple[int, int]]]] = {}
    lists = list(FIRST_PAGE_LISTS.values())
    for row in statements.find_places(at=at, lists=lists, tiers=list(Tier), limit=LENGTH):
        of_tier = places.setdefault(row.tier, {name: [] for name in names})
        of_tier[names[row.list]].append((row.sale_id, row.style_id))
    return places


PLACES: KeptValue[Places] = KeptValue("first-page-lists", max_age_seconds=180, read=_read_places, empty={})
"""The job reads them every minute."""
