"""What a reseller earns (FORWARD-18)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class ProfitSpan(enum.StrEnum):
    """What the profit is added up by: the day or the week of the payment in Shanghai, the sale, the order."""

    DAY = "day"
    WEEK = "week"
    SALE = "sale"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A paid order line. `retail_fen` is the unit price that her customer was asked when it was ordered, None where she had set none.

    `refunded_fen` is all that she got back of the line, with or without goods; `freight_fen` is what she paid for its shipping and did not
    get back.
    """

    units: int
    refunded_units: int
    price_fen: int
    refunded_fen: int
    retail_fen: int | None
    freight_fen: int = 0


@dataclass(frozen=True, slots=True)
class Profit:
    """Sums over paid lines. What has no retail price counts in `unpriced_units` and `unpriced_fen` (what she paid), and nowhere else."""

    units: int = 0
    revenue_fen: int = 0
    paid_fen: int = 0
    unpriced_units: int = 0
    unpriced_fen: int = 0

    @property
    def profit_fen(self) -> int:
        return self.revenue_fen - self.paid_fen


def profit_of(lines: Iterable[SoldLine]) -> Profit:
    """Add up lines: the retail price of units not refunded, less what she paid, with freight, and did not get back (FORWARD-18)."""
    units = revenue = paid = unpriced_units = unpriced = 0
    for line in lines:
        kept = line.units - line.refunded_units
        net = line.units * line.price_fen - line.refunded_fen + line.freight_fen
        if line.retail_fen is not None:
            units += kept
            revenue += kept * line.retail_fen
            paid += net
        elif kept:
            unpriced_units += kept
            unpriced += net
    return Profit(units, revenue, paid, unpriced_units, unpriced)
