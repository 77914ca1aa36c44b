"""The rules of statements (SETTLE-1 to SETTLE-3, see docs/rules/settlement.md)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orders.rules.refunds import PaidLine


class StatementState(enum.StrEnum):
    DRAFT = "draft"
    """The totals so far; refunds may still change them."""
    SETTLED = "settled"
    """After the after-sales window; the totals are final and the platform owes the payable."""
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class SaleWithoutStatement:
    """A sale that is over and has no statement yet; `held_units` still wait for payment."""

    sale_id: int
    title: str
    brand_name: str
    ended_at: datetime
    held_units: int


@dataclass(frozen=True, slots=True)
class StatementTotals:
    """The sums of a statement in fen: sold − refunded + carrier claims = commission + payable (SETTLE-1).

    `carrier_claims_fen` is the part of the refunds that carriers bear.
    """

    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    commission_fen: int
    payable_fen: int
    carrier_claims_fen: int = 0

    @property
    def adds_up(self) -> bool:
        return self.sold_fen - self.refunded_fen + self.carrier_claims_fen == self.commission_fen + self.payable_fen


def total_lines(lines: Iterable[PaidLine]) -> StatementTotals:
    """Add up the lines of a statement (SETTLE-1)."""
    all_lines = list(lines)
    return StatementTotals(
        units=sum(line.units for line in all_lines),
        refunded_units=sum(line.refunded_units for line in all_lines),
        sold_fen=sum(line.sold_fen for line in all_lines),
        refunded_fen=sum(line.refunded_fen for line in all_lines),
        commission_fen=sum(line.platform_fen for line in all_lines),
        payable_fen=sum(line.brand_fen for line in all_lines),
        carrier_claims_fen=sum(line.carrier_claim_fen for line in all_lines),
    )
