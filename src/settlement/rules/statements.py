"""The rules of statements (SETTLE-1 to SETTLE-6, see docs/rules/settlement.md)."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from orders.rules.refunds import PaidLine


class StatementState(enum.StrEnum):
    DRAFT = "draft"
    """The totals so far; refunds may still change them."""
    SENT = "sent"
    """After the after-sales window; the lines and their figures are final, and the brand looks at them."""
    DISPUTED = "disputed"
    """The brand disputes lines, and finance has not answered all of them."""
    CONFIRMED = "confirmed"
    """By the brand, or because it disputed nothing in time."""
    SETTLED = "settled"
    """The platform owes the payable."""
    PAID = "paid"
    CLOSED = "closed"
    """The brand has the money, or did not say otherwise in time. Only money that the bank returns after all opens it again (SETTLE-6)."""


class StatementAct(enum.StrEnum):
    SEND = "send"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    ANSWER_LAST = "answer_last"
    """The answer to the last open dispute."""
    SETTLE = "settle"
    PAY_OUT = "pay_out"
    TAKE_BACK = "take_back"
    """The bank returned the payment: the payable is owed again."""
    CLOSE = "close"
    CLOSE_UNPAID = "close_unpaid"
    """Nothing is payable, so that no bank is needed."""


TRANSITIONS: Mapping[tuple[StatementState, StatementAct], StatementState] = {
    (StatementState.DRAFT, StatementAct.SEND): StatementState.SENT,
    (StatementState.SENT, StatementAct.CONFIRM): StatementState.CONFIRMED,
    (StatementState.SENT, StatementAct.DISPUTE): StatementState.DISPUTED,
    (StatementState.DISPUTED, StatementAct.DISPUTE): StatementState.DISPUTED,
    (StatementState.DISPUTED, StatementAct.ANSWER_LAST): StatementState.SENT,
    (StatementState.CONFIRMED, StatementAct.SETTLE): StatementState.SETTLED,
    (StatementState.SETTLED, StatementAct.PAY_OUT): StatementState.PAID,
    (StatementState.PAID, StatementAct.TAKE_BACK): StatementState.SETTLED,
    (StatementState.PAID, StatementAct.CLOSE): StatementState.CLOSED,
    (StatementState.CLOSED, StatementAct.TAKE_BACK): StatementState.SETTLED,
    (StatementState.SETTLED, StatementAct.CLOSE_UNPAID): StatementState.CLOSED,
}
"""Every change of state. What is not in the table is refused."""

SETTLED_STATES = (StatementState.SETTLED, StatementState.PAID, StatementState.CLOSED)
"""The states in which the payable of a statement was booked as owed."""


def state_at(state: StatementState, confirm_by: datetime | None, at: datetime) -> StatementState:
    """The state at an instant: a statement that was sent is confirmed once its time is over, whether a job has said so or not."""
    if state is StatementState.SENT and confirm_by is not None and at >= confirm_by:
        return StatementState.CONFIRMED
    return state


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
    """The sums of a statement in fen (SETTLE-1).

    Sold − refunded + carrier claims + freight = commission + payable − adjustments + deductions + netted − carried. `carrier_claims_fen` is
    the part of the refunds that carriers bear, `adjustments_fen` what accepted disputes change, at the cost of the platform where it is
    above zero. `freight_fen` is the freight that the brand keeps, less the return freight that it bears. `deductions_fen` are fees of the
    contract, `netted_fen` what the brand owed before, `carried_fen` what it owes after this.
    """

    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    commission_fen: int
    payable_fen: int
    carrier_claims_fen: int = 0
    adjustments_fen: int = 0
    freight_fen: int = 0
    deductions_fen: int = 0
    netted_fen: int = 0
    carried_fen: int = 0

    @property
    def adds_up(self) -> bool:
        kept_fen = self.sold_fen - self.refunded_fen + self.carrier_claims_fen + self.freight_fen
        return kept_fen == self.commission_fen + self.earned_fen

    @property
    def earned_fen(self) -> int:
        """What the lines give the brand, without adjustments, deductions and what it owed."""
        return self.payable_fen - self.adjustments_fen + self.deductions_fen + self.netted_fen - self.carried_fen

    @property
    def other_fen(self) -> int:
        """What else changes the payable: payable = sold − refunded − commission + this."""
        added_fen = self.carrier_claims_fen + self.freight_fen + self.adjustments_fen + self.carried_fen
        return added_fen - self.deductions_fen - self.netted_fen


def total_lines(lines: Iterable[PaidLine]) -> StatementTotals:
    """Add up the lines of a statement (SETTLE-1). `settlement.sql` says the same for a set of lines."""
    all_lines = list(lines)
    return StatementTotals(
        units=sum(line.units for line in all_lines),
        refunded_units=sum(line.refunded_units for line in all_lines),
        sold_fen=sum(line.sold_fen for line in all_lines),
        refunded_fen=sum(line.refunded_fen for line in all_lines),
        commission_fen=sum(line.platform_fen for line in all_lines),
        payable_fen=sum(line.brand_fen for line in all_lines),
        carrier_claims_fen=sum(line.carrier_claim_fen for line in all_lines),
        freight_fen=sum(line.kept_freight_fen for line in all_lines),
    )
