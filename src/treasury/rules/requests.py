"""The kinds and states of money requests, and who may approve which money (MONEY-1 to MONEY-3)."""

import enum

from accounts.rules import Role
from ledger.rules import MAX_BANK_REFERENCE

MAX_REASON, MAX_EVIDENCE = 200, 300
MAX_AMOUNT_FEN = 100_000_000_00
"""A hundred million yuan: more is a typing error."""
MAX_APPROVED_AT_ONCE = 100
MAX_KEY = 64
MAX_ENTERED_REFERENCE = MAX_BANK_REFERENCE - 5
"""Characters of a reference that is entered: it leaves room for the number of a later booking."""


class RequestKind(enum.StrEnum):
    TOP_UP = "top_up"
    """Money of a reseller that reached the bank."""
    DEPOSIT = "deposit"
    """A brand's deposit that reached the bank."""
    PAYOUT = "payout"
    """A settled statement that is paid to the brand."""
    WITHDRAWAL = "withdrawal"
    """Money of a wallet that is paid to the reseller. She enters it herself."""
    DEPOSIT_RETURN = "deposit_return"
    """A deposit, or a part of it, that is paid back to the brand."""
    WALLET_CREDIT = "wallet_credit"
    """Money that finance give to a reseller: goodwill, or a correction."""
    WALLET_DEBIT = "wallet_debit"
    """Money that finance take from a wallet: a correction."""
    DEPOSIT_DEDUCTION = "deposit_deduction"
    """What a brand forfeits of its deposit: to the platform, or to the wallet of a reseller."""
    REVERSAL = "reversal"
    """Takes back a top-up or deposit that was typed wrong."""
    PAYMENT_TO_WALLET = "payment_to_wallet"
    """Another amount than a payment through a provider was to be goes into the wallet."""
    PAYMENT_TO_SOURCE = "payment_to_source"
    """The same, and back to where it came from."""
    REFUND_TO_WALLET = "refund_to_wallet"
    """A refund that a provider cannot pay out stays in the wallet."""
    REFUND_TO_BANK = "refund_to_bank"
    """A refund that a provider cannot pay out goes to the bank account that she entered."""
    BANK_RETURN = "bank_return"
    """Takes back money out that the bank returned, or that is stopped before it is in a batch."""


class RequestState(enum.StrEnum):
    WAITING = "waiting"
    """Entered; nothing is booked."""
    APPROVED = "approved"
    """A second person approved it. It is booked; money out waits for a batch."""
    IN_BATCH = "in_batch"
    """Money out whose line stands in a file for the bank."""
    PAID = "paid"
    """Money out that the bank carried out."""
    RETURNED = "returned"
    """Money out that came back, or was stopped; its owner has it again."""
    REVERSED = "reversed"
    """It was booked, and a reversal took it back."""
    REFUSED = "refused"
    CANCELLED = "cancelled"
    """Taken back by who entered it, before anybody decided."""


INCOMING = frozenset({RequestKind.TOP_UP, RequestKind.DEPOSIT})
"""Kinds of money that reached the bank: their reference counts once, and a wrong one is reversed."""
MONEY_OUT = frozenset({RequestKind.PAYOUT, RequestKind.WITHDRAWAL, RequestKind.DEPOSIT_RETURN})
"""Kinds of money that leaves through the bank: approved, put into a batch, and paid or returned (MONEY-9).

Who approves them gives a one-time code (ACCOUNT-13).
"""
WITH_CODE = MONEY_OUT | {RequestKind.REFUND_TO_BANK}
"""Kinds that are approved with a one-time code: money leaves the service (ACCOUNT-13)."""
OF_PROVIDERS = frozenset(
    {
        RequestKind.PAYMENT_TO_WALLET,
        RequestKind.PAYMENT_TO_SOURCE,
        RequestKind.REFUND_TO_WALLET,
        RequestKind.REFUND_TO_BANK,
    }
)
"""Kinds that end what a payment provider left open (PAY-14, PAY-15)."""
DEPOSIT_KINDS = frozenset({RequestKind.DEPOSIT, RequestKind.DEPOSIT_RETURN, RequestKind.DEPOSIT_DEDUCTION})
"""What moves a brand's deposit."""
STANDING = frozenset({RequestState.WAITING, RequestState.APPROVED, RequestState.IN_BATCH, RequestState.PAID})
"""States of requests that were not ended and not taken back: of those, only one may be about the same thing."""
RETURNABLE = frozenset({RequestState.APPROVED, RequestState.IN_BATCH, RequestState.PAID})
"""States of money out from which it may come back."""


def may_approve(role: Role, *, is_own: bool, active_finance: int) -> bool:
    """Whether somebody may approve a request: never her own; finance may, and ops where finance has only one active person."""
    if is_own:
        return False
    return role is Role.FINANCE or (role is Role.OPS and active_finance <= 1)


def booked_reference(reference: str, earlier: int) -> str:
    """The reference in the ledger: that of the bank, with a number where `earlier` bookings have taken the references before."""
    return f"{reference}/{earlier + 1}" if earlier else reference
