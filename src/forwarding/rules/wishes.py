"""Wishes of customers: what they may hold, and how many of them can be ordered (FORWARD-5, FORWARD-8, FORWARD-9)."""

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flashsales.rules import Offer, RemainingUnits, Shortfall
from orders.rules.lines import AllocatedUnits, Allocation, RequestedUnits

MAX_WISH_UNITS = 99
MAX_WISH_LINES = 20
MAX_ADDRESS = 400
"""Of the text in the address field of a wish: a pasted address holds name and phone too."""
MAX_ORDERED_WISHES = 200
"""So many wishes can be ordered at once."""
MAX_OPEN_WISHES = 200
MAX_WISHES_PER_PAGE_AND_HOUR = 60
MAX_WISHES_PER_VISITOR_AND_HOUR = 10


TOLD_AGAIN_AFTER = timedelta(hours=1)
"""Units that go and come back within this time are told of once."""
MAX_WAITING_SHOWN = 200
"""Of the customers who wait for sold-out sizes a reseller sees so many at once, those who asked first."""


class WishState(enum.StrEnum):
    NEW = "new"
    ORDERED = "ordered"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The customer took it back on her private page."""


@dataclass(frozen=True, slots=True)
class PickedUnits:
    """Units of a sale item that a customer wishes for."""

    item_id: int
    units: int


def is_valid_pick(lines: Sequence[PickedUnits]) -> bool:
    """Whether a wish may have these lines: 1 to `MAX_WISH_LINES`, each item once, 1 to `MAX_WISH_UNITS` of it (FORWARD-5)."""
    return (
        0 < len(lines) <= MAX_WISH_LINES
        and len({line.item_id for line in lines}) == len(lines)
        and all(0 < line.units <= MAX_WISH_UNITS for line in lines)
    )


def shortfall_of(offer: Offer | None, units: int) -> tuple[int, Shortfall | None]:
    """How many of the units can be held for her now, and why not all of them, for one line by itself."""
    if offer is None:
        return 0, Shortfall.NO_SUCH_ITEM
    return RemainingUnits({offer.item_id: offer}).take(offer.item_id, units)


def allocate_wishes(
    wishes: Sequence[Sequence[RequestedUnits]], offers: Mapping[int, Offer], *, allowance_fen: int | None
) -> list[list[AllocatedUnits]]:
    """Share what is left among wishes, in their order: each gets all of its units or none (FORWARD-9).

    A wish whose lines did not all get their units leaves them to the wishes behind it.
    """
    allocation = Allocation(offers, allowance_fen)
    allocated = []
    for lines in wishes:
        got = [allocation.take(line) for line in lines]
        if any(each.shortfall for each in got):
            for line, each in zip(lines, got, strict=True):
                allocation.give_back(line.item_id, each.units)
        allocated.append(got)
    return allocated


_MADE_UP_NAME = re.compile(r"接龙 \d{1,3}")


def made_up_name(position: str) -> str:
    """What the wish of an entry of a group list is called where the entry names nobody."""
    return f"接龙 {position}"


def recipient_name(name: str) -> str:
    """The name of whoever left a wish as that of a recipient; "" where it was made up: no parcel is sent to it (FORWARD-8)."""
    return "" if _MADE_UP_NAME.fullmatch(name) else name


def certain_short_units(units: int, *, of_units: int, short_units: int) -> int:
    """How many units of a wish are surely short, where `short_units` are of an order line that has `of_units` for her and others.

    Who of several customers goes without is for the reseller to decide.
    """
    return min(units, max(0, short_units - (of_units - units)))
