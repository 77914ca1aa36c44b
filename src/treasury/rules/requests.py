"""Who may approve which money (MONEY-1 to MONEY-3)."""

import enum

from accounts.rules import Role
from ledger.rules import MAX_BANK_REFERENCE

MAX_REASON = 200
MAX_APPROVED_AT_ONCE = 100
MAX_ENTERED_REFERENCE = MAX_BANK_REFERENCE - 5
"""Characters of a reference that is entered: it leaves room for the number of a later booking."""


class RequestKind(enum.StrEnum):
    TOP_UP = "top_up"
    """Money of a reseller that reached the bank."""
    DEPOSIT = "deposit"
    """A brand's deposit that reached the bank."""
    PAYOUT = "payout"
    """A settled statement that is paid to the brand."""
    REVERSAL = "reversal"
    """Takes back a top-up or deposit that was typed wrong."""


class RequestState(enum.StrEnum):
    WAITING = "waiting"
    """Entered; nothing is booked."""
    APPROVED = "approved"
    """A second person approved it, and it is booked."""
    REVERSED = "reversed"
    """It was booked, and a reversal took it back."""
    REFUSED = "refused"
    CANCELLED = "cancelled"
    """Taken back by who entered it, before anybody decided."""


INCOMING = frozenset({RequestKind.TOP_UP, RequestKind.DEPOSIT})
"""Kinds of money that reached the bank: their reference counts once, and a wrong one is reversed."""
MONEY_OUT = frozenset({RequestKind.PAYOUT})
"""Kinds of money that leave the platform: who approves them gives a one-time code (ACCOUNT-13)."""
BOOKED = frozenset({RequestState.APPROVED, RequestState.REVERSED})


def may_approve(role: Role, *, is_own: bool, active_finance: int) -> bool:
    """Whether somebody may approve a request: never her own; finance may, and ops where finance has only one active person."""
    if is_own:
        return False
    return role is Role.FINANCE or (role is Role.OPS and active_finance <= 1)


def booked_reference(reference: str, earlier: int) -> str:
    """The reference in the ledger: that of the bank, with a number where `earlier` bookings have taken the references before."""
    return f"{reference}/{earlier + 1}" if earlier else reference
