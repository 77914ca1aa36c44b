"""The SQL of tracking: claiming waybills, and writing events. One function per statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from tracking.rules import CarrierEvent, Claim, StatusOfEvents, WatchState

_CLAIM_DUE = """
UPDATE tracking_trackedwaybill w SET next_attempt_at = %(lease_until)s
FROM (
    SELECT id FROM tracking_trackedwaybill
    WHERE next_attempt_at <= %(now)s ORDER BY next_attempt_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS due
WHERE w.id = due.id
RETURNING w.id, w.company, w.number, w.phone_tail, w.watch, w.attempts, w.registered_at, w.next_attempt_at AS lease_until
"""

_REGISTER = """
INSERT INTO tracking_trackedwaybill (company, number, phone_tail, shipped_at, status, status_at, status_code, last_event_at, watch,
                                     next_attempt_at, attempts, answer_code, registered_at)
SELECT w.company, w.number, w.phone_tail, w.shipped_at, 'shipped', w.shipped_at, '', w.shipped_at, %(watch)s, %(first)s, 0, '', %(now)s
FROM unnest(%(companies)s::text[], %(numbers)s::text[], %(phone_tails)s::text[], %(shipped)s::timestamptz[])
    AS w(company, number, phone_tail, shipped_at)
ORDER BY w.company, w.number
ON CONFLICT (company, number) WHERE retired_at IS NULL DO NOTHING
"""

_RETIRE_OLD = """
UPDATE tracking_trackedwaybill w SET retired_at = %(now)s, watch = 'ended', next_attempt_at = NULL, phone_tail = ''
FROM unnest(%(companies)s::text[], %(numbers)s::text[]) AS n(company, number)
WHERE w.company = n.company AND w.number = n.number AND w.retired_at IS NULL AND w.shipped_at < %(before)s
"""

_LOCK_REGISTERED = """
SELECT w.id, w.company, w.number, w.status, w.status_at FROM tracking_trackedwaybill w
WHERE w.retired_at IS NULL AND (w.company, w.number) IN (
    SELECT * FROM unnest(%(companies)s::text[], %(numbers)s::text[])
)
ORDER BY w.id FOR UPDATE
"""

# An event that comes again may name a state that it did not name before. The greater one stays, so that the order of reports is no matter.
_ADD_EVENTS = """
INSERT INTO tracking_waybillevent AS held (waybill_id, at, code, text, place)
SELECT e.waybill_id, e.at, max(e.code COLLATE "C"), e.text, max(e.place COLLATE "C")
FROM unnest(%(waybills)s::bigint[], %(at)s::timestamptz[], %(codes)s::text[], %(texts)s::text[], %(places)s::text[])
    AS e(waybill_id, at, code, text, place)
GROUP BY e.waybill_id, e.at, e.text
ON CONFLICT (waybill_id, at, text) DO UPDATE
SET code = greatest(held.code COLLATE "C", excluded.code), place = greatest(held.place COLLATE "C", excluded.place)
WHERE held.code COLLATE "C" < excluded.code OR held.place COLLATE "C" < excluded.place
"""

_SET_STATUSES = """
UPDATE tracking_trackedwaybill w SET status = s.status, status_at = s.at, status_code = s.code, last_event_at = s.last_event_at
FROM unnest(%(waybills)s::bigint[], %(statuses)s::text[], %(at)s::timestamptz[], %(codes)s::text[], %(last)s::timestamptz[])
    AS s(waybill_id, status, at, code, last_event_at)
WHERE w.id = s.waybill_id
"""


@dataclass(frozen=True, slots=True)
class RegisteredRow:
    id: int
    company: str
    number: str
    status: str
    status_at: datetime


@dataclass(frozen=True, slots=True)
class NewWaybill:
    company: str
    number: str
    phone_tail: str
    shipped_at: datetime


def claim_due(*, limit: int, lease_until: datetime, now: datetime) -> list[Claim]:
    """Take waybills that are due and that no other worker takes at this moment."""
    return sql.fetch(Claim, _CLAIM_DUE, {"limit": limit, "lease_until": lease_until, "now": now})


def retire_old(waybills: Sequence[NewWaybill], *, before: datetime, now: datetime) -> None:
    """Numbers that were shipped before `before` mean other waybills from now on."""
    sql.execute(_RETIRE_OLD, {**_names(waybills), "before": before, "now": now})


def register(waybills: Sequence[NewWaybill], *, watch: WatchState, first_attempt_at: datetime, now: datetime) -> None:
    """Add the waybills that are not there."""
    parameters = {
        **_names(waybills),
        "phone_tails": [each.phone_tail for each in waybills],
        "shipped": [each.shipped_at for each in waybills],
        "watch": watch.value,
        "first": first_attempt_at,
        "now": now,
    }
    sql.execute(_REGISTER, parameters)


def lock_registered(waybills: Sequence[NewWaybill]) -> list[RegisteredRow]:
    return sql.fetch(RegisteredRow, _LOCK_REGISTERED, _names(waybills))


def add_events(events: Sequence[tuple[int, CarrierEvent]]) -> None:
    """Add the events of waybills that are not there."""
    parameters = {
        "waybills": [waybill_id for waybill_id, _ in events],
        "at": [event.at for _, event in events],
        "codes": [event.code for _, event in events],
        "texts": [event.text for _, event in events],
        "places": [event.place for _, event in events],
    }
    sql.execute(_ADD_EVENTS, parameters)


def set_statuses(statuses: Sequence[tuple[int, StatusOfEvents, datetime]]) -> None:
    """Set the status of waybills, and the time of their newest event."""
    parameters = {
        "waybills": [waybill_id for waybill_id, _, _ in statuses],
        "statuses": [status.status.value for _, status, _ in statuses],
        "at": [status.at for _, status, _ in statuses],
        "codes": [status.code for _, status, _ in statuses],
        "last": [last for _, _, last in statuses],
    }
    sql.execute(_SET_STATUSES, parameters)


def _names(waybills: Sequence[NewWaybill]) -> dict[str, object]:
    return {"companies": [each.company for each in waybills], "numbers": [each.number for each in waybills]}
