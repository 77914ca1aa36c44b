"""Which of a brand's free stock fills a draft, and with how many units (SALE-6, SALE-20). No framework.

`flashsales/sql/filling.py` says the same in SQL; a test compares the two on generated stock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flashsales.rules import MAX_UNITS, TRIAL_BATCH_UNITS, trial_batch

MAX_SEARCH: Final = 64
MAX_SEASON: Final = 20


@dataclass(frozen=True, slots=True)
class StockFilter:
    """Which SKUs with free units are put into a draft; all conditions hold together, and the default takes all.

    `search` is the beginning of a style number or a part of a name, without regard to letter case. `category_id` stands for all below it.
    `min_units`: a SKU has at least so many free units. `max_style_units`: of a style at most so many are taken, shared as a trial batch.
    """

    search: str = ""
    category_id: int | None = None
    season: str = ""
    year: int | None = None
    min_units: int = 1
    max_style_units: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "search": self.search,
            "category_id": self.category_id,
            "season": self.season,
            "year": self.year,
            "min_units": self.min_units,
            "max_style_units": self.max_style_units,
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "StockFilter":
        return StockFilter(**stored)

    def conditions(self) -> dict[str, Any]:
        """What is asked for, without what is not."""
        everything = StockFilter().to_json()
        return {name: value for name, value in self.to_json().items() if value != everything[name]}

    @property
    def is_sound(self) -> bool:
        """Whether its figures are within their bounds."""
        return (
            len(self.search) <= MAX_SEARCH
            and len(self.season) <= MAX_SEASON
            and 1 <= self.min_units <= MAX_UNITS
            and (self.max_style_units is None or 1 <= self.max_style_units <= MAX_UNITS)
        )


ALL_STOCK: Final = StockFilter()
TRIAL_BATCH: Final = StockFilter(max_style_units=TRIAL_BATCH_UNITS)


@dataclass(frozen=True, slots=True)
class FreeSku:
    """A SKU with what a filter asks of it. `category_ids`: the category of its style, and those above it."""

    sku_id: int
    style_id: int
    style_no: str
    name: str
    category_ids: frozenset[int]
    season: str
    year: int | None
    free_units: int


def is_chosen(sku: FreeSku, filters: StockFilter) -> bool:
    words = filters.search.upper()
    return (
        sku.free_units >= filters.min_units
        and (not words or sku.style_no.upper().startswith(words) or words in sku.name.upper())
        and (filters.category_id is None or filters.category_id in sku.category_ids)
        and (not filters.season or sku.season == filters.season)
        and (filters.year is None or sku.year == filters.year)
    )


def planned_units(skus: Iterable[FreeSku], filters: StockFilter) -> dict[int, int]:
    """The units that are taken of each SKU; SKUs of which none is taken are missing."""
    styles: dict[int, dict[int, int]] = {}
    for sku in sorted(skus, key=lambda each: each.sku_id):
        if is_chosen(sku, filters):
            styles.setdefault(sku.style_id, {})[sku.sku_id] = sku.free_units
    most = filters.max_style_units
    taken = [units if most is None else trial_batch(units, max_units=most) for units in styles.values()]
    return {sku_id: units for of_style in taken for sku_id, units in of_style.items() if units}
