"""The waiting list of sold-out goods: who gets units that come back, how many, and for how long (SALE-13, SALE-14)."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flashsales.rules import Offer, Phase, QuantityTerms, max_units_for

MAX_WAITING_UNITS = 99
MAX_WAITING_ENTRIES = 200
"""So many entries of one reseller may be open at once."""
MAX_SOURCE = 40
MAX_LINES = 100
NIGHT_BEGINS, NIGHT_ENDS = time(23), time(8)
_SHANGHAI = ZoneInfo("Asia/Shanghai")


_SOURCE = re.compile(r"(wish|wishes|recipient):([1-9][0-9]{0,17})")


def source_parts(source: str) -> tuple[str, int]:
    """For whom an entry waits: "wish" or "recipient" with its id, "wishes" with the last of several; ("", 0) for the reseller herself."""
    found = _SOURCE.fullmatch(source)
    return (found[1], int(found[2])) if found else ("", 0)


def is_valid_source(source: str) -> bool:
    return not source or _SOURCE.fullmatch(source) is not None


class WaitingEnd(enum.StrEnum):
    """Why an entry of the waiting list has ended."""

    SERVED = "served"
    LAPSED = "lapsed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SALE_OVER = "sale_over"


class ReservationOutcome(enum.StrEnum):
    """What became of units that were reserved."""

    TAKEN = "taken"
    LAPSED = "lapsed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An open entry of a reseller as she sees it; `place` counts from 1 among all open entries of the item."""

    id: int
    item_id: int
    sale_id: int
    sale_title: str
    ends_at: datetime
    style_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    units: int
    taken_units: int
    source: str
    asked_at: datetime
    rests_until: datetime | None
    place: int
    reservation_id: int | None
    reserved_units: int
    reserved_until: datetime | None


@dataclass(frozen=True, slots=True)
class Demand:
    """How many units of an item resellers wait for, and how many are reserved for them now."""

    item_id: int
    style_no: str
    colour: str
    size: str
    waiting_units: int
    resellers: int
    reserved_units: int


@dataclass(frozen=True, slots=True)
class QueuedEntry:
    """An entry of the waiting list that may get units now; entries of one item are in the order of asking.

    `units` are those that it still waits for, `limit_units` what her purchase limits leave, None without a limit.
    """

    entry_id: int
    reseller_id: int
    units: int
    limit_units: int | None = None
    terms: QuantityTerms | None = None


def max_waiting_units_of(offer: Offer) -> int:
    """For how many units of an offer she may wait: none while any is left for her or its sale is not live (SALE-13)."""
    if offer.phase is not Phase.LIVE or offer.price_fen is None or offer.available:
        return 0
    limits = [(offer.item_limit, offer.item_taken), (offer.sale_limit, offer.sale_taken)]
    return max_units_for(available=MAX_WAITING_UNITS, limits=limits)


def terms_allow_waiting(offer: Offer, units: int) -> bool:
    """Whether so many units of one size can be ordered by themselves once they are back: only terms of each size count (SALE-9)."""
    terms = offer.quantity_terms
    return terms is None or not terms.per_sku or terms.allows(units)


def share_out(available: int, queue: Sequence[QueuedEntry]) -> dict[int, int]:
    """The units that each entry gets of those that are available, by the id of the entry: in the order of asking (SALE-13).

    An entry gets as many as it waits for, her limits leave and the terms of each size allow. A reseller gets units for one entry of a
    size at a time. What an entry cannot use is left to those behind it.
    """
    shares: dict[int, int] = {}
    served: set[int] = set()
    for entry in queue:
        if entry.reseller_id in served:
            continue
        units = possible_units(available, entry)
        if units:
            shares[entry.entry_id] = units
            served.add(entry.reseller_id)
            available -= units
    return shares


def possible_units(available: int, entry: QueuedEntry) -> int:
    """How many of the available units an entry can use."""
    units = max(0, min([available, entry.units, *([] if entry.limit_units is None else [entry.limit_units])]))
    # Where colours and sizes are mixed, she may add others to what is reserved; where each size counts, she could not.
    if entry.terms is not None and entry.terms.per_sku:
        return entry.terms.last_units(units)
    return units


def reserved_until(at: datetime, *, life: timedelta, sale_ends_at: datetime) -> datetime:
    """Until when units are reserved: for `life`, and never beyond the end of the sale."""
    return min(at + life, sale_ends_at)


def rests_until(reserved_at: datetime) -> datetime | None:
    """Until when an entry rests whose reservation lapsed: until morning if it began at night in China (SALE-14); None ends the entry.

    It is so with all that she waits for of the size.
    """
    local = reserved_at.astimezone(_SHANGHAI)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return None
    morning = local.date() if local.time() < NIGHT_ENDS else local.date() + timedelta(days=1)
    return datetime.combine(morning, NIGHT_ENDS, _SHANGHAI).astimezone(reserved_at.tzinfo)


def rests_after_declining(at: datetime, *, life: timedelta) -> datetime:
    """Until when her other entries of a size rest that she gave reserved units of back: as long as units are reserved for anybody.

    Else whoever has an entry for each of many customers kept a unit for ever, by declining each reservation just before its time.
    """
    return at + life


def entry_ends(*, wanted_units: int, reserved_units: int, taken_units: int) -> bool:
    """Whether an entry has ended once reserved units were taken: she got all that she wanted, or took fewer than she could have had."""
    return taken_units >= wanted_units or taken_units < reserved_units
