"""The rules of the daily bills of providers: when they are there, and what their lines are (PAY-11)."""

import enum
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kernel.period import SHANGHAI

READY_AT = time(10, 30)
"""Bills of a day can be asked for on the next morning: WeChat's from 10:00 on, Alipay's from 9:00 on, China's time."""
KEPT_DAYS = 85
"""Both providers give bills of the last three months."""
MAX_BILL_BYTES = 32 * 1024 * 1024
MAX_LINES = 200_000
ASK_AGAIN_AFTER = timedelta(minutes=30)


class BillKind(enum.StrEnum):
    TRADE = "trade"
    """Payments and refunds of a day, each with the provider's fee."""
    FUND = "fund"
    """Every movement of our balance at the provider: also fees, and what was paid out to our bank."""


class BillState(enum.StrEnum):
    WANTED = "wanted"
    """It was not had yet: the provider does not have it, did not answer, or gave one that was refused."""
    TAKEN = "taken"
    EMPTY = "empty"
    """The provider says that nothing happened on the day."""


class LineKind(enum.StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    """What the provider keeps; one that it gives back is positive."""
    TO_BANK = "to_bank"
    """Our money that it paid out to our bank account."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of a bill. `amount_fen` is what our balance there gained by it, so refunds, fees and pay-outs are negative.

    `line_no` is the provider's number of the movement, unique in its bill. `number` is ours, of the payment; `refund_number` ours of the
    refund. `fee_fen` is what the provider kept for it, where a bill of trades says so.
    """

    line_no: str
    kind: LineKind
    number: str
    refund_number: str
    transaction_id: str
    amount_fen: int
    fee_fen: int
    at: datetime
    what: str


class UnreadableBill(ValueError):
    """A bill that is refused whole; the text says what is wrong with which line."""


def is_ready(day: date, *, now: datetime) -> bool:
    """Whether the providers have the bills of a day."""
    return now >= datetime.combine(day + timedelta(days=1), READY_AT, SHANGHAI)


def days_with_bills(*, now: datetime, first: date) -> list[date]:
    """The days of which bills can be had, from `first` on, as far back as providers keep them."""
    today = now.astimezone(SHANGHAI).date()
    start = max(first, today - timedelta(days=KEPT_DAYS))
    days = [start + timedelta(days=n) for n in range((today - start).days)]
    return [day for day in days if is_ready(day, now=now)]


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The instants at which a day of China begins and ends."""
    begins_at = datetime.combine(day, time(), SHANGHAI)
    return begins_at, begins_at + timedelta(days=1)
