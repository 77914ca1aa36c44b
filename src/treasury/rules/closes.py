"""What the daily close compares with the books of a day, and what becomes of a difference (MONEY-15, MONEY-16)."""

import enum
from dataclasses import dataclass

MAX_SUBJECT = 80
MAX_EXPLANATION = 200


class Compared(enum.StrEnum):
    """What the ledger is compared with."""

    WECHAT_BILL = "wechat_bill"
    """WeChat Pay's bill of trades: each payment and refund of the day."""
    ALIPAY_BILL = "alipay_bill"
    WECHAT_BALANCE = "wechat_balance"
    """All movements of our balance at WeChat Pay up to the end of the day, as its bills of funds say."""
    ALIPAY_BALANCE = "alipay_balance"
    BALANCES = "balances"
    """The balance of each account that moved, with the sum of its entries."""


class ComparisonState(enum.StrEnum):
    WAITING = "waiting"
    """A bill is not there yet."""
    AGREES = "agrees"
    DIFFERS = "differs"


class DifferenceState(enum.StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    """A person said why; it still stands."""
    RESOLVED = "resolved"
    """A later comparison did not find it any more."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of a day. `subject` tells it from others of the day and comparison; a figure is None where there is none."""

    subject: str
    ledger_fen: int | None
    other_fen: int | None


def state_after(state: DifferenceState, known: Difference, found: Difference | None) -> DifferenceState:
    """The state of a known difference after the day was compared again; `found` is None where it was not found."""
    if found is None:
        return DifferenceState.RESOLVED
    is_same = (known.ledger_fen, known.other_fen) == (found.ledger_fen, found.other_fen)
    return state if is_same and state is not DifferenceState.RESOLVED else DifferenceState.OPEN
