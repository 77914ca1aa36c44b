"""The law of stock (STOCK-1 to STOCK-3): every change of a quantity is a movement."""

import enum
from dataclasses import dataclass


class MovementKind(enum.StrEnum):
    UPLOAD = "upload"
    """A workbook set what the brand has; on hand up or down."""
    ALLOT = "allot"
    """Bound to a sale."""
    RETURN = "return"
    """Back from a sale, unsold."""
    SOLD = "sold"
    """Paid for: no longer on hand and no longer bound."""
    CANCELLED = "cancelled"
    """A sold unit came back before it was shipped."""
    ADJUST = "adjust"
    """By hand, with a reason."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one SKU: signed units on hand and signed units bound to sales."""

    sku_id: int
    on_hand_delta: int
    allotted_delta: int
