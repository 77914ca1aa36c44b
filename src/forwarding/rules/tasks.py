"""What waits for a reseller, and the first steps of a new one (FORWARD-23, FORWARD-24)."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

SHORT_FOR = timedelta(days=3)
"""So long a shortage is among what she has to tell her customers."""


CELEBRATED_FOR = timedelta(days=14)
"""A tier that was reached longer ago is no news."""


class Step(enum.StrEnum):
    """What a new reseller does first, in this order."""

    TOP_UP = "top_up"
    PRICE = "price"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """What waits for a reseller at an instant, and which of the first steps she has done.

    `tier_after`: the tier that she has reached and not been congratulated on, None where there is none; `tier_before` it.
    `waiting_customers`: those who wait for a sold-out size of a live sale; `reached_customers`: those of them whose units are there by now.
    `pay_before`: when the first of her unpaid orders runs out. `reserved_until`: when the first of the units kept for her are lost.
    """

    wishes: int
    waiting_customers: int
    reached_customers: int
    unpaid_orders: int
    unpaid_units: int
    pay_before: datetime | None
    reserved_units: int
    reserved_until: datetime | None
    substitutes: int
    short_lines: int
    late_orders: int
    cases_to_send: int
    fault_reports: int
    tier_before: int | None
    tier_after: int | None
    has_topped_up: bool
    has_priced: bool
    has_forwarded: bool

    @property
    def any(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.reserved_units or self.unpaid_orders or self.own or self.orders or self.waiting_customers)

    @property
    def own(self) -> int:
        """Customers who wait for her answer."""
        return self.wishes + self.fault_reports + self.reached_customers

    @property
    def orders(self) -> int:
        """Orders and cases that need her."""
        return self.substitutes + self.short_lines + self.late_orders + self.cases_to_send

    @property
    def steps(self) -> list[tuple[Step, bool]]:
        """The first steps, each with whether it is done; empty once all are done, and then for good."""
        steps = [
            (Step.TOP_UP, self.has_topped_up),
            (Step.PRICE, self.has_priced),
            (Step.FORWARD, self.has_forwarded),
        ]
        return [] if all(done for _, done in steps) else steps


@dataclass(frozen=True, slots=True)
class CheaperStyle:
    """A style that she has priced, with what the cheapest SKU cost her before she reached her tier, and what it costs now."""

    sale_id: int
    style_id: int
    style_no: str
    name: str
    before_fen: int
    after_fen: int

    @property
    def saved_fen(self) -> int:
        return self.before_fen - self.after_fen
