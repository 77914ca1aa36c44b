"""Lines of an order: whether each can be had, and who gets the units that are left."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flashsales.rules import Offer, RemainingUnits, Shortfall
from flashsales.rules.freight import DeliveryFault, delivery_fault


def joined_sources(first: str, second: str) -> str:
    """The source of a line that takes the place of two: what either came from, each once, as `wish:7,wish:9`.

    Money that comes late looks for goods that were ordered again by these sources (ORDER-15), so none is ever cut.
    """
    return ",".join(dict.fromkeys(each for text in (first, second) for each in text.split(",") if each))


class LineProblem(enum.StrEnum):
    """Why units of a line cannot be shipped in a parcel."""

    REFUNDED = "refunded"
    """All its units were refunded: they must not be sent."""
    ALREADY_SHIPPED = "already_shipped"
    """Nothing of it is left to ship, and it is in other parcels."""
    TOO_MANY = "too_many"
    """More units than are left to ship."""
    OTHER_UNITS = "other_units"
    """The parcel holds another number of its units."""


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What shipping does with a line: `units` that go into the parcel, and `refunded_units` that were asked for in vain."""

    units: int = 0
    refunded_units: int = 0
    problem: LineProblem | None = None


def plan_line(
    *,
    units: int,
    shipped_units: int,
    cancelled_units: int,
    in_parcel: int,
    asked: int | None,
    resending_units: int = 0,
) -> LinePlan:
    """How many units of a line to put into a parcel that holds `in_parcel` of it already (ORDER-4).

    `asked` is the number on the list, None for all that are left. The same input again puts in nothing. A list that was made before
    units were refunded names them too; they are left out and counted. Units that are sent again go into no parcel that holds units of
    their line: a list that comes back a second time does not ship them (AFTER-18).
    """
    left = units - shipped_units - cancelled_units + resending_units
    wanted = left if asked is None else asked
    if in_parcel and (asked is None or wanted == in_parcel):
        return LinePlan(units=left if asked is None and not resending_units else 0)
    if in_parcel:
        refunded = wanted - in_parcel
        if not left and 0 < refunded <= cancelled_units:
            return LinePlan(refunded_units=refunded)
        return LinePlan(problem=LineProblem.OTHER_UNITS)
    if not left:
        return LinePlan(problem=LineProblem.ALREADY_SHIPPED if shipped_units else LineProblem.REFUNDED)
    if wanted <= left:
        return LinePlan(units=wanted)
    if wanted - left <= cancelled_units:
        return LinePlan(units=left, refunded_units=wanted - left)
    return LinePlan(problem=LineProblem.TOO_MANY)


class UnitsAvailability(enum.StrEnum):
    """Whether refunded units can be sold again. It decides what happens to stock and growth."""

    IN_STOCK = "in_stock"
    """Not shipped; they can be sold again."""
    OUT_OF_STOCK = "out_of_stock"
    """Not shipped, and the brand does not have them."""
    SHIPPED = "shipped"
    """With the customer or on the way back; no stock moves."""


MAX_LINES = 1000


MAX_UNITS_PER_LINE = 999


MAX_REMARK, MAX_SOURCE, MAX_KEY = 100, 24_000, 64
"""Characters. A line can take the place of all lines of a placement, each of which has a source of up to 24."""


class Take(enum.StrEnum):
    """What a placement takes where not everything can be had."""

    ALL = "all"
    """All units of all lines, or nothing."""
    WHAT_IS_LEFT = "what_is_left"
    """As many units of each line as stock, limits and credit leave, in the order of the lines."""


@dataclass(frozen=True, slots=True)
class RequestedUnits:
    """Units of one sale item in a placement, with the unit price in fen that the reseller saw, if it was sent.

    `recipient`: any text that is the same for units that go to the same recipient. `province`: that of the recipient, "" where her
    address names none, and None where nobody is chosen yet or nothing depends on it.
    """

    item_id: int
    units: int
    expected_price_fen: int | None = None
    recipient: str = ""
    province: str | None = None


class OrderShortfall(enum.StrEnum):
    """Why units are not ordered although they could be held."""

    PRICE_CHANGED = "price_changed"
    OVER_CREDIT = "over_credit"
    QUANTITY_TERMS = "quantity_terms"
    """The units of the style would break its quantity terms (ORDER-14)."""
    ORDER_MINIMUM = "order_minimum"
    """The units of the brand would be below its order minimum (ORDER-14)."""
    NO_DELIVERY = "no_delivery"
    """The sale does not deliver to the recipient's province (SALE-23)."""
    UNKNOWN_PROVINCE = "unknown_province"
    """The freight depends on the province, and the recipient's address names none (SALE-23)."""


@dataclass(frozen=True, slots=True)
class AllocatedUnits:
    """How many units of a request can be ordered, and why not all of them; `province` where that is the reason."""

    units: int
    shortfall: Shortfall | OrderShortfall | None
    province: str = ""


_DELIVERY = {
    DeliveryFault.NO_DELIVERY: OrderShortfall.NO_DELIVERY,
    DeliveryFault.UNKNOWN_PROVINCE: OrderShortfall.UNKNOWN_PROVINCE,
}


class Allocation:
    """What is left while units are given out to one reseller: stock and limits, and what she may still hold unpaid.

    `allowance_fen` None counts none.
    """

    def __init__(self, offers: Mapping[int, Offer], allowance_fen: int | None) -> None:
        self._offers, self._allowance_fen = offers, allowance_fen
        self._remaining = RemainingUnits(offers)

    def take(self, request: RequestedUnits) -> AllocatedUnits:
        """Give out as many of the units as are left. A request that expects another price than the present one gets none."""
        offer = self._offers.get(request.item_id)
        price_fen = offer.price_fen if offer else None
        given, shortfall = self._remaining.take(request.item_id, request.units)
        if price_fen is None or shortfall in (Shortfall.NO_SUCH_ITEM, Shortfall.NOT_LIVE):
            return AllocatedUnits(given, shortfall)
        fault = (
            None
            if request.province is None
            else delivery_fault(offer.freight_terms if offer else None, request.province)
        )
        if fault is not None:
            self._remaining.give(request.item_id, -given)
            return AllocatedUnits(0, _DELIVERY[fault], request.province or "")
        kept: int = given
        reason: Shortfall | OrderShortfall | None = shortfall
        if request.expected_price_fen not in (None, price_fen):
            kept, reason = 0, OrderShortfall.PRICE_CHANGED
        elif self._allowance_fen is not None and given * price_fen > self._allowance_fen:
            kept, reason = max(self._allowance_fen // price_fen, 0), OrderShortfall.OVER_CREDIT
        if kept < given:
            self._remaining.give(request.item_id, kept - given)
        if self._allowance_fen is not None:
            self._allowance_fen -= kept * price_fen
        return AllocatedUnits(kept, reason)

    def give_back(self, item_id: int, units: int) -> None:
        """Take units back that were given out."""
        if not units:
            return
        self._remaining.give(item_id, -units)
        if self._allowance_fen is not None:
            self._allowance_fen += units * (self._offers[item_id].price_fen or 0)


def allocate(
    requests: Sequence[RequestedUnits], offers: Mapping[int, Offer], *, allowance_fen: int | None
) -> list[AllocatedUnits]:
    """Share what is left among the requests, in their order (ORDER-7), without regard to quantity terms.

    A request gets as many of its units as are left, as its limits allow and as the allowance pays; `allowance_fen` None counts none.
    A request that expects another price than the present one gets none. The result stands in the order of `requests`.
    """
    allocation = Allocation(offers, allowance_fen)
    return [allocation.take(request) for request in requests]
