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


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFields:
    """What a price control says. Exactly one of `floor_rate` (share of the tag price) and `floor_fen` is set; `ends_on` is its last day,
    Shanghai. Without a category, season and style it applies to the whole brand."""

    brand_id: int
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

    @property
    def scope(self) -> Scope:
        """The most specific of what the control names."""
        if self.style_id is not None:
            return Scope.STYLE
        if self.season:
            return Scope.SEASON
        return Scope.BRAND if self.category_id is None else Scope.CATEGORY

    def faults(self) -> list[tuple[str, str]]:
        """What is wrong with the control by itself, whatever the goods, as (zh, en)."""
        named = sum((self.category_id is not None, bool(self.season), self.style_id is not None))
        rate, fen, cut_rate = self.floor_rate, self.floor_fen, self.cut_rate
        year_without_season = self.year is not None and self.scope is not Scope.SEASON
        unknown_season = len(self.season) > 20 or not 2000 <= (self.year or 2000) <= 2100
        ends_too_early = self.ends_on is not None and self.ends_on < self.starts_on
        checks = [
            (named > 1 or year_without_season, "只能指定一种范围", "one scope at a time"),
            ((rate is None) == (fen is None), "控价须为吊牌价比例或金额之一", "a floor is a share or an amount"),
            (
                rate is not None and not 0 < rate <= 1,
                "控价比例须在 0 与 1 之间",
                "a floor's share is above 0, at most 1",
            ),
            (rate is not None and rate != round(rate, 4), "比率最多四位小数", "rates have four decimals"),
            (cut_rate != round(cut_rate, 4), "比率最多四位小数", "rates have at most four decimals"),
            (fen is not None and fen <= 0, "控价须大于零", "a floor is above zero"),
            (unknown_season, "季节或年份不合理", "a season of that year there is not"),
            (ends_too_early, "结束日期早于开始日期", "it ends before it starts"),
            (not 0 <= cut_rate < 1, "剪标降价须在 0 与 1 之间", "a reduction is at least 0 and below 1"),
            (
                cut_rate > 0 and self.action is not Action.CUT,
                "只有剪标商品可再降价",
                "only cut goods are reduced further",
            ),
        ]
        return [(zh, en) for broken, zh, en in checks if broken]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control(ControlFields):
    """A price control with its number, as the rules apply it."""

    id: int

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
