"""The rules of tracking (TRACK-1 to TRACK-8, see docs/rules/tracking.md)."""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.masking import mask_name, mask_phones_in

MAX_COMPANY, MAX_NUMBER, MIN_NUMBER = 40, 32, 6
"""Characters of the code of a company at the tracking service, and of a number that it takes."""
MAX_TEXT, MAX_PLACE, MAX_EVENTS = 300, 60, 300
"""Characters of an event's text and place; events that are taken of one report, the newest."""

WATCHED_FOR = timedelta(days=30)
"""A waybill is watched until it is delivered or returned, and not longer than this (TRACK-6)."""
REUSED_AFTER = timedelta(days=90)
"""Carriers give a number out again. After so long it is another waybill (TRACK-2)."""
BEFORE_SHIPPING = timedelta(days=7)
"""Events from earlier before shipping than this belong to another parcel that had the same number."""
AHEAD_OF_CLOCK = timedelta(days=1)
"""Events further in the future than this are left out: the clock of the carrier is wrong."""
SILENCE = timedelta(hours=24)
"""A subscribed waybill of which nothing was heard for so long is asked for."""
STILL_AFTER = timedelta(hours=48)
"""A waybill without an event for so long stands still (TRACK-7)."""
FIRST_QUERY = timedelta(hours=2)
LEASE = timedelta(minutes=10)
"""How long a worker has a waybill that it claimed to ask for."""
RESUBSCRIBE_AFTER = timedelta(hours=24)
"""The tracking service gives up after three days without a record. It asks to wait at least half an hour."""
_QUERY_BACK_OFF = (timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
_RETRY_BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 45, 120, 360))

PHONE_COMPANIES = frozenset({"shunfeng", "shunfengkuaiyun", "shunfenglengyun", "zhongtong", "fengwang"})
"""Companies that answer only who names the last digits of a phone; only they are told (TRACK-8)."""


class ParcelStatus(enum.StrEnum):
    """What is known of a parcel: handed to the carrier, or what the carrier reports."""

    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    DELIVERING = "delivering"
    AT_PICKUP = "at_pickup"
    """In a locker or at a pick-up point, where the customer fetches it."""
    DELIVERED = "delivered"
    PROBLEM = "problem"
    RETURNING = "returning"
    RETURNED = "returned"


FINAL_STATUSES = frozenset({ParcelStatus.DELIVERED, ParcelStatus.RETURNED})
TROUBLED_STATUSES = (ParcelStatus.PROBLEM, ParcelStatus.RETURNING)
_RANK = {
    status: rank
    for rank, status in enumerate(
        (
            ParcelStatus.SHIPPED,
            ParcelStatus.IN_TRANSIT,
            ParcelStatus.PROBLEM,
            ParcelStatus.DELIVERING,
            ParcelStatus.AT_PICKUP,
            ParcelStatus.RETURNING,
            ParcelStatus.DELIVERED,
            ParcelStatus.RETURNED,
        )
    )
}
"""Of events of the same second, which counts as the later one."""


class WatchState(enum.StrEnum):
    """How a waybill is watched."""

    WAITING = "waiting"
    """To be subscribed."""
    SUBSCRIBED = "subscribed"
    """The tracking service pushes its events; it is asked for only after a long silence."""
    POLLED = "polled"
    """It cannot be subscribed, or nothing can be pushed to us: it is asked for from time to time."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Claim:
    """A waybill that this worker asks for. `lease_until` is its fencing token: a push meanwhile sets another time."""

    id: int
    company: str
    number: str
    phone_tail: str
    watch: WatchState
    attempts: int
    registered_at: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class ReportedState:
    """What a state of the tracking service means. `problem_zh`, `problem_en`: what is wrong, "" where nothing is."""

    code: str
    zh: str
    status: ParcelStatus
    problem_zh: str = ""
    problem_en: str = ""


_STATES = (
    ReportedState("0", "在途", ParcelStatus.IN_TRANSIT),
    ReportedState("1001", "到达派件城市", ParcelStatus.IN_TRANSIT),
    ReportedState("1002", "干线", ParcelStatus.IN_TRANSIT),
    ReportedState("1003", "转递", ParcelStatus.IN_TRANSIT),
    ReportedState("1", "揽收", ParcelStatus.IN_TRANSIT),
    ReportedState("101", "已下单", ParcelStatus.SHIPPED),
    ReportedState("102", "待揽收", ParcelStatus.SHIPPED),
    ReportedState("103", "已揽收", ParcelStatus.IN_TRANSIT),
    ReportedState("2", "疑难", ParcelStatus.PROBLEM, "疑难件", "a problem"),
    ReportedState("201", "超时未签收", ParcelStatus.PROBLEM, "派件后长时间未签收", "not signed for long"),
    ReportedState("202", "超时未更新", ParcelStatus.PROBLEM, "长时间没有更新", "no progress for long"),
    ReportedState("203", "拒收", ParcelStatus.PROBLEM, "收件人拒收", "refused by the recipient"),
    ReportedState("204", "派件异常", ParcelStatus.PROBLEM, "派件异常", "could not be delivered"),
    ReportedState("205", "柜或驿站超时未取", ParcelStatus.PROBLEM, "快递柜或驿站超时未取", "not fetched in time"),
    ReportedState("206", "无法联系", ParcelStatus.PROBLEM, "联系不上收件人", "the recipient cannot be reached"),
    ReportedState("207", "超区", ParcelStatus.PROBLEM, "超出派送范围", "outside the delivery area"),
    ReportedState("208", "滞留", ParcelStatus.PROBLEM, "滞留", "held up"),
    ReportedState("209", "破损", ParcelStatus.PROBLEM, "破损", "damaged"),
    ReportedState("210", "销单", ParcelStatus.PROBLEM, "寄件被取消", "cancelled at the carrier"),
    ReportedState("3", "签收", ParcelStatus.DELIVERED),
    ReportedState("301", "本人签收", ParcelStatus.DELIVERED),
    ReportedState("302", "派件异常后签收", ParcelStatus.DELIVERED),
    ReportedState("303", "代签", ParcelStatus.DELIVERED),
    ReportedState("304", "投柜或站签收", ParcelStatus.DELIVERED),
    ReportedState("4", "退签", ParcelStatus.RETURNED),
    ReportedState("401", "已销单", ParcelStatus.PROBLEM, "寄件被取消", "cancelled at the carrier"),
    ReportedState("14", "拒签", ParcelStatus.PROBLEM, "收件人拒签", "refused by the recipient"),
    ReportedState("5", "派件", ParcelStatus.DELIVERING),
    ReportedState("501", "投柜或驿站", ParcelStatus.AT_PICKUP),
    ReportedState("6", "退回", ParcelStatus.RETURNING, "正在退回", "on its way back"),
    ReportedState("7", "转投", ParcelStatus.IN_TRANSIT),
    ReportedState("8", "清关", ParcelStatus.IN_TRANSIT),
    ReportedState("10", "待清关", ParcelStatus.IN_TRANSIT),
    ReportedState("11", "清关中", ParcelStatus.IN_TRANSIT),
    ReportedState("12", "已清关", ParcelStatus.IN_TRANSIT),
    ReportedState("13", "清关异常", ParcelStatus.PROBLEM, "清关异常", "held at customs"),
)
STATES: Mapping[str, ReportedState] = {each.code: each for each in _STATES}
"""The states of kuaidi100, main and detailed ones, by their code."""
CODES_BY_NAME: Mapping[str, str] = {each.zh: each.code for each in _STATES}


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """What a carrier reported of a waybill. `at`: by the carrier's clock, UTC; `code`: a key of `STATES`, "" where none was named."""

    at: datetime
    code: str
    text: str
    place: str = ""

    @property
    def status(self) -> ParcelStatus | None:
        known = STATES.get(self.code)
        return known.status if known else None


class Monitoring(enum.StrEnum):
    """What the tracking service does with a waybill after a push."""

    GOES_ON = "goes_on"
    DONE = "done"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Report:
    """All that the tracking service tells of a waybill at once. `companies`: the code that we gave, and a corrected one."""

    companies: tuple[str, ...]
    number: str
    events: tuple[CarrierEvent, ...]
    monitoring: Monitoring = Monitoring.GOES_ON


@dataclass(frozen=True, slots=True)
class StatusOfEvents:
    """The status that follows from events, since when, and the state that says what is wrong ("" where nothing is)."""

    status: ParcelStatus
    at: datetime
    code: str


def next_status(current: ParcelStatus, reported: ParcelStatus) -> ParcelStatus:
    """The status after one more event (TRACK-4).

    What was returned stays so. What was delivered can only be returned. On the way back, carriers report transit and signature
    again: the signature is that of the sender.
    """
    if current is ParcelStatus.RETURNED or reported is ParcelStatus.SHIPPED:
        return current
    if current is ParcelStatus.DELIVERED:
        return reported if reported in (ParcelStatus.RETURNING, ParcelStatus.RETURNED) else current
    if current is ParcelStatus.RETURNING:
        return ParcelStatus.RETURNED if reported in FINAL_STATUSES else current
    return reported


def status_of(events: Iterable[CarrierEvent], *, shipped_at: datetime) -> StatusOfEvents:
    """The status that follows from all events of a waybill, in the order of the carrier's clock (TRACK-4).

    It depends on the set of events alone, never on the order in which they arrived.
    """
    status, since, code = ParcelStatus.SHIPPED, shipped_at, ""
    for event in sorted(events, key=_order):
        if event.status is None:
            continue
        after = next_status(status, event.status)
        if after is not status:
            status, since = after, event.at
            code = event.code if after in TROUBLED_STATUSES else ""
    return StatusOfEvents(status, since, code)


def _order(event: CarrierEvent) -> tuple[datetime, int, str, str]:
    return event.at, -1 if event.status is None else _RANK[event.status], event.code, event.text


def takes_event(event: CarrierEvent, *, shipped_at: datetime, now: datetime) -> bool:
    """Whether an event can be one of a parcel that was shipped then (TRACK-2)."""
    return shipped_at - BEFORE_SHIPPING <= event.at <= now + AHEAD_OF_CLOCK


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed one after the other."""
    return _RETRY_BACK_OFF[min(attempts, len(_RETRY_BACK_OFF)) - 1]


def query_after(queries: int) -> timedelta:
    """How long to wait after so many queries that told nothing new, one after the other."""
    return _QUERY_BACK_OFF[min(queries, len(_QUERY_BACK_OFF) - 1)]


_WITH_EXTENSION = re.compile(r"(1\d{10}|0\d{2,3}-?\d{7,8})-\d{1,6}", re.ASCII)


def phone_tail_of(phone: str) -> str:
    """The last four digits of a phone number before its extension; "" where there are not so many."""
    found = _WITH_EXTENSION.fullmatch(phone)
    digits = re.sub(r"\D", "", found[1] if found else phone, flags=re.ASCII)
    return digits[-4:] if len(digits) >= 7 else ""


_SIGNED_BY = re.compile(r"((?:签收人|收件人|收货人)(?:是|为)?[:：]?\s*[\[【“\"]?)([\u4e00-\u9fff·]{2,6})")
_NO_NAMES = re.compile(
    r"本人|家人|家属|同事|邻居|朋友|门卫|前台|保安|物业|他人|代收|代签|驿站|快递柜|丰巢|菜鸟|拒|已|未|电话|地址|要求|联系|签收"
)


def masked_text(text: str, names: Iterable[str]) -> str:
    """A text of a carrier without phone numbers and without the names of recipients and of those who signed (TRACK-8).

    Numbers of hotlines stay. `names` are the names of the recipients; those of one character are not looked for.
    """
    for name in sorted({each for each in names if len(each) > 1}, key=lambda each: (-len(each), each)):
        text = text.replace(name, mask_name(name))
    text = _SIGNED_BY.sub(_masked_signature, text)
    return mask_phones_in(text)


def _masked_signature(found: re.Match[str]) -> str:
    said = found[2]
    return found[0] if _NO_NAMES.search(said) else f"{found[1]}{mask_name(said)}"
