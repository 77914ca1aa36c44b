"""Price controls: a brand's floor for labelled goods, what happens below it, and which control applies to a SKU (PRICE-6, PRICE-7)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kernel.money import price_of
from kernel.period import SHANGHAI


class Scope(enum.IntEnum):
    """What a control applies to; the greater value is more specific and takes precedence."""

    BRAND = 1
    CATEGORY = 2
    SEASON = 3
    STYLE = 4


class Action(enum.IntEnum):
    """What happens to goods whose price would be below the floor."""

    CUT = 1
    RAISE = 2
    EXCLUDE = 3


@dataclass(frozen=True, slots=True)
class SkuToPrice:
    """What the price rules need to know of a SKU.

    `categories` lists its category and that one's ancestors up to the root; `brand_rate` is the commission agreed at admission.
    """

    sku_id: int
    style_id: int
    brand_id: int
    categories: tuple[int, ...]
    season: str
    year: int | None
    tag_price_fen: int
    base_price_fen: int
    brand_rate: Decimal


@dataclass(frozen=True, slots=True)
class Control:
    """A price control. Exactly one of `floor_rate` (share of the tag price) and `floor_fen` is set; `ends_on` is its last day, Shanghai."""

    id: int
    brand_id: int
    scope: Scope
    action: Action
    starts_on: date
    ends_on: date | None = None
    category_id: int | None = None
    season: str = ""
    year: int | None = None
    style_id: int | None = None
    floor_rate: Decimal | None = None
    floor_fen: int | None = None
    cut_rate: Decimal = Decimal(0)

    def applies_to(self, sku: SkuToPrice) -> bool:
        if self.brand_id != sku.brand_id:
            return False
        match self.scope:
            case Scope.BRAND:
                return True
            case Scope.CATEGORY:
                return self.category_id in sku.categories
            case Scope.SEASON:
                return self.season == sku.season and self.year in (None, sku.year)
            case Scope.STYLE:
                return self.style_id == sku.style_id

    def is_in_force_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def floor_for(self, tag_price_fen: int) -> int:
        """The floor of a SKU with this tag price, in fen; at least 1. Raises ValueError for a control without a floor."""
        if self.floor_fen is not None:
            return self.floor_fen
        if self.floor_rate is None:
            raise ValueError(f"price control {self.id} has no floor")
        return price_of(tag_price_fen, self.floor_rate)

    def precedence(self, sku: SkuToPrice) -> tuple[int, int, date, int]:
        """Sort key among the controls that apply: scope, closeness, later start (PRICE-6).

        Within a scope the closer category and the season with a year are more specific.
        """
        closeness = 0
        if self.scope is Scope.CATEGORY and self.category_id in sku.categories:
            closeness = -sku.categories.index(self.category_id)
        elif self.scope is Scope.SEASON:
            closeness = int(self.year is not None)
        return (self.scope, closeness, self.starts_on, self.id)


def resolve_control(sku: SkuToPrice, controls: Iterable[Control], at: datetime) -> Control | None:
    """The one control that applies to a SKU at an instant, or None."""
    day = at.astimezone(SHANGHAI).date()
    applicable = [control for control in controls if control.is_in_force_on(day) and control.applies_to(sku)]
    return max(applicable, key=lambda control: control.precedence(sku), default=None)
