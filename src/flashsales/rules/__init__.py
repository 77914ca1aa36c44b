"""The rules of sales (SALE-1 to SALE-9, see docs/rules/sales.md): phases by the clock, units that add up, limits, quantities."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from brands.rules import OrderMinimum
from flashsales.rules.freight import FreightTerms
from flashsales.rules.waiting_room import Place
from kernel.money import split
from kernel.period import Period

DEFAULT_DURATION = timedelta(hours=48)
MAX_DURATION = timedelta(days=30)
TRIAL_BATCH_UNITS = 500
MAX_UNITS = 1_000_000


class SaleState(enum.StrEnum):
    """What ops decided. The clock decides whether a published sale is open."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Phase(enum.StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"
    PREVIEW = "preview"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


def phase_at(*, state: SaleState, preview_at: datetime, period: Period, at: datetime) -> Phase:
    """The phase of a sale at an instant (SALE-1): it depends on the state and the clock only."""
    if state is SaleState.DRAFT:
        return Phase.DRAFT
    if state is SaleState.CANCELLED:
        return Phase.CANCELLED
    if at >= period.ends_at:
        return Phase.ENDED
    if at >= period.starts_at:
        return Phase.LIVE
    return Phase.PREVIEW if at >= preview_at else Phase.WAITING


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a sale item; SALE-3: allotted = available + held + sold, and none is negative."""

    allotted: int
    available: int
    held: int
    sold: int

    @property
    def is_consistent(self) -> bool:
        return (
            min(self.available, self.held, self.sold) >= 0 and self.allotted == self.available + self.held + self.sold
        )


def max_units_for(*, available: int, limits: list[tuple[int | None, int]]) -> int:
    """How many more units a reseller may take: the least of what is available and what each (limit, already taken) leaves (SALE-4)."""
    remaining = [max(limit - taken, 0) for limit, taken in limits if limit is not None]
    return min([available, *remaining])


MAX_TERMS_UNITS = 9999


@dataclass(frozen=True, slots=True)
class QuantityTerms:
    """In which quantities a style is ordered (SALE-9); the defaults allow single pieces.

    `min_units` and `multiple_of` count all colours and sizes of the style together (mixed), or with `per_sku` each of them. `pack`: the
    units of each size in a size-run pack of one colour; units are then ordered in whole packs, and `multiple_of` is not used.
    """

    response_properties: ClassVar = ("zh", "en")

    min_units: int = 1
    multiple_of: int = 1
    per_sku: bool = False
    pack: dict[str, int] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """The units of a step: those of a pack, or the multiple."""
        return sum(self.pack.values()) or self.multiple_of

    @property
    def first_units(self) -> int:
        """The fewest units that may be ordered."""
        return self.next_units(1)

    @property
    def are_default(self) -> bool:
        return self.min_units == self.multiple_of == 1 and not self.pack

    @property
    def bind_each_size(self) -> bool:
        """Whether the units of a size matter by themselves: then a single size cannot be exchanged for another."""
        return bool(self.pack) or self.per_sku

    def allows(self, units: int) -> bool:
        """Whether so many units are enough and full steps; of packs it counts the units only."""
        return units >= self.min_units and units % self.step == 0

    def next_units(self, units: int) -> int:
        """The fewest units, at least so many, that are allowed."""
        return -(-max(units, self.min_units) // self.step) * self.step

    def last_units(self, units: int) -> int:
        """The most units, at most so many, that are allowed; 0 where too few are left."""
        full = units - units % self.step
        return full if full >= self.min_units else 0

    @property
    def mark_zh(self) -> str:
        """The terms in two words, for a list of goods."""
        if self.pack:
            return f"整手 {self.step} 件"
        return f"{self.first_units} 件起批" if self.min_units > 1 else f"{self.multiple_of} 件一组"

    @property
    def mark_en(self) -> str:
        if self.pack:
            return f"packs of {self.step}"
        return f"from {self.first_units}" if self.min_units > 1 else f"in {self.multiple_of}s"

    @property
    def zh(self) -> str:
        scope = "每个颜色尺码" if self.per_sku else "可混色混码"
        if self.pack:
            least = f"，{self.min_units} 件起批" if self.min_units > self.step else ""
            return f"整手 {pack_in_words(self.pack)}{least}"
        words = [f"{self.min_units} 件起批"] if self.min_units > 1 else []
        words += [f"按 {self.multiple_of} 件的倍数"] if self.multiple_of > 1 else []
        return f"{'，'.join(words)}（{scope}）" if words else "一件起"

    @property
    def en(self) -> str:
        scope = "of each colour and size" if self.per_sku else "colours and sizes mixed"
        if self.pack:
            least = f", at least {self.min_units} units" if self.min_units > self.step else ""
            return f"whole packs of {pack_in_words(self.pack)}{least}"
        words = [f"at least {self.min_units} units"] if self.min_units > 1 else []
        words += [f"in multiples of {self.multiple_of}"] if self.multiple_of > 1 else []
        return f"{', '.join(words)} ({scope})" if words else "single pieces"

    def to_json(self) -> dict[str, Any]:
        return {
            "min_units": self.min_units,
            "multiple_of": self.multiple_of,
            "per_sku": self.per_sku,
            # A list, because the database does not keep the order of the keys of an object.
            "pack": [[size, units] for size, units in self.pack.items()],
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "QuantityTerms":
        return QuantityTerms(stored["min_units"], stored["multiple_of"], stored["per_sku"], dict(stored["pack"]))


def pack_in_words(units: Mapping[str, int]) -> str:
    """Sizes with their units, as in S×1 M×2."""
    return " ".join(f"{size}×{count}" for size, count in units.items())


class QuantityTermsFault(enum.StrEnum):
    """Why quantity terms make no sense."""

    UNITS = "units"
    """A figure is not from 1 to `MAX_TERMS_UNITS`."""
    MINIMUM = "minimum"
    """The minimum is not a whole number of steps, so that it could never be ordered itself."""
    PACK = "pack"
    """A pack goes with neither a multiple nor a minimum per SKU."""


def quantity_terms_fault(terms: QuantityTerms) -> QuantityTermsFault | None:
    """What is wrong with quantity terms by themselves (SALE-9)."""
    figures = (terms.min_units, terms.multiple_of, *terms.pack.values())
    if not all(1 <= each <= MAX_TERMS_UNITS for each in figures) or terms.step > MAX_TERMS_UNITS:
        return QuantityTermsFault.UNITS
    if terms.pack and (terms.multiple_of > 1 or terms.per_sku):
        return QuantityTermsFault.PACK
    if terms.min_units > 1 and terms.min_units % terms.step:
        return QuantityTermsFault.MINIMUM
    return None


class TermsWarningKind(enum.StrEnum):
    """Why goods of a sale can be ordered by nobody, or not all of them (SALE-9)."""

    PACK_SIZE = "pack_size"
    """A colour has no whole pack: sizes of the pack are missing in the sale, or have too few units."""
    MINIMUM = "minimum"
    """The units in the sale are fewer than the fewest that may be ordered."""
    LIMIT = "limit"
    """The purchase limit of the sale is below the fewest that may be ordered."""


@dataclass(frozen=True, slots=True)
class TermsWarning:
    """`goods` is a colour, or a colour and size, "" for the whole style. `sizes` are those of a pack that are missing or too few."""

    kind: TermsWarningKind
    goods: str
    units: int
    needed_units: int
    sizes: tuple[str, ...] = ()


def terms_warnings(
    terms: QuantityTerms, units: Mapping[tuple[str, str], int], *, sale_limit: int | None
) -> list[TermsWarning]:
    """What of a style cannot be ordered in a sale that has `units` of it by colour and size (SALE-9)."""
    first, total = terms.first_units, sum(units.values())
    found = []
    if sale_limit is not None and sale_limit < first:
        found.append(TermsWarning(TermsWarningKind.LIMIT, "", sale_limit, first))
    if terms.pack:
        packs = 0
        for colour in dict.fromkeys(colour for colour, _ in units):
            left = {size: units.get((colour, size), 0) for size in terms.pack}
            packs += min(left[size] // count for size, count in terms.pack.items())
            lacking = tuple(size for size, count in terms.pack.items() if left[size] < count)
            if lacking:
                found.append(TermsWarning(TermsWarningKind.PACK_SIZE, colour, sum(left.values()), terms.step, lacking))
        if 0 < packs * terms.step < first:
            found.append(TermsWarning(TermsWarningKind.MINIMUM, "", packs * terms.step, first))
    elif terms.per_sku:
        found += [
            TermsWarning(TermsWarningKind.MINIMUM, " ".join(filter(None, goods)), count, first)
            for goods, count in units.items()
            if count < first
        ]
    elif total < first:
        found.append(TermsWarning(TermsWarningKind.MINIMUM, "", total, first))
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """A sale item as one reseller may take it now: her price in fen, the units that are left, and what her limits leave.

    `price_fen` is None where the item is not sold to her tier. A limit is None where there is none; `…_taken` is what she holds or bought.
    `phase` is that for her tier; `opens_at` is set where the sale opened for others and not for her yet (SALE-19).
    `room` is set where it is open and its waiting room has not admitted her (SALE-24): then it is a preview for her.
    `quantity_terms` are those of its style, `order_minimum` that of its brand; None where single pieces can be ordered. `reserved_units` of
    the available ones are kept for her alone (SALE-13). `freight_terms` are those of its sale, None where it is free everywhere (SALE-18).
    `draw_units` are not available: the draw of the sale gives them out (SALE-25).
    """

    item_id: int
    sale_id: int
    brand_id: int
    style_id: int
    sku_id: int
    colour: str
    size: str
    description: str
    sale_title: str
    phase: Phase
    price_fen: int | None
    available: int
    item_limit: int | None
    item_taken: int
    sale_limit: int | None
    sale_taken: int
    style_no: str = ""
    brand_name: str = ""
    quantity_terms: QuantityTerms | None = None
    order_minimum: OrderMinimum | None = None
    reserved_units: int = 0
    freight_terms: FreightTerms | None = None
    opens_at: datetime | None = None
    room: Place | None = None
    draw_units: int = 0


def max_units_of(offer: Offer) -> int:
    """How many more units of an offer she may take now; none while its sale is not live."""
    if offer.phase is not Phase.LIVE or offer.price_fen is None:
        return 0
    limits = [(offer.item_limit, offer.item_taken), (offer.sale_limit, offer.sale_taken)]
    return max_units_for(available=offer.available, limits=limits)


class Shortfall(enum.StrEnum):
    """Why units of an item cannot be held for a reseller."""

    NO_SUCH_ITEM = "no_such_item"
    NOT_LIVE = "not_live"
    SOLD_OUT = "sold_out"
    DRAWN = "drawn"
    """Its units wait for the draw of its sale (SALE-25)."""
    OVER_ITEM_LIMIT = "over_item_limit"
    OVER_SALE_LIMIT = "over_sale_limit"


@dataclass(slots=True)
class RemainingUnits:
    """What is left of several items while units are given out to one reseller, one request after the other."""

    offers: Mapping[int, Offer]
    available: dict[int, int] = field(default_factory=dict)
    item_taken: dict[int, int] = field(default_factory=dict)
    sale_taken: dict[int, int] = field(default_factory=dict)

    def take(self, item_id: int, units: int) -> tuple[int, Shortfall | None]:
        """Give out up to `units` of an item: how many are given, and why not all of them."""
        offer = self.offers.get(item_id)
        if offer is None or offer.price_fen is None:
            return 0, Shortfall.NO_SUCH_ITEM
        if offer.phase is not Phase.LIVE:
            return 0, Shortfall.NOT_LIVE
        bounds = self._bounds(offer)
        given = max(min(units, *(left for left, _ in bounds)), 0)
        self.give(item_id, given)
        if given == units:
            return given, None
        return given, next(reason for left, reason in bounds if left < units)

    def give(self, item_id: int, units: int) -> None:
        """Count units as given out; a negative number is given back."""
        offer = self.offers[item_id]
        self.available[item_id] = self.available.get(item_id, offer.available) - units
        self.item_taken[item_id] = self.item_taken.get(item_id, offer.item_taken) + units
        self.sale_taken[offer.sale_id] = self.sale_taken.get(offer.sale_id, offer.sale_taken) + units

    def _bounds(self, offer: Offer) -> list[tuple[int, Shortfall]]:
        too_few = Shortfall.DRAWN if offer.draw_units else Shortfall.SOLD_OUT
        bounds = [(self.available.get(offer.item_id, offer.available), too_few)]
        if offer.item_limit is not None:
            taken = self.item_taken.get(offer.item_id, offer.item_taken)
            bounds.append((offer.item_limit - taken, Shortfall.OVER_ITEM_LIMIT))
        if offer.sale_limit is not None:
            taken = self.sale_taken.get(offer.sale_id, offer.sale_taken)
            bounds.append((offer.sale_limit - taken, Shortfall.OVER_SALE_LIMIT))
        return bounds


def trial_batch(units: dict[int, int], *, max_units: int = TRIAL_BATCH_UNITS) -> dict[int, int]:
    """Reduce the units of a style, by SKU, to `max_units` in all: in proportion, the largest remainders first (SALE-6)."""
    total = sum(units.values())
    if total <= max_units:
        return dict(units)
    return dict(zip(units, split(max_units, list(units.values())), strict=True))


@dataclass(frozen=True, slots=True)
class StyleCard:
    """A style on the card of its sale."""

    sale_id: int
    style_id: int
    style_no: str
    name: str
    picture: str
    from_price_fen: int
