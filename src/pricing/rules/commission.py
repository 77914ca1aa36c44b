"""Commission: the platform's share of the base price, and which of several rates applies to a SKU (PRICE-3)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pricing.rules.controls import SkuToPrice


class CommissionSource(enum.IntEnum):
    """Where a commission rate comes from; a greater value takes precedence."""

    ADMISSION = 1
    CATEGORY = 2
    BRAND = 3
    BRAND_IN_CATEGORY = 4
    SALE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionFields:
    """A rate for a brand, a category, or a brand in a category, from an instant on."""

    rate: Decimal
    from_at: datetime
    brand_id: int | None = None
    category_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission(CommissionFields):
    """A rate with its number, as the rules apply it."""

    id: int

    @property
    def source(self) -> CommissionSource:
        if self.brand_id is None:
            return CommissionSource.CATEGORY
        return CommissionSource.BRAND if self.category_id is None else CommissionSource.BRAND_IN_CATEGORY

    def applies_to(self, sku: SkuToPrice) -> bool:
        return self.brand_id in (None, sku.brand_id) and (
            self.category_id is None or self.category_id in sku.categories
        )

    def precedence(self, sku: SkuToPrice) -> tuple[int, int, datetime, int]:
        """Sort key among the rates that apply: source, then the closer category, then the later start."""
        closeness = -sku.categories.index(self.category_id) if self.category_id is not None else 0
        return (self.source, closeness, self.from_at, self.id)


@dataclass(frozen=True, slots=True)
class ResolvedCommission:
    """The rate that applies to a SKU; `rule_id` is None where it is the sale's or that of admission."""

    rate: Decimal
    source: CommissionSource
    rule_id: int | None = None


def resolve_commission(
    sku: SkuToPrice, rules: Iterable[Commission], *, sale_rate: Decimal | None, at: datetime
) -> ResolvedCommission:
    """Sale, then brand in category, then brand, then category, then admission; of equals the closer category, then the later start."""
    if sale_rate is not None:
        return ResolvedCommission(sale_rate, CommissionSource.SALE)
    applicable = [rule for rule in rules if rule.from_at <= at and rule.applies_to(sku)]
    if not applicable:
        return ResolvedCommission(sku.brand_rate, CommissionSource.ADMISSION)
    first = max(applicable, key=lambda rule: rule.precedence(sku))
    return ResolvedCommission(first.rate, first.source, first.id)
