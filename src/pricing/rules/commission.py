"""Commission: the platform's share of the base price, and which of several rates holds (PRICE-3)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pricing.rules.controls import Goods


class CommissionSource(enum.IntEnum):
    """Where a commission rate came from; the greater goes before the smaller."""

    ADMISSION = 1
    CATEGORY = 2
    BRAND = 3
    BRAND_IN_CATEGORY = 4
    SALE = 5


@dataclass(frozen=True, slots=True)
class Commission:
    """A rate that ops entered for a brand, a category, or a brand in a category, from an instant on."""

    id: int
    rate: Decimal
    from_at: datetime
    brand_id: int | None = None
    category_id: int | None = None

    @property
    def source(self) -> CommissionSource:
        if self.brand_id is None:
            return CommissionSource.CATEGORY
        return CommissionSource.BRAND if self.category_id is None else CommissionSource.BRAND_IN_CATEGORY

    def speaks_of(self, goods: Goods) -> bool:
        return self.brand_id in (None, goods.brand_id) and (
            self.category_id is None or self.category_id in goods.categories
        )

    def rank(self, goods: Goods) -> tuple[int, int, datetime, int]:
        closer = -goods.categories.index(self.category_id) if self.category_id is not None else 0
        return (self.source, closer, self.from_at, self.id)


@dataclass(frozen=True, slots=True)
class CommissionFound:
    """The rate that holds for goods; `rule_id` is None where no rule of ops speaks."""

    rate: Decimal
    source: CommissionSource
    rule_id: int | None = None


def commission_for(
    goods: Goods, rules: Iterable[Commission], *, sale_rate: Decimal | None, at: datetime
) -> CommissionFound:
    """Sale, then brand in category, then brand, then category, then that of admission; of equals the closer category, then the later."""
    if sale_rate is not None:
        return CommissionFound(sale_rate, CommissionSource.SALE)
    speaking = [rule for rule in rules if rule.from_at <= at and rule.speaks_of(goods)]
    if not speaking:
        return CommissionFound(goods.brand_rate, CommissionSource.ADMISSION)
    best = max(speaking, key=lambda rule: rule.rank(goods))
    return CommissionFound(best.rate, best.source, best.id)
