"""The rules of refunds to the source: where money goes back to, until when, and what a provider may report (PAY-8 to PAY-10)."""

import enum
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from payments.rules.payments import Provider

REFUNDABLE_FOR = {Provider.WECHAT: timedelta(days=365), Provider.ALIPAY: timedelta(days=365)}
"""So long after it took the money a provider gives it back. Both say a year; the day on which it ends is left out, since clocks differ."""
MAX_REASON = 80
"""Characters of a reason that both providers take."""
MAX_QUERY_DELAY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=7)
"""A refund that a provider refuses and does not know for so long goes back to the wallet."""
LATER_CODES = frozenset({"NOT_ENOUGH", "FREQUENCY_LIMITED", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REFUND_CHARGE_ERROR"})
"""Refusals that end by themselves: our balance at the provider is too low for the moment, or it was asked too often."""
FINAL_CODES = frozenset(
    {
        "INVALID_REQUEST",
        "PARAM_ERROR",
        "RESOURCE_NOT_EXISTS",
        "USER_ACCOUNT_ABNORMAL",
        "ACQ.INVALID_PARAMETER",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_NOT_EXIST",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.BUYER_NOT_EXIST",
        "ACQ.BUYER_ERROR",
    }
)
"""Refusals that asking again does not change: the term is over, or the payer has no account any more."""


class RefundState(enum.StrEnum):
    """Where money is that goes back to its source."""

    WAITING = "waiting"
    """The provider has not taken it on: it was not asked, did not answer, or refuses for now."""
    PROCESSING = "processing"
    """The provider has taken it on."""
    ABNORMAL = "abnormal"
    """The provider could not pay it out, and a person has to settle it at the provider."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The money is back in the wallet."""


OPEN_STATES = frozenset({RefundState.WAITING, RefundState.PROCESSING, RefundState.ABNORMAL})
"""States in which the money is on its way."""


class ReportedRefundState(enum.StrEnum):
    """What a provider says of a refund."""

    UNKNOWN = "unknown"
    """It has no refund with this number."""
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    """It gives the money not back."""
    ABNORMAL = "abnormal"


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What a provider says of a refund. `received_account`: in words, to which account of hers the money goes."""

    number: str
    state: ReportedRefundState
    payment_number: str = ""
    provider_refund_id: str = ""
    amount_fen: int = 0
    received_account: str = ""
    ended_at: datetime | None = None


def is_term_over(provider: Provider, paid_at: datetime, *, now: datetime) -> bool:
    """Whether a provider gives money no longer back that it took at `paid_at`."""
    return now >= paid_at + REFUNDABLE_FOR[provider] - timedelta(days=1)


def query_delay(queries_count: int) -> timedelta:
    """How long to wait after so many questions without an end: 1, 2, 4 … minutes, at most `MAX_QUERY_DELAY`."""
    return min(timedelta(minutes=1 << min(max(queries_count - 1, 0), 10)), MAX_QUERY_DELAY)


def new_number(now: datetime) -> str:
    """A refund's number at the provider: 23 characters that both providers take, not to be guessed."""
    return f"R{now:%y%m%d}{secrets.token_hex(8).upper()}"
