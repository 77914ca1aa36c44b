"""The rules of what a brand owes after a statement was sent (SETTLE-12)."""

import enum


class DebtKind(enum.StrEnum):
    """Why a brand owes money to the platform."""

    CARRIED = "carried"
    """Deductions and earlier debts of a statement were more than it earned."""


def pay_or_carry(balance_fen: int) -> tuple[int, int]:
    """What a statement pays, and what the brand owes after it, in fen: one of both is zero."""
    return max(balance_fen, 0), max(-balance_fen, 0)
