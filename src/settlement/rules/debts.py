"""The rules of what a brand owes after a statement was sent (SETTLE-12)."""

import enum

from orders.rules.refunds import brand_borne_parts


class DebtKind(enum.StrEnum):
    """Why a brand owes money to the platform."""

    CARRIED = "carried"
    """Deductions and earlier debts of a statement were more than it earned."""
    LATE_REFUND = "late_refund"
    """What the brand bears of money that a reseller got back for a line after its statement was sent (SETTLE-15)."""


def pay_or_carry(balance_fen: int) -> tuple[int, int]:
    """What a statement pays, and what the brand owes after it, in fen: one of both is zero."""
    return max(balance_fen, 0), max(-balance_fen, 0)


def late_part_fen(*, amount_fen: int, before_fen: int, price_fen: int, payable_fen: int, left_fen: int) -> int:
    """What the brand bears of a late refund: its part of the price, at most what the line has left for it.

    `before_fen` is what was refunded late of the line before; the fen that do not divide are carried over, as in AFTER-10. `left_fen` is
    what the statement gave the brand for the goods of the line, less what late refunds took.
    """
    parts = brand_borne_parts(
        amount_fen=amount_fen, borne_before_fen=before_fen, price_fen=price_fen, payable_fen=payable_fen
    )
    return max(min(parts.payable_fen, left_fen), 0)
