"""The formats of kuaidi100: signatures, forms that are sent, answers and pushes that are read. Nothing here sends or stores.

Described at https://api.kuaidi100.com/document: real-time query (实时查询) and subscription with pushes (订阅推送). All times are in China.
"""

import enum
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kernel.period import SHANGHAI
from tracking.rules import (
    CODES_BY_NAME,
    MAX_EVENTS,
    MAX_PLACE,
    MAX_TEXT,
    PHONE_COMPANIES,
    STATES,
    CarrierEvent,
    Monitoring,
    Report,
)

QUERY_PATH, SUBSCRIPTION_PATH = "/poll/query.do", "/poll"
RESULT_VERSION = "4"
"""Asks for the detailed states and their codes, and for the area of each event."""
PUSH_TAKEN = {"result": True, "returnCode": "200", "message": "成功"}
"""Any other answer to a push makes kuaidi100 repeat it."""

_SIGNATURE = re.compile(r"[0-9A-Fa-f]{32}\Z", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]+")
_WRONG_ACCOUNT = frozenset({"503", "600", "601"})
"""Wrong signature, not a subscriber, key expired."""
_BUSY = frozenset({"501", "502"})
_NOT_FOUND_YET = "500"


@dataclass(frozen=True, slots=True)
class Account:
    """The account at kuaidi100. `callback_url` "": nothing can be pushed to us, so that waybills are asked for."""

    customer: str
    key: str = field(repr=False)
    url: str
    salt: str = field(default="", repr=False)
    callback_url: str = ""


class OutcomeKind(enum.StrEnum):
    SUBSCRIBED = "subscribed"
    REPORTED = "reported"
    NOTHING_YET = "nothing_yet"
    FAILED = "failed"
    """No usable answer, or a busy service: try again later."""
    REFUSED = "refused"
    """The service does not answer for this waybill."""
    WRONG_ACCOUNT = "wrong_account"
    """The service refuses our account: nobody else need be asked now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of asking the service. `code`: what it answered, or what went wrong."""

    kind: OutcomeKind
    code: str = ""
    report: Report | None = None


class UnreadablePush(Exception):
    """A push that is signed by us and yet none that can be read."""


def sign_query(param: str, *, key: str, customer: str) -> str:
    return _md5(param + key + customer)


def sign_push(param: str, *, salt: str) -> str:
    return _md5(param + salt)


def is_push_signed(param: str, sign: str, *, salt: str) -> bool:
    """Whether a push carries our salt. The comparison takes the same time for every wrong signature."""
    return bool(_SIGNATURE.match(sign)) and hmac.compare_digest(sign_push(param, salt=salt), sign.upper())


def query_form(account: Account, *, company: str, number: str, phone_tail: str) -> dict[str, str]:
    """The form of a real-time query."""
    param = _json({"com": company, "num": number, **_phone(company, phone_tail), "resultv2": RESULT_VERSION})
    sign = sign_query(param, key=account.key, customer=account.customer)
    return {"customer": account.customer, "sign": sign, "param": param}


def subscription_form(account: Account, *, company: str, number: str, phone_tail: str) -> dict[str, str]:
    """The form that subscribes to a waybill. The key travels in it; it is never logged."""
    parameters = {
        "callbackurl": account.callback_url,
        "salt": account.salt,
        "resultv2": RESULT_VERSION,
        **_phone(company, phone_tail),
    }
    param = _json({"company": company, "number": number, "key": account.key, "parameters": parameters})
    return {"schema": "json", "param": param}


def read_subscription_answer(answer: Mapping[str, Any]) -> Outcome:
    """200: subscribed; 501: it was subscribed before, which is as good."""
    code = _text(answer.get("returnCode"))
    if code in ("200", "501"):
        return Outcome(OutcomeKind.SUBSCRIBED, code)
    if code in _WRONG_ACCOUNT:
        return Outcome(OutcomeKind.WRONG_ACCOUNT, code)
    if code in ("500", "502") or not code:
        return Outcome(OutcomeKind.FAILED, code or "unreadable")
    return Outcome(OutcomeKind.REFUSED, code[:20])


def read_query_answer(answer: Mapping[str, Any]) -> Outcome:
    """A result names its waybill and has `data`; what is not one has `result` false and a `returnCode`."""
    if _text(answer.get("status")) == "200" and isinstance(answer.get("data"), list):
        report = _report(answer, ())
        return (
            Outcome(OutcomeKind.REPORTED, "200", report) if report.events else Outcome(OutcomeKind.NOTHING_YET, "200")
        )
    code = _text(answer.get("returnCode")) or _text(answer.get("status"))
    if code in _WRONG_ACCOUNT:
        return Outcome(OutcomeKind.WRONG_ACCOUNT, code)
    if code == _NOT_FOUND_YET:
        return Outcome(OutcomeKind.NOTHING_YET, code)
    if code in _BUSY or not code:
        return Outcome(OutcomeKind.FAILED, code or "unreadable")
    return Outcome(OutcomeKind.REFUSED, code[:20])


def read_push(param: str) -> Report:
    """The report of a push. Raises UnreadablePush where it is none."""
    push = read_object(param)
    result = push.get("lastResult") if push else None
    if push is None or not isinstance(result, dict) or not _text(result.get("nu")):
        raise UnreadablePush
    companies = tuple(_word(push.get(name)).lower() for name in ("comOld", "comNew"))
    given_up = Monitoring.GOES_ON if companies[1] else Monitoring.GIVEN_UP
    monitoring = {"shutdown": Monitoring.DONE, "abort": given_up}.get(_text(push.get("status")), Monitoring.GOES_ON)
    return _report(result, companies, monitoring)


def read_object(text: str | bytes) -> dict[str, Any] | None:
    """The JSON object in a text; None where there is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _report(
    result: Mapping[str, Any], companies: tuple[str, ...], monitoring: Monitoring = Monitoring.GOES_ON
) -> Report:
    data = result.get("data")
    rows = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    found = [event for each in rows if (event := _event(each)) is not None]
    events = sorted(found, key=lambda each: (each.at, each.text), reverse=True)[:MAX_EVENTS]
    if events and not any(each.code for each in events):
        # An account without the detailed states is told one state, that of the newest event.
        state = "3" if _text(result.get("ischeck")) == "1" else _text(result.get("state"))
        first = events[0]
        events[0] = CarrierEvent(first.at, state if state in STATES else "", first.text, first.place)
    named = (_word(result.get("com")).lower(), *companies)
    return Report(
        companies=tuple(dict.fromkeys(each for each in named if each)),
        number=_word(result.get("nu")).upper(),
        events=tuple(events),
        monitoring=monitoring,
    )


def _event(row: Mapping[str, Any]) -> CarrierEvent | None:
    """An event; None where it has no time that can be read."""
    at = _instant(_text(row.get("ftime"))) or _instant(_text(row.get("time")))
    if at is None:
        return None
    code = _text(row.get("statusCode"))
    if code not in STATES:
        code = CODES_BY_NAME.get(_text(row.get("status")), "")
    place = _text(row.get("areaName")).replace(",", " ")
    return CarrierEvent(at, code, _clean(_text(row.get("context")), MAX_TEXT), _clean(place, MAX_PLACE))


def _instant(text: str) -> datetime | None:
    """A time as kuaidi100 writes it, 2026-11-30 08:05:09 in China, in UTC."""
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S"):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=SHANGHAI).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _phone(company: str, phone_tail: str) -> dict[str, str]:
    return {"phone": phone_tail} if phone_tail and company in PHONE_COMPANIES else {}


def _text(value: object) -> str:
    """A text or a number as a text; "" for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _word(value: object) -> str:
    """A number or a code as PostgreSQL can be asked for it; one that is too long stays one that nothing has."""
    return _clean(_text(value), MAX_TEXT)


def _clean(text: str, length: int) -> str:
    """A text on one line that PostgreSQL can keep."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:length].strip()


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
