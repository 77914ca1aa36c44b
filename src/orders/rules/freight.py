"""The freight of an order: what its lines pay, and what of it goes back before shipping (ORDER-16)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flashsales.rules import Offer
from flashsales.rules.freight import FreightTerms, freight_of
from kernel.money import split
from orders.rules.lines import AllocatedUnits, RequestedUnits
from orders.rules.quantities import allocate_in_quantities

_MAX_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class FreightLine:
    """Units of one sale for one recipient of an order. `group` is the same for the lines whose freight is counted together; `province` is
    that of its recipient, "" where it is not known."""

    group: Hashable
    units: int
    price_fen: int
    terms: FreightTerms | None
    province: str = ""


def freight_of_lines(lines: Sequence[FreightLine]) -> list[int]:
    """What each line pays of the freight of its group in fen, in proportion to its units; in the order of the lines.

    The lines of one order that go to one recipient from one sale are one group.
    """
    places: dict[Hashable, list[int]] = {}
    for place, line in enumerate(lines):
        if line.terms is not None and line.units > 0:
            places.setdefault(line.group, []).append(place)
    freight = [0] * len(lines)
    for group in places.values():
        terms = lines[group[0]].terms
        units = [lines[place].units for place in group]
        goods_fen = sum(lines[place].units * lines[place].price_fen for place in group)
        province = lines[group[0]].province
        fen = freight_of(units=sum(units), goods_fen=goods_fen, terms=terms, province=province) if terms else 0
        for place, part in zip(group, split(fen, units), strict=True):
            freight[place] = part
    return freight


def quote_freight(goods: Iterable[tuple[Offer, int, Hashable, str | None]]) -> int:
    """The freight in fen of goods that would be ordered together: offer, units, what stands for the recipient, and her province."""
    lines = [
        FreightLine((offer.sale_id, recipient), units, offer.price_fen or 0, offer.freight_terms, province or "")
        for offer, units, recipient, province in goods
    ]
    return sum(freight_of_lines(lines))


def allocate_with_freight(
    requests: Sequence[RequestedUnits], offers: Mapping[int, Offer], *, allowance_fen: int
) -> tuple[list[AllocatedUnits], int]:
    """Share what is left so that the goods and their freight are within the allowance; also the freight in fen that was kept for it.

    Fewer units may cost more freight where many are free, so it may take some rounds. What is still too much after them is not cut: who
    places the order counts it again.
    """
    freight_fen = 0
    allocated = allocate_in_quantities(requests, offers, allowance_fen=allowance_fen)
    for _ in range(_MAX_ROUNDS):
        due_fen = quote_allocated(requests, allocated, offers)
        if due_fen <= freight_fen:
            break
        freight_fen = due_fen
        allocated = allocate_in_quantities(requests, offers, allowance_fen=allowance_fen - freight_fen)
    return allocated, freight_fen


def quote_allocated(
    requests: Sequence[RequestedUnits], allocated: Sequence[AllocatedUnits], offers: Mapping[int, Offer]
) -> int:
    """The freight in fen of the units that are given to requests."""
    pairs = zip(requests, allocated, strict=True)
    return quote_freight(
        (offers[each.item_id], got.units, each.recipient, each.province) for each, got in pairs if got.units
    )


@dataclass(frozen=True, slots=True)
class PaidFreight:
    """A paid line of a group: its units that were not refunded before shipping, their price, and what of its freight was not returned."""

    line_id: int
    units: int
    price_fen: int
    freight_fen: int


def freight_to_return(
    lines: Sequence[PaidFreight], *, line_id: int, units: int, terms: FreightTerms, province: str = ""
) -> Mapping[int, int]:
    """What of its freight each line of a group gives back in fen when `units` of one are refunded before shipping; by the id of the line.

    What the terms ask for the units that are left is kept, and never more than was paid; the rest goes back. The line that is refunded
    gives first, then the others in the order of their ids.
    """
    left = {line.line_id: line.units - (units if line.line_id == line_id else 0) for line in lines}
    owed_fen = freight_of(
        units=sum(left.values()),
        goods_fen=sum(left[line.line_id] * line.price_fen for line in lines),
        terms=terms,
        province=province,
    )
    back_fen = max(0, sum(line.freight_fen for line in lines) - owed_fen)
    given: dict[int, int] = {}
    for line in sorted(lines, key=lambda each: (each.line_id != line_id, each.line_id)):
        part = min(line.freight_fen, back_fen)
        if part:
            given[line.line_id] = part
            back_fen -= part
    return given
