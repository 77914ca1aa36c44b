"""The rules of payments: what a provider may report, and which reports are trusted (PAY-1 to PAY-5)."""

import enum
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.rules import AccountKind, AccountRef

CURRENCY = "CNY"
MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""A callback that was signed earlier or later than this is not trusted: somebody may have kept it (PAY-4)."""
MAX_QUERY_DELAY = timedelta(minutes=5)
MAX_KEY = 64
"""Characters of an idempotency key."""
UNHEARD_AFTER = timedelta(minutes=10)
"""So long after its time a payment of which nothing can be heard no longer holds up what waits for it (PAY-5)."""


class Provider(enum.StrEnum):
    WECHAT = "wechat"
    ALIPAY = "alipay"


class PaymentWay(enum.StrEnum):
    """How she reaches the provider."""

    WECHAT_QR = "wechat_qr"
    """A QR code that she scans with WeChat (Native)."""
    WECHAT_H5 = "wechat_h5"
    """A link that opens WeChat from the browser of a phone (H5)."""
    WECHAT_JSAPI = "wechat_jsapi"
    """The sheet that WeChat opens over a page of ours inside WeChat (JSAPI)."""
    ALIPAY_PAGE = "alipay_page"
    """A link to Alipay's page for computers, which shows a QR code and a form."""
    ALIPAY_WAP = "alipay_wap"
    """A link that opens Alipay from the browser of a phone (WAP)."""


PROVIDER_OF = {
    PaymentWay.WECHAT_QR: Provider.WECHAT,
    PaymentWay.WECHAT_H5: Provider.WECHAT,
    PaymentWay.WECHAT_JSAPI: Provider.WECHAT,
    PaymentWay.ALIPAY_PAGE: Provider.ALIPAY,
    PaymentWay.ALIPAY_WAP: Provider.ALIPAY,
}


SCANNED_WAYS = frozenset({PaymentWay.WECHAT_QR})
"""Ways whose address is shown as a QR code."""


class PaymentState(enum.StrEnum):
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


class PaymentFilter(enum.StrEnum):
    """How lists of payments can be narrowed: by state, or to those of which a report differs."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    DIFFERS = "differs"


class ReportedState(enum.StrEnum):
    """What a provider says of a payment."""

    UNKNOWN = "unknown"
    """It has no payment with this number."""
    WAITING = "waiting"
    PAID = "paid"
    """Also where the money was given back since: it was paid."""
    CLOSED = "closed"


class Difference(enum.StrEnum):
    """In what a report differs from the payment that it names. Such a report books nothing (PAY-4)."""

    APP = "app"
    MERCHANT = "merchant"
    CURRENCY = "currency"
    AMOUNT = "amount"
    TRANSACTION = "transaction"
    """The payment was booked with another transaction of the provider."""


NOT_OURS = frozenset({Difference.APP, Difference.MERCHANT, Difference.CURRENCY})
"""Such a report tells of no money of ours: finance end it with a reason, and no money moves (PAY-16)."""
MAX_DIFFERENCE_REASON = 200


class CallbackOutcome(enum.StrEnum):
    """What became of a callback with a genuine signature."""

    BOOKED = "booked"
    KNOWN = "known"
    """What it tells was booked before."""
    NOTED = "noted"
    """It tells of no money that arrived."""
    STALE = "stale"
    """It was signed too long ago: the provider is asked instead."""
    UNKNOWN_NUMBER = "unknown_number"
    DIFFERS = "differs"


PROBLEMS = frozenset({CallbackOutcome.STALE, CallbackOutcome.UNKNOWN_NUMBER, CallbackOutcome.DIFFERS})
"""The outcomes that finance looks at."""


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """For whom a provider must have taken the money: our app and our merchant there."""

    provider: Provider
    app_id: str
    merchant_id: str


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What a provider says of a payment, in an answer or a callback. `amount_fen` and `paid_at` are those of the money that it took."""

    number: str
    state: ReportedState
    app_id: str = ""
    merchant_id: str = ""
    transaction_id: str = ""
    amount_fen: int = 0
    currency: str = ""
    paid_at: datetime | None = None


def difference(
    report: PaymentReport, account: MerchantAccount, *, amount_fen: int, transaction_id: str = ""
) -> Difference | None:
    """In what a report of money differs from our account and from a payment of `amount_fen`; None where it fits.

    `transaction_id` is that with which the payment was booked, "" before.
    """
    if report.app_id != account.app_id:
        return Difference.APP
    if report.merchant_id != account.merchant_id:
        return Difference.MERCHANT
    if report.currency != CURRENCY:
        return Difference.CURRENCY
    if report.amount_fen != amount_fen:
        return Difference.AMOUNT
    if not report.transaction_id or transaction_id not in ("", report.transaction_id):
        return Difference.TRANSACTION
    return None


def is_fresh(signed_at: datetime, *, now: datetime) -> bool:
    """Whether a signature was made at about this time (PAY-4)."""
    return abs(now - signed_at) <= MAX_CLOCK_DIFFERENCE


def query_delay(queries_count: int) -> timedelta:
    """How long to wait after so many questions without an end: 5, 10, 20 … seconds, at most `MAX_QUERY_DELAY`."""
    return min(timedelta(seconds=5 << min(queries_count, 16)), MAX_QUERY_DELAY)


def new_number(now: datetime) -> str:
    """A payment's number at the provider: 23 characters that both providers take, not to be guessed."""
    return f"P{now:%y%m%d}{secrets.token_hex(8).upper()}"


CLEARING_KINDS = {Provider.WECHAT: AccountKind.WECHAT_CLEARING, Provider.ALIPAY: AccountKind.ALIPAY_CLEARING}


def clearing_account(provider: Provider) -> AccountRef:
    """The account of the money that a provider holds for the platform, as a negative balance."""
    return AccountRef(CLEARING_KINDS[provider])
