"""The SQL of events: writing them, and counting what somebody has not read. One function per statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql

_INSERT_EVENTS = """
INSERT INTO events_event (kind, subject_kind, subject_id, reseller_id, brand_id, for_reseller, for_brand, for_platform, data, occurred_at)
SELECT e.*, %(now)s FROM unnest(
    %(kinds)s::text[], %(subject_kinds)s::text[], %(subject_ids)s::bigint[], %(reseller_ids)s::bigint[], %(brand_ids)s::bigint[],
    %(for_reseller)s::boolean[], %(for_brand)s::boolean[], %(for_platform)s::boolean[], %(data)s::jsonb[]
) AS e
"""

_MARK_READ = """
INSERT INTO events_readposition (person_id, last_event_id, snapshot, read_at)
SELECT %(person)s, coalesce(max(id), 0), pg_current_snapshot()::text, %(now)s FROM events_event
ON CONFLICT (person_id) DO UPDATE
SET last_event_id = excluded.last_event_id, snapshot = excluded.snapshot, read_at = excluded.read_at
"""

# An event is unread if its id is higher than any id that existed when she read, or if its transaction was still running then: ids are
# given out before the commit, so an event with a lower id can become visible later.
_IS_UNREAD = """(
    p.person_id IS NULL OR e.id > p.last_event_id OR NOT pg_visible_in_snapshot(e.transaction_id::text::xid8, p.snapshot::pg_snapshot)
)"""

_COUNT_UNREAD = """
SELECT count(*) AS unread FROM (
    SELECT 1 FROM events_event e LEFT JOIN events_readposition p ON p.person_id = %(person)s
    WHERE {inbox} AND {is_unread} ORDER BY e.id DESC LIMIT %(limit)s
) AS newest
"""

_UNREAD_IDS = """
SELECT e.id FROM events_event e LEFT JOIN events_readposition p ON p.person_id = %(person)s
WHERE e.id = ANY(%(ids)s::bigint[]) AND {is_unread}
"""

INBOX_CONDITIONS: Mapping[str, str] = {
    "shop": "e.for_reseller AND e.reseller_id = %(owner)s",
    "portal": "e.for_brand AND e.brand_id = %(owner)s",
    "console": "e.for_platform",
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event to be written."""

    kind: str
    subject_kind: str
    subject_id: int
    reseller_id: int | None
    brand_id: int | None
    for_reseller: bool
    for_brand: bool
    for_platform: bool
    data: Mapping[str, object]


def insert_events(rows: Sequence[EventRow], *, now: datetime) -> None:
    sql.execute(
        _INSERT_EVENTS,
        {
            "kinds": [row.kind for row in rows],
            "subject_kinds": [row.subject_kind for row in rows],
            "subject_ids": [row.subject_id for row in rows],
            "reseller_ids": [row.reseller_id for row in rows],
            "brand_ids": [row.brand_id for row in rows],
            "for_reseller": [row.for_reseller for row in rows],
            "for_brand": [row.for_brand for row in rows],
            "for_platform": [row.for_platform for row in rows],
            "data": [json.dumps(row.data, ensure_ascii=False) for row in rows],
            "now": now,
        },
    )


def mark_read(*, person_id: int, now: datetime) -> None:
    """All events that are visible now are read by this person."""
    sql.execute(_MARK_READ, {"person": person_id, "now": now})


def count_unread(*, face: str, owner_id: int | None, person_id: int, limit: int) -> int:
    """How many events of an inbox a person has not read; counting stops at `limit`."""
    statement = _COUNT_UNREAD.format(inbox=INBOX_CONDITIONS[face], is_unread=_IS_UNREAD)
    return int(sql.value(statement, {"owner": owner_id, "person": person_id, "limit": limit}))


def unread_ids(*, ids: Sequence[int], person_id: int) -> frozenset[int]:
    """Those of the events that a person has not read."""
    return frozenset(sql.column(_UNREAD_IDS.format(is_unread=_IS_UNREAD), {"ids": list(ids), "person": person_id}))
