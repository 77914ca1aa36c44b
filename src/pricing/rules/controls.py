"""Price controls: a brand's floor for its labelled goods, what happens under it, and which control holds (PRICE-6, PRICE-7)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kernel.money import price_of
from kernel.period import SHANGHAI


class Scope(enum.IntEnum):
    """What a control speaks of; the greater, the more specific."""

    BRAND = 1
    CATEGORY = 2
    SEASON = 3
    STYLE = 4


class Action(enum.IntEnum):
    """What happens to goods whose price would be under the floor."""

    CUT = 1
    RAISE = 2
    EXCLUDE = 3


@dataclass(frozen=True, slots=True)
class Goods:
    """What the law knows of a SKU. `categories` from its own up to the root; `brand_rate` is the commission of its admission."""

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
    """A price control. Exactly one of `floor_rate` (share of the tag price) and `floor_fen`; `ends_on` is its last day, Shanghai."""

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

    def speaks_of(self, goods: Goods) -> bool:
        if self.brand_id != goods.brand_id:
            return False
        match self.scope:
            case Scope.BRAND:
                return True
            case Scope.CATEGORY:
                return self.category_id in goods.categories
            case Scope.SEASON:
                return self.season == goods.season and self.year in (None, goods.year)
            case Scope.STYLE:
                return self.style_id == goods.style_id

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def floor_of(self, tag_price_fen: int) -> int:
        """The floor for goods with this tag price, in fen; at least 1."""
        if self.floor_fen is not None:
            return self.floor_fen
        assert self.floor_rate is not None
        return price_of(tag_price_fen, self.floor_rate)

    def rank(self, goods: Goods) -> tuple[int, int, date, int]:
        """How closely it speaks of the goods; of equals the one that began later comes first (PRICE-6).

        Within a scope the closer category and the season with a year are the more specific.
        """
        closer = 0
        if self.scope is Scope.CATEGORY and self.category_id in goods.categories:
            closer = -goods.categories.index(self.category_id)
        elif self.scope is Scope.SEASON:
            closer = int(self.year is not None)
        return (self.scope, closer, self.starts_on, self.id)


def control_for(goods: Goods, controls: Iterable[Control], at: datetime) -> Control | None:
    """The one control that holds for these goods at an instant, or None."""
    day = at.astimezone(SHANGHAI).date()
    speaking = [control for control in controls if control.holds_on(day) and control.speaks_of(goods)]
    return max(speaking, key=lambda control: control.rank(goods), default=None)
