"""The states of orders and consignments, and how urgent a consignment is."""

import enum
from datetime import datetime, timedelta


class OrderState(enum.StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    CANCELLED = "cancelled"


class ConsignmentState(enum.StrEnum):
    """How far the units of a consignment, or of one of its lines, are shipped."""

    TO_SHIP = "to_ship"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class OrderFilter(enum.StrEnum):
    """What a reseller looks for among her orders. An order may be in several."""

    TO_PAY = "to_pay"
    TO_SHIP = "to_ship"
    """Paid, and something of it is still to be shipped."""
    LATE = "late"
    """Something of it should have been shipped by now."""
    SHIPPED = "shipped"
    """Something of it was shipped, and nothing is left to ship."""
    SHORT = "short"
    """The brand did not have something of it."""
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class Urgency(enum.StrEnum):
    """How much of the time to ship is left: more than `SOON_WITHIN`, less, or none (ORDER-4)."""

    DUE = "due"
    SOON = "soon"
    LATE = "late"


SOON_WITHIN = timedelta(hours=4)


def urgency_of(*, ship_by: datetime, at: datetime) -> Urgency:
    """The deadline itself is in time."""
    if at > ship_by:
        return Urgency.LATE
    return Urgency.SOON if ship_by - at <= SOON_WITHIN else Urgency.DUE


UNSHIPPED_STATES = (ConsignmentState.TO_SHIP.value, ConsignmentState.PARTLY_SHIPPED.value)
"""The states in which units are left to ship."""


def shipping_state(
    *, units: int, shipped_units: int, cancelled_units: int, resending_units: int = 0
) -> ConsignmentState:
    """The state of a line, or of a consignment from the sums of its lines (ORDER-4). `resending_units` are left to ship again."""
    left = units - shipped_units - cancelled_units + resending_units
    if left and shipped_units:
        return ConsignmentState.PARTLY_SHIPPED
    if left:
        return ConsignmentState.TO_SHIP
    return ConsignmentState.SHIPPED if shipped_units else ConsignmentState.CANCELLED
