"""Which events are told to whom outside the pages, when, and how often (NOTICE-1 to NOTICE-8, see docs/rules/notices.md)."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.rules import Role
from events.rules.kinds import EventKind, Face
from events.rules.sentences import TERMS
from kernel.period import SHANGHAI

MINUTES_OF_DAY = 24 * 60
GATHERED_FOR = timedelta(minutes=5)
"""A notice waits so long for others of its topic; they become one message (NOTICE-5)."""
MAX_REPEATS = 3
"""Messages about one subject and topic by one channel within a day (NOTICE-6)."""
DEFAULT_MAX_PER_DAY, MAX_PER_DAY = 20, 200
"""Messages by one channel on one day, unless a person chose another number (NOTICE-6)."""
URGENT_TENTHS = 4
"""Tenths of the messages of a day that are kept for urgent topics, so that what others cause does not use them up (NOTICE-6)."""
MAX_ATTEMPTS = 6
MAX_REFUSALS = 3
"""Messages that a provider refuses for good, one after another, before their address is switched off (NOTICE-11)."""
LEASE = timedelta(minutes=3)
"""A worker that has not said within this time what became of a message is lost."""
DEDUPLICATED_FOR = timedelta(minutes=9)
"""WeChat sends a message with the same `client_msg_id` once within ten minutes; one minute is left for the way."""
CODE_LIFE = timedelta(minutes=10)
MAX_CODE_ATTEMPTS = 5
KEPT_FOR = timedelta(days=90)
"""Notices older than this are deleted (NOTICE-9)."""
_RETRIES = (1, 5, 15, 60, 180)
"""Minutes from a failed attempt to the next one."""


class Channel(enum.StrEnum):
    WECHAT = "wechat"
    SMS = "sms"
    MAIL = "mail"


class Topic(enum.StrEnum):
    """What a person chooses: kinds of events that she wants to hear of, or not, in one decision."""

    SALE = "sale"
    SALE_REMINDER = "sale_reminder"
    WAITING = "waiting"
    PAYMENT_DUE = "payment_due"
    PAID = "paid"
    PARCEL = "parcel"
    SHORTAGE = "shortage"
    CASE = "case"
    ENQUIRY = "enquiry"
    WISH = "wish"
    LEVEL = "level"
    STATEMENT = "statement"
    UPLOAD = "upload"
    TO_SHIP = "to_ship"
    SHIPPING_DUE = "shipping_due"
    CODES = "codes"
    """One-time codes; only the person whose they are is told."""


TOPICS: Mapping[EventKind, Topic] = {
    EventKind.SALE_OPENED: Topic.SALE,
    EventKind.SALE_OPENED_FOR_TIER: Topic.SALE,
    EventKind.SALE_OPENS_SOON: Topic.SALE_REMINDER,
    EventKind.WAITED_FOR_IS_BACK: Topic.WAITING,
    EventKind.DRAW_WON: Topic.WAITING,
    EventKind.DRAW_NOT_WON: Topic.WAITING,
    EventKind.DRAW_PASSED_OVER: Topic.WAITING,
    EventKind.DRAW_CALLED_OFF: Topic.WAITING,
    EventKind.RESERVATION_ENDED: Topic.WAITING,
    EventKind.WON_UNITS_ENDED: Topic.WAITING,
    EventKind.PAYMENT_DUE_SOON: Topic.PAYMENT_DUE,
    EventKind.ORDER_EXPIRED: Topic.PAYMENT_DUE,
    EventKind.ORDER_PAID: Topic.PAID,
    EventKind.LATE_PAYMENT_REFUNDED: Topic.PAID,
    EventKind.LATE_PAYMENT_TO_SOURCE: Topic.PAID,
    EventKind.SOURCE_REFUND_STARTED: Topic.PAID,
    EventKind.SOURCE_REFUND_PAID_OUT: Topic.PAID,
    EventKind.SOURCE_REFUND_FAILED: Topic.PAID,
    EventKind.SOURCE_REFUND_ABNORMAL: Topic.PAID,
    EventKind.CONSIGNMENT_SHIPPED: Topic.PARCEL,
    EventKind.PARCEL_SIGNED: Topic.PARCEL,
    EventKind.PARCEL_PROBLEM: Topic.PARCEL,
    EventKind.LINE_SHORT: Topic.SHORTAGE,
    EventKind.SUBSTITUTE_OFFERED: Topic.SHORTAGE,
    EventKind.SUBSTITUTE_ACCEPTED: Topic.SHORTAGE,
    EventKind.SUBSTITUTE_DECLINED: Topic.SHORTAGE,
    EventKind.CASE_OPENED: Topic.CASE,
    EventKind.CASE_DECIDED: Topic.CASE,
    EventKind.CASE_SENT_BACK: Topic.CASE,
    EventKind.CASE_REFUNDED: Topic.CASE,
    EventKind.FAULT_REPORTED: Topic.CASE,
    EventKind.ENQUIRY_OPENED: Topic.ENQUIRY,
    EventKind.ENQUIRY_ANSWERED: Topic.ENQUIRY,
    EventKind.ENQUIRY_PASSED: Topic.ENQUIRY,
    EventKind.ENQUIRY_ANSWERED_BY_BRAND: Topic.ENQUIRY,
    EventKind.WISH_CREATED: Topic.WISH,
    EventKind.WISH_ADDRESS_CHANGED: Topic.WISH,
    EventKind.CUSTOMER_WAITS: Topic.WISH,
    EventKind.CUSTOMERS_SIZE_IS_BACK: Topic.WAITING,
    EventKind.LEVEL_ABOUT_TO_FALL: Topic.LEVEL,
    EventKind.STATEMENT_READY: Topic.STATEMENT,
    EventKind.STATEMENT_SENT: Topic.STATEMENT,
    EventKind.STATEMENT_CONFIRMED: Topic.STATEMENT,
    EventKind.STATEMENT_DISPUTED: Topic.STATEMENT,
    EventKind.STATEMENT_ANSWERED: Topic.STATEMENT,
    EventKind.TOP_UP_BOOKED: Topic.PAID,
    EventKind.TOP_UP_REVERSED: Topic.PAID,
    EventKind.DEPOSIT_BOOKED: Topic.STATEMENT,
    EventKind.DEPOSIT_REVERSED: Topic.STATEMENT,
    EventKind.WITHDRAWAL_REQUESTED: Topic.PAID,
    EventKind.WITHDRAWAL_REFUSED: Topic.PAID,
    EventKind.WITHDRAWAL_BLOCKED: Topic.PAID,
    EventKind.WITHDRAWAL_PAID: Topic.PAID,
    EventKind.WITHDRAWAL_RETURNED: Topic.PAID,
    EventKind.BRAND_TRANSFER_PAID: Topic.STATEMENT,
    EventKind.BRAND_TRANSFER_RETURNED: Topic.STATEMENT,
    EventKind.WALLET_CREDITED: Topic.PAID,
    EventKind.WALLET_DEBITED: Topic.PAID,
    EventKind.REFUNDED_LATE: Topic.PAID,
    EventKind.COMPENSATED: Topic.PAID,
    EventKind.DEPOSIT_DEDUCTED: Topic.STATEMENT,
    EventKind.BANK_ACCOUNT_ENTERED: Topic.PAID,
    EventKind.BANK_ACCOUNT_APPROVED: Topic.PAID,
    EventKind.BANK_ACCOUNT_REFUSED: Topic.PAID,
    EventKind.TRANSFER_NOT_FOUND: Topic.PAID,
    EventKind.INVOICE_ISSUED: Topic.PAID,
    EventKind.INVOICE_REFUSED: Topic.PAID,
    EventKind.BRAND_INVOICE_ISSUED: Topic.STATEMENT,
    EventKind.BRAND_INVOICE_REFUSED: Topic.STATEMENT,
    EventKind.INVOICES_TO_ISSUE: Topic.STATEMENT,
    EventKind.INVOICE_NOT_CORRECTED: Topic.PAID,
    EventKind.INVOICE_REOPENED: Topic.PAID,
    EventKind.BRAND_INVOICE_NOT_CORRECTED: Topic.STATEMENT,
    EventKind.BRAND_INVOICE_REOPENED: Topic.STATEMENT,
    EventKind.INVOICE_CORRECTION_ASKED: Topic.STATEMENT,
    EventKind.PLATFORM_INVOICE_CORRECTION_ASKED: Topic.STATEMENT,
    EventKind.RED_LETTER_NEEDED: Topic.STATEMENT,
    EventKind.PLATFORM_RED_LETTER_NEEDED: Topic.STATEMENT,
    EventKind.BRAND_ACCOUNT_ENTERED: Topic.STATEMENT,
    EventKind.BRAND_ACCOUNT_APPROVED: Topic.STATEMENT,
    EventKind.BRAND_ACCOUNT_REFUSED: Topic.STATEMENT,
    EventKind.CODES_RESET: Topic.CODES,
    EventKind.RECOVERY_CODES_RENEWED: Topic.CODES,
    EventKind.CODE_DEVICE_REPLACED: Topic.CODES,
    EventKind.UPLOAD_READY: Topic.UPLOAD,
    EventKind.ORDER_UPLOAD_READY: Topic.UPLOAD,
    EventKind.SHIPPING_UPLOAD_READY: Topic.UPLOAD,
    EventKind.STATEMENT_LIST_READY: Topic.UPLOAD,
    EventKind.CONSIGNMENT_TO_SHIP: Topic.TO_SHIP,
    EventKind.RESEND_TO_SHIP: Topic.TO_SHIP,
    EventKind.SHIPPING_DUE_SOON: Topic.SHIPPING_DUE,
}
"""The topic of each kind of event; every kind has one (NOTICE-1)."""

URGENT = frozenset({Topic.SALE_REMINDER, Topic.WAITING, Topic.PAYMENT_DUE, Topic.SHIPPING_DUE, Topic.CODES})
"""Deadlines, reserved units, sales that are about to open, and what became of one-time codes: they do not wait for others, and pass quiet
hours where she chose so (NOTICE-4)."""
_FRESH_FOR = {
    Topic.SALE_REMINDER: timedelta(minutes=10),
    Topic.WAITING: timedelta(minutes=10),
    Topic.PAYMENT_DUE: timedelta(minutes=15),
    Topic.SHIPPING_DUE: timedelta(hours=4),
    Topic.SALE: timedelta(hours=24),
}
_OTHERS_FRESH_FOR = timedelta(hours=48)


def topics_of(face: Face) -> tuple[Topic, ...]:
    """The topics whose events a face is told of, in the order in which they are shown."""
    told = {TOPICS[kind] for kind, terms in TERMS.items() if face in terms.faces}
    return tuple(topic for topic in Topic if topic in told)


def fresh_for(topic: Topic) -> timedelta:
    """How old an event may be when it is told; later it is no news, and its notice is skipped (NOTICE-6)."""
    return _FRESH_FOR.get(topic, _OTHERS_FRESH_FOR)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each day in China in which nothing is sent, from one minute of the day up to another; the second may be the next day's."""

    from_minute: int
    until_minute: int

    def __post_init__(self) -> None:
        if not (0 <= self.from_minute < MINUTES_OF_DAY and 0 <= self.until_minute < MINUTES_OF_DAY):
            raise ValueError("a minute of the day is below 1440")
        if self.from_minute == self.until_minute:
            raise ValueError("quiet hours end at another minute than they begin")

    def contains(self, at: datetime) -> bool:
        local = at.astimezone(SHANGHAI)
        since = (local.hour * 60 + local.minute - self.from_minute) % MINUTES_OF_DAY
        return since < (self.until_minute - self.from_minute) % MINUTES_OF_DAY

    def end_after(self, at: datetime) -> datetime:
        """The next end of quiet hours after an instant within them."""
        local = at.astimezone(SHANGHAI)
        left = (self.until_minute - local.hour * 60 - local.minute) % MINUTES_OF_DAY or MINUTES_OF_DAY
        return at.replace(second=0, microsecond=0) + timedelta(minutes=left)


@dataclass(frozen=True, slots=True)
class Choices:
    """How a person wants to be told: her quiet hours, whether deadlines pass them, how many messages a day, in which language."""

    quiet: QuietHours | None = None
    urgent_passes: bool = False
    max_per_day: int = DEFAULT_MAX_PER_DAY
    language: str = "zh"


def allowed_at(at: datetime, *, topic: Topic, choices: Choices) -> datetime:
    """The first instant from `at` on that is not in quiet hours which hold this topic back (NOTICE-4)."""
    if choices.quiet is None or not choices.quiet.contains(at) or (choices.urgent_passes and topic in URGENT):
        return at
    return choices.quiet.end_after(at)


def due_at(at: datetime, *, topic: Topic, choices: Choices) -> datetime:
    """When a notice that is written at `at` may be sent: after others of its topic could join it, and outside quiet hours."""
    return allowed_at(at if topic in URGENT else at + GATHERED_FOR, topic=topic, choices=choices)


def day_of(at: datetime) -> datetime:
    """The beginning of the day in China in which an instant lies."""
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


class NoticeState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    """A worker holds its lease."""
    SENT = "sent"
    """The provider took it."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not to be sent; `why` says the reason."""
    UNKNOWN = "unknown"
    """It may have been sent: the answer was lost, and the provider would send a second one (NOTICE-7)."""


class Why(enum.StrEnum):
    """Why a notice was skipped, failed or has to wait. Providers' own codes stand behind a colon: `refused:40037`."""

    SWITCHED_OFF = "switched_off"
    NO_ADDRESS = "no_address"
    ADDRESS_OFF = "address_off"
    TOO_LATE = "too_late"
    REPEATED = "repeated"
    DAILY_LIMIT = "daily_limit"
    CHANNEL_OFF = "channel_off"
    REFUSED = "refused"
    BAD_ADDRESS = "bad_address"
    GAVE_UP = "gave_up"
    ANSWER_LOST = "answer_lost"
    BUSY = "busy"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the decision about a notice depends on, at the instant at which it is due."""

    topic: Topic
    occurred_at: datetime
    is_wanted: bool
    has_address: bool
    is_address_on: bool
    is_channel_on: bool
    sent_about_subject: int
    sent_today: int
    others_today: int
    """Those of `sent_today` that were not urgent."""
    choices: Choices


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a notice that is due: send it, wait `until` an instant, or skip it for a reason."""

    skip: Why | None = None
    until: datetime | None = None

    @property
    def sends(self) -> bool:
        return self.skip is None and self.until is None


def decide(notice: Circumstances, *, at: datetime) -> Decision:
    """Whether a notice is sent now (NOTICE-2 to NOTICE-6). What she switched off is never sent, whatever else holds."""
    skipped = (
        (not notice.is_wanted, Why.SWITCHED_OFF),
        (not notice.is_channel_on, Why.CHANNEL_OFF),
        (not notice.has_address, Why.NO_ADDRESS),
        (not notice.is_address_on, Why.ADDRESS_OFF),
        (at - notice.occurred_at > fresh_for(notice.topic), Why.TOO_LATE),
        (notice.sent_about_subject >= MAX_REPEATS, Why.REPEATED),
        (_is_used_up(notice), Why.DAILY_LIMIT),
    )
    for applies, why in skipped:
        if applies:
            return Decision(skip=why)
    allowed = allowed_at(at, topic=notice.topic, choices=notice.choices)
    return Decision() if allowed == at else Decision(until=allowed)


def most_others(max_per_day: int) -> int:
    """How many messages of a day may be about topics that are not urgent (NOTICE-6)."""
    return max_per_day - max_per_day * URGENT_TENTHS // 10


def _is_used_up(notice: Circumstances) -> bool:
    most = notice.choices.max_per_day
    return notice.sent_today >= most or (notice.topic not in URGENT and notice.others_today >= most_others(most))


class OutcomeKind(enum.StrEnum):
    SENT = "sent"
    LATER = "later"
    """It was surely not sent; another attempt may succeed."""
    ACCOUNT = "account"
    """The provider does not take our account, or its quota is used up: nobody else need be told by this channel now."""
    REFUSED = "refused"
    """The provider does not take this message, and will not."""
    BAD_ADDRESS = "bad_address"
    """Nobody can be reached there, or she refused messages: the address is switched off."""
    LOST = "lost"
    """It may have been sent: there was no answer that can be used."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `code`: what the provider answered, or what went wrong; `message_id`: the provider's."""

    kind: OutcomeKind
    code: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a notice after an attempt: its state, why, and for one that waits until when. `lost_at`: see `after_attempt`."""

    state: NoticeState
    why: str = ""
    until: datetime | None = None
    lost_at: datetime | None = None


def after_attempt(
    outcome: Outcome,
    *,
    is_deduplicating: bool,
    attempts: int,
    claimed_at: datetime,
    lost_at: datetime | None,
    at: datetime,
) -> Next:
    """What becomes of a notice after its `attempts`-th attempt, which began at `claimed_at` (NOTICE-7).

    `lost_at` is when the first attempt began whose answer was lost. From then on a second message may reach her, so that the notice is
    tried again only while the provider drops one with the same id, if it does so at all (`is_deduplicating`).
    """
    if outcome.kind is OutcomeKind.SENT:
        return Next(NoticeState.SENT)
    if outcome.kind is OutcomeKind.LOST:
        lost_at = lost_at or claimed_at
    why = _why(outcome)
    if outcome.kind in (OutcomeKind.REFUSED, OutcomeKind.BAD_ADDRESS):
        return Next(NoticeState.UNKNOWN if lost_at else NoticeState.FAILED, why, lost_at=lost_at)
    until = at + timedelta(minutes=_RETRIES[min(attempts, len(_RETRIES)) - 1])
    if lost_at is not None and (not is_deduplicating or until >= lost_at + DEDUPLICATED_FOR):
        return Next(NoticeState.UNKNOWN, Why.ANSWER_LOST.value, lost_at=lost_at)
    if attempts >= MAX_ATTEMPTS:
        return Next(NoticeState.FAILED, f"{Why.GAVE_UP.value}:{outcome.code}"[:60], lost_at=lost_at)
    return Next(NoticeState.WAITING, why, until, lost_at)


def may_repeat(*, is_deduplicating: bool, lost_at: datetime | None, at: datetime) -> bool:
    """Whether an attempt may begin: always where no answer was lost, else only while the provider drops a second message (NOTICE-7)."""
    return lost_at is None or (is_deduplicating and at < lost_at + DEDUPLICATED_FOR)


def _why(outcome: Outcome) -> str:
    found = {
        OutcomeKind.LATER: Why.BUSY,
        OutcomeKind.ACCOUNT: Why.ACCOUNT,
        OutcomeKind.REFUSED: Why.REFUSED,
        OutcomeKind.BAD_ADDRESS: Why.BAD_ADDRESS,
        OutcomeKind.LOST: Why.ANSWER_LOST,
    }[outcome.kind]
    return f"{found.value}:{outcome.code}"[:60] if outcome.code else found.value


FACES = {Role.RESELLER: Face.SHOP, Role.BRAND: Face.PORTAL, Role.OPS: Face.CONSOLE, Role.FINANCE: Face.CONSOLE}
"""Whose events concern a person, by her role."""


@dataclass(frozen=True, slots=True)
class NoticeFigure:
    """How many notices of one day (in China), channel, state and reason there are, and in how many messages they went."""

    day: date
    channel: str
    state: str
    why: str
    notices: int
    messages: int
