"""The rules of contract fees: what a brand owes for late shipment, shortage and returns for a fault (SETTLE-10)."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal

MAX_WAIVER_REASON = 200
MAX_FEE_FEN = 1_000_000_00


class FeeKind(enum.StrEnum):
    """What a fee is for."""

    LATE_SHIPMENT = "late_shipment"
    """Shipped units of a line of which the last left after the deadline of their consignment."""
    SHORTAGE = "shortage"
    """Units that the brand could not ship."""
    FAULT_RETURN = "fault_return"
    """Units that were refunded in a case about faulty or wrong goods, by the fault of the brand."""


class FeeBasis(enum.StrEnum):
    """How a fee is measured."""

    LINE = "line"
    """A fixed amount for a line."""
    UNIT = "unit"
    """A fixed amount for each unit."""
    PAYABLE_RATE = "payable_rate"
    """A share of the brand's part of the units' price."""
    PRICE_RATE = "price_rate"
    """A share of what the reseller paid for the units."""


RATES = (FeeBasis.PAYABLE_RATE, FeeBasis.PRICE_RATE)


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A fee of the contract, for orders placed from `from_date` to `to_date`, both included, in Shanghai.

    `amount_fen` or `rate` is set, by the basis; `cap_fen` is the most for one line.
    """

    id: int
    kind: FeeKind
    basis: FeeBasis
    amount_fen: int | None
    rate: Decimal | None
    cap_fen: int | None
    from_date: date
    to_date: date | None

    def holds_on(self, day: date) -> bool:
        return self.from_date <= day and (self.to_date is None or day <= self.to_date)


@dataclass(frozen=True, slots=True)
class WaiverTerms:
    """Which fees are not asked: of a kind or all, of a sale, a line, or of orders placed in some days; None does not narrow it."""

    id: int
    kind: FeeKind | None
    sale_id: int | None
    line_id: int | None
    from_date: date | None
    to_date: date | None

    def covers(self, kind: FeeKind, facts: "LineFacts") -> bool:
        return (
            self.kind in (None, kind)
            and self.sale_id in (None, facts.sale_id)
            and self.line_id in (None, facts.line_id)
            and (self.from_date is None or self.from_date <= facts.placed_on)
            and (self.to_date is None or facts.placed_on <= self.to_date)
        )


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the fees of an order line depend on. Prices are per unit, in fen; `placed_on` is the day of the order in Shanghai."""

    line_id: int
    sale_id: int
    placed_on: date
    ship_by: datetime
    shipped_at: datetime | None
    shipped_units: int
    short_units: int
    fault_units: int
    price_fen: int
    payable_fen: int

    def units_of(self, kind: FeeKind) -> int:
        """The units for which a fee of the kind is due."""
        if kind is FeeKind.SHORTAGE:
            return self.short_units
        if kind is FeeKind.FAULT_RETURN:
            return self.fault_units
        is_late = self.shipped_at is not None and self.shipped_at > self.ship_by
        return self.shipped_units if is_late else 0


@dataclass(frozen=True, slots=True)
class Deduction:
    """A fee that is due for units of a line. Where a waiver covers it, it is shown and not deducted."""

    line_id: int
    kind: FeeKind
    fee_id: int
    units: int
    amount_fen: int
    waiver_id: int | None


def fee_on(fees: Iterable[FeeTerms], kind: FeeKind, day: date) -> FeeTerms | None:
    """The fee of a kind that holds for orders of a day: of several, the one that began last."""
    holding = [fee for fee in fees if fee.kind is kind and fee.holds_on(day)]
    return max(holding, key=lambda fee: (fee.from_date, fee.id), default=None)


def fee_fen(fee: FeeTerms, *, units: int, price_fen: int, payable_fen: int) -> int:
    """What a fee makes for so many units of a line. A share is rounded down to whole fen."""
    due_fen = {
        FeeBasis.LINE: fee.amount_fen or 0,
        FeeBasis.UNIT: (fee.amount_fen or 0) * units,
        FeeBasis.PAYABLE_RATE: _share(fee.rate, units * payable_fen),
        FeeBasis.PRICE_RATE: _share(fee.rate, units * price_fen),
    }[fee.basis]
    return due_fen if fee.cap_fen is None else min(due_fen, fee.cap_fen)


def deductions_of(facts: LineFacts, fees: Sequence[FeeTerms], waivers: Sequence[WaiverTerms] = ()) -> list[Deduction]:
    """What is deducted for a line (SETTLE-10). `settlement.sql` says the same for the lines of a statement."""
    found = []
    for kind in FeeKind:
        units, fee = facts.units_of(kind), fee_on(fees, kind, facts.placed_on)
        if not units or fee is None:
            continue
        due_fen = fee_fen(fee, units=units, price_fen=facts.price_fen, payable_fen=facts.payable_fen)
        if due_fen:
            waiver_id = min((each.id for each in waivers if each.covers(kind, facts)), default=None)
            found.append(Deduction(facts.line_id, kind, fee.id, units, due_fen, waiver_id))
    return found


def _share(rate: Decimal | None, of_fen: int) -> int:
    return int(((rate or Decimal(0)) * of_fen).to_integral_value(ROUND_FLOOR))
