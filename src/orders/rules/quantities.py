"""Minimum, multiple and packs of a style, and the order minimum of a brand, over the lines of one placement (ORDER-14)."""

import enum
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flashsales.rules import Offer, pack_in_words
from kernel.money import format_yuan
from orders.rules.lines import AllocatedUnits, Allocation, OrderShortfall, RequestedUnits


class BreachKind(enum.StrEnum):
    UNITS = "units"
    """Fewer units of the style, or of a SKU of it, than the minimum, or not a multiple."""
    PACKS = "packs"
    """The units of a style and colour for one recipient are no whole packs."""
    ORDER_MINIMUM = "order_minimum"
    """The goods of a brand are below its order minimum."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What has to be added to a placement so that it meets the terms: units, units by size of a pack, or an amount in fen.

    `units_by_size` is empty where no pack is asked for, and where units are too many for whole packs, so that some have to be taken out.
    """

    units: int = 0
    fen: int = 0
    units_by_size: Mapping[str, int] = field(default_factory=dict)
    to_minimum: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """Lines of a placement that together break quantity terms or an order minimum.

    `lines` are places in the placement, `offer` is that of the first of them. `units` and `fen` are what they ask. `needed_units`: the
    fewest units from these on that are allowed. With packs, `asked` and `needed` are the units by size.
    """

    kind: BreachKind
    lines: tuple[int, ...]
    offer: Offer
    units: int
    fen: int
    needed_units: int
    asked: Mapping[str, int]
    needed: Mapping[str, int]

    @property
    def gap(self) -> Gap:
        """The least that has to be added."""
        if self.kind is BreachKind.PACKS:
            if any(units > self.needed.get(size, 0) for size, units in self.asked.items()):
                return Gap()
            missing = {size: units - self.asked.get(size, 0) for size, units in self.needed.items()}
            by_size = {size: units for size, units in missing.items() if units}
            return Gap(units=sum(by_size.values()), units_by_size=by_size)
        if self.kind is BreachKind.ORDER_MINIMUM:
            minimum = self.offer.order_minimum
            min_fen, min_units = (minimum.min_fen or 0, minimum.min_units or 0) if minimum else (0, 0)
            return Gap(units=max(0, min_units - self.units), fen=max(0, min_fen - self.fen), to_minimum=True)
        terms = self.offer.quantity_terms
        return Gap(units=self.needed_units - self.units, to_minimum=terms is not None and self.units < terms.min_units)


def find_breaches(requests: Sequence[RequestedUnits], offers: Mapping[int, Offer]) -> list[Breach]:
    """What of a placement breaks quantity terms or an order minimum, by the first line; requests without an offer are left out.

    A minimum and a multiple count the units of the style in the sale over all recipients, or of each SKU; a pack is for one recipient.
    The amount of a brand counts the price that a request expects, else the present one.
    """
    placed = [place for place, request in enumerate(requests) if request.item_id in offers]
    breaches = []
    for group in _grouped(placed, lambda place: _brand_key(place, offers[requests[place].item_id])):
        styles = _grouped(group, lambda place: _style_key(place, offers[requests[place].item_id]))
        breaches += [breach for style in styles for breach in _breaches_of_style(style, requests, offers)]
        breach = _breach(BreachKind.ORDER_MINIMUM, group, requests, offers)
        minimum = breach.offer.order_minimum
        if minimum is not None and not minimum.is_met(fen=breach.fen, units=breach.units):
            breaches.append(breach)
    return sorted(breaches, key=lambda each: each.lines[0])


def gap_in_words(breach: Breach) -> tuple[str, str]:
    """What has to be added, in Chinese and English, short enough to stand beside a form before anything is refused."""
    offer, gap = breach.offer, breach.gap
    goods = " ".join(filter(None, (offer.style_no, offer.colour if breach.kind is BreachKind.PACKS else "")))
    if breach.kind is BreachKind.ORDER_MINIMUM:
        yuan, units = format_yuan(gap.fen), gap.units
        if gap.fen:
            return (
                f"「{offer.brand_name}」再加 ¥{yuan} 到起订",
                f"{offer.brand_name}: ¥{yuan} more to the order minimum",
            )
        return f"「{offer.brand_name}」再加 {units} 件到起订", f"{offer.brand_name}: {units} more to the order minimum"
    if breach.kind is BreachKind.PACKS:
        if not gap.units_by_size:
            needed = pack_in_words(breach.needed)
            return f"{goods} 改成 {needed} 才是整手", f"{goods}: {needed} makes whole packs"
        sizes = pack_in_words(gap.units_by_size)
        return f"{goods} 再加 {sizes} 凑整手", f"{goods}: {sizes} more to a whole pack"
    if offer.quantity_terms and offer.quantity_terms.per_sku:
        goods = offer.description
    if gap.to_minimum:
        return f"{goods} 再加 {gap.units} 件到起批", f"{goods}: {gap.units} more to the minimum"
    step = offer.quantity_terms.step if offer.quantity_terms else 1
    return f"{goods} 再加 {gap.units} 件凑 {step} 件的倍数", f"{goods}: {gap.units} more to a multiple of {step}"


def allocate_in_quantities(
    requests: Sequence[RequestedUnits], offers: Mapping[int, Offer], *, allowance_fen: int | None
) -> list[AllocatedUnits]:
    """As `allocate`, and what is given out breaks no quantity terms and no order minimum (ORDER-14).

    The lines of a style with terms, and of a brand with a minimum, get their units together, at the place of the first of them. Units that
    would break the terms are cut from the last lines. Units that are cut are left to the lines behind.
    """
    sharing = _Sharing(requests, offers, Allocation(offers, allowance_fen))
    for group in _grouped(range(len(requests)), sharing.brand_key):
        sharing.take_brand(group)
    return sharing.allocated


def _brand_key(place: int, offer: Offer | None) -> Hashable:
    return ("brand", offer.brand_id) if offer and offer.order_minimum else _style_key(place, offer)


def _style_key(place: int, offer: Offer | None) -> Hashable:
    return ("style", offer.sale_id, offer.style_id) if offer and offer.quantity_terms else ("line", place)


def _grouped(places: Iterable[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    """The places by key; the group of the first place comes first."""
    groups: dict[Hashable, list[int]] = {}
    for place in places:
        groups.setdefault(key(place), []).append(place)
    return list(groups.values())


def _breaches_of_style(
    places: Sequence[int], requests: Sequence[RequestedUnits], offers: Mapping[int, Offer]
) -> list[Breach]:
    terms = offers[requests[places[0]].item_id].quantity_terms
    if terms is None:
        return []
    if terms.pack:
        parts = _grouped(places, lambda place: (offers[requests[place].item_id].colour, requests[place].recipient))
        breaches = [_breach(BreachKind.PACKS, part, requests, offers) for part in parts]
        broken = [breach for breach in breaches if breach.asked != breach.needed]
        if broken:
            return broken
        parts = [list(places)]
    elif terms.per_sku:
        parts = _grouped(places, lambda place: requests[place].item_id)
    else:
        parts = [list(places)]
    breaches = [_breach(BreachKind.UNITS, part, requests, offers) for part in parts]
    return [breach for breach in breaches if not terms.allows(breach.units)]


def _breach(
    kind: BreachKind, places: Sequence[int], requests: Sequence[RequestedUnits], offers: Mapping[int, Offer]
) -> Breach:
    of_lines = [(requests[place], offers[requests[place].item_id]) for place in places]
    offer = of_lines[0][1]
    units = sum(request.units for request, _ in of_lines)
    asked: dict[str, int] = {}
    needed: dict[str, int] = {}
    if kind is BreachKind.PACKS and offer.quantity_terms:
        pack = offer.quantity_terms.pack
        for request, each in of_lines:
            asked[each.size] = asked.get(each.size, 0) + request.units
        packs = max(1, *(-(-asked.get(size, 0) // count) for size, count in pack.items()))
        needed = {size: packs * count for size, count in pack.items()}
    return Breach(
        kind=kind,
        lines=tuple(places),
        offer=offer,
        units=units,
        fen=sum(request.units * (request.expected_price_fen or each.price_fen or 0) for request, each in of_lines),
        needed_units=offer.quantity_terms.next_units(units) if offer.quantity_terms else units,
        asked=asked,
        needed=needed,
    )


class _Sharing:
    """The sharing of one placement while it goes on; `allocated` stands in the order of the requests."""

    def __init__(self, requests: Sequence[RequestedUnits], offers: Mapping[int, Offer], allocation: Allocation) -> None:
        self._requests, self._offers, self._allocation = requests, offers, allocation
        self.allocated = [AllocatedUnits(0, None)] * len(requests)

    def brand_key(self, place: int) -> Hashable:
        return _brand_key(place, self._offer(place))

    def take_brand(self, places: Sequence[int]) -> None:
        for style in _grouped(places, lambda place: _style_key(place, self._offer(place))):
            self._take_style(style)
        offer = self._offer(places[0])
        if offer and offer.order_minimum:
            units = sum(self.allocated[place].units for place in places)
            fen = sum(self.allocated[place].units * self._price_fen(place) for place in places)
            if not offer.order_minimum.is_met(fen=fen, units=units):
                self._cut(places, to=0, reason=OrderShortfall.ORDER_MINIMUM)

    def _take_style(self, places: Sequence[int]) -> None:
        offer = self._offer(places[0])
        terms = offer.quantity_terms if offer else None
        if terms is None:
            self._take(places)
            return
        if terms.pack:
            for part in _grouped(places, self._pack_key):
                self._take_packs(part, terms.pack)
            parts = [list(places)]
        else:
            parts = _grouped(places, lambda place: self._requests[place].item_id if terms.per_sku else 0)
            self._take(places)
        for part in parts:
            units = sum(self.allocated[place].units for place in part)
            self._cut(part, to=terms.last_units(units), reason=OrderShortfall.QUANTITY_TERMS)

    def _take(self, places: Sequence[int]) -> None:
        for place in places:
            self.allocated[place] = self._allocation.take(self._requests[place])

    def _cut(self, places: Sequence[int], *, to: int, reason: OrderShortfall) -> None:
        """Take back all but `to` units, from the last line on."""
        excess = sum(self.allocated[place].units for place in places) - to
        for place in reversed(places):
            cut = min(excess, self.allocated[place].units)
            if cut:
                self._allocation.give_back(self._requests[place].item_id, cut)
                self.allocated[place] = AllocatedUnits(self.allocated[place].units - cut, reason)
                excess -= cut

    def _pack_key(self, place: int) -> Hashable:
        offer = self._offer(place)
        return (offer.colour if offer else "", self._requests[place].recipient)

    def _take_packs(self, places: Sequence[int], pack: Mapping[str, int]) -> None:
        """As many whole packs as can be had, found by halving: where some can be had, fewer can be had too."""
        asked: dict[str, int] = {}
        for place in places:
            size = self._size(place)
            asked[size] = asked.get(size, 0) + self._requests[place].units
        fits, too_many = 0, min(asked.get(size, 0) // count for size, count in pack.items()) + 1
        failed: dict[int, AllocatedUnits] = {}
        while too_many - fits > 1:
            packs = (fits + too_many) // 2
            got = self._take_targets(self._targets(places, pack, packs))
            short = {place: each for place, each in got.items() if each.shortfall is not None}
            self._give_back(got)
            if short:
                too_many, failed = packs, short
            else:
                fits = packs
        targets = self._targets(places, pack, fits)
        self._take_targets(targets)
        for place in places:
            failure = failed.get(place)
            reason = failure.shortfall if failure else OrderShortfall.QUANTITY_TERMS
            is_short = targets[place] < self._requests[place].units
            province = failure.province if failure else ""
            self.allocated[place] = AllocatedUnits(targets[place], reason if is_short else None, province)

    def _targets(self, places: Sequence[int], pack: Mapping[str, int], packs: int) -> dict[int, int]:
        """The units of each line that make so many packs; of two lines of one size the first is filled first."""
        left = {size: packs * count for size, count in pack.items()}
        targets = {}
        for place in places:
            size = self._size(place)
            targets[place] = min(self._requests[place].units, left.get(size, 0))
            left[size] = left.get(size, 0) - targets[place]
        return targets

    def _take_targets(self, targets: Mapping[int, int]) -> dict[int, AllocatedUnits]:
        got = {}
        for place, units in targets.items():
            request = self._requests[place]
            part = RequestedUnits(request.item_id, units, request.expected_price_fen, province=request.province)
            got[place] = self._allocation.take(part) if units else AllocatedUnits(0, None)
        return got

    def _give_back(self, got: Mapping[int, AllocatedUnits]) -> None:
        for place, each in got.items():
            self._allocation.give_back(self._requests[place].item_id, each.units)

    def _offer(self, place: int) -> Offer | None:
        return self._offers.get(self._requests[place].item_id)

    def _size(self, place: int) -> str:
        offer = self._offer(place)
        return offer.size if offer else ""

    def _price_fen(self, place: int) -> int:
        offer = self._offer(place)
        return (offer.price_fen or 0) if offer else 0
