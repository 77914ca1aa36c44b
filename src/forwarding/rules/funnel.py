"""What became of shared pages: views, wishes, orders, paid goods (FORWARD-21)."""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


class FunnelSpan(enum.StrEnum):
    """What the figures are added up by: the day of the view or of the wish in Shanghai, the channel, the shared page."""

    DAY = "day"
    CHANNEL = "channel"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class CountedViews:
    """The views of a page in one channel on one day."""

    forward_id: int
    channel: str
    date: date
    views: int


@dataclass(frozen=True, slots=True)
class WishPart:
    """A line of a wish, with the order line that it became."""

    id: int
    units: int
    order_line_id: int | None


@dataclass(frozen=True, slots=True)
class CountedWish:
    """A wish on the day on which it was left."""

    forward_id: int
    channel: str
    date: date
    parts: Sequence[WishPart]


@dataclass(frozen=True, slots=True)
class CountedLine:
    """An order line. `is_ordered`: its order is unpaid or paid; `refunded_fen` is all that she got back of it (FORWARD-18)."""

    is_ordered: bool
    is_paid: bool
    units: int
    refunded_units: int
    price_fen: int
    refunded_fen: int
    retail_fen: int | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Sums of one day, channel or page. `paid_units` were not refunded; of those without a retail price nothing is in the sums of money."""

    views: int = 0
    wishes: int = 0
    wished_units: int = 0
    ordered: int = 0
    ordered_units: int = 0
    paid: int = 0
    paid_units: int = 0
    revenue_fen: int = 0
    paid_fen: int = 0

    @property
    def profit_fen(self) -> int:
        return self.revenue_fen - self.paid_fen

    def __add__(self, other: "Funnel") -> "Funnel":
        return Funnel(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def share_of(amount: int, *, before: int, upto: int, units: int) -> int:
    """What of an amount of an order line falls to its units `before` … `upto`: shares of all units add up to the amount."""
    return amount * upto // units - amount * before // units


def places_in_line(parts: Iterable[WishPart], units: int) -> dict[int, tuple[int, int]]:
    """Which units of an order line answer which wish: in the order of the wishes, and no more than it has."""
    places, taken = {}, 0
    for part in sorted(parts, key=lambda each: each.id):
        places[part.id] = (min(taken, units), min(taken + part.units, units))
        taken += part.units
    return places


def funnel_by(
    key: Callable[[CountedViews | CountedWish], object],
    views: Iterable[CountedViews],
    wishes: Sequence[CountedWish],
    lines: Mapping[int, CountedLine],
) -> dict[object, Funnel]:
    """Add up by key. `wishes` are all that one of the order lines answers, and more."""
    parts = [part for wish in wishes for part in wish.parts]
    places: dict[int, tuple[int, int]] = {}
    for line_id, line in lines.items():
        places |= places_in_line((each for each in parts if each.order_line_id == line_id), line.units)
    sums: dict[object, Funnel] = {}
    for visited in views:
        sums[key(visited)] = sums.get(key(visited), Funnel()) + Funnel(views=visited.views)
    for wish in wishes:
        sums[key(wish)] = sums.get(key(wish), Funnel()) + _of_wish(wish, lines, places)
    return sums


def _of_wish(wish: CountedWish, lines: Mapping[int, CountedLine], places: Mapping[int, tuple[int, int]]) -> Funnel:
    found = [(part, line) for part in wish.parts if (line := lines.get(part.order_line_id or 0)) is not None]
    of_lines = sum((_of_part(line, *places[part.id]) for part, line in found), Funnel())
    whole = Funnel(
        wishes=1,
        wished_units=sum(part.units for part in wish.parts),
        ordered=int(any(line.is_ordered for _, line in found)),
        paid=int(any(line.is_paid for _, line in found)),
    )
    return whole + of_lines


def _of_part(line: CountedLine, before: int, upto: int) -> Funnel:
    ordered_units = upto - before if line.is_ordered else 0
    if not line.is_paid:
        return Funnel(ordered_units=ordered_units)
    kept = share_of(line.units - line.refunded_units, before=before, upto=upto, units=line.units)
    if line.retail_fen is None:
        return Funnel(ordered_units=ordered_units, paid_units=kept)
    net_fen = line.units * line.price_fen - line.refunded_fen
    return Funnel(
        ordered_units=ordered_units,
        paid_units=kept,
        revenue_fen=kept * line.retail_fen,
        paid_fen=share_of(net_fen, before=before, upto=upto, units=line.units),
    )
