"""The rows of goods of the first page (SALE-15): which styles they have is kept in Redis, and read anew by a periodic job."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from flashsales.rules.finder import FIRST_PAGE_LISTS
from flashsales.selectors.finder import ListedStyle, get_listed
from flashsales.sql import finder as statements
from membership.rules.tiers import Tier

KEY = "first-page-lists"
"""In Redis; with ":reading" behind it while a request reads the lists in the place of the job."""
LENGTH = 12
MAX_AGE_SECONDS = 180
"""The job reads them every minute. Lists that are older are read by a request: the job is late."""
KEPT_SECONDS = 3600

Places = Mapping[int, Mapping[str, list[tuple[int, int]]]]
"""By tier and name of the list, sale and style of its styles in their order."""


def list_first_page(*, tier: int, at: datetime) -> dict[str, list[ListedStyle]]:
    """The rows of goods for a tier, at the prices and units of this instant; what is sold out or no longer live by now is left out."""
    of_tier = _kept_places(at).get(tier, {})
    places = sorted({place for of_list in of_tier.values() for place in of_list})
    listed = {(row.sale_id, row.style_id): row for row in get_listed(tier=tier, at=at, places=places) if row.available}
    return {name: [listed[place] for place in of_list if place in listed] for name, of_list in of_tier.items()}


def keep_first_page(*, at: datetime) -> int:
    """Read which styles the rows have, for all tiers, and keep that; returns how many."""
    return sum(len(of_list) for of_tier in _read_anew(at).values() for of_list in of_tier.values())


def _kept_places(at: datetime) -> Places:
    """What is kept. Where that is old or missing one request reads it anew, and the others go on with the old rows, or without."""
    try:
        read_at, kept = cache.get(KEY) or (None, {})
        is_new = read_at is not None and 0 <= at.timestamp() - read_at < MAX_AGE_SECONDS
        if is_new or not cache.add(f"{KEY}:reading", 1, timeout=MAX_AGE_SECONDS):
            return kept
    except RedisError:
        return {}
    return _read_anew(at)


def _read_anew(at: datetime) -> Places:
    names = list(FIRST_PAGE_LISTS)
    places: dict[int, dict[str, list[tuple[int, int]]]] = {}
    lists = list(FIRST_PAGE_LISTS.values())
    for row in statements.find_places(at=at, lists=lists, tiers=list(Tier), limit=LENGTH):
        of_tier = places.setdefault(row.tier, {name: [] for name in names})
        of_tier[names[row.list]].append((row.sale_id, row.style_id))
    with suppress(RedisError):
        cache.set(KEY, (at.timestamp(), places), timeout=KEPT_SECONDS)
        cache.delete(f"{KEY}:reading")
    return places
