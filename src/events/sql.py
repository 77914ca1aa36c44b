"""The SQL of events: writing them, and counting what somebody has not read. One function per statement."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from db import sql
from db.together import Write
from events.rules.outbox import OutboxEvent, OutboxPosition

# One parameter: each costs about 0.04 ms of CPU, and a payment writes events.
_INSERT_EVENTS = """
INSERT INTO events_event (kind, subject_kind, subject_id, reseller_id, brand_id, for_reseller, for_brand, for_platform,
                          for_every_reseller, data, occurred_at)
SELECT e.kind, e.subject_kind, e.subject_id, e.reseller_id, e.brand_id, e.for_reseller, e.for_brand, e.for_platform,
       e.for_every_reseller, e.data, %(event_now)s
FROM ROWS FROM (jsonb_to_recordset(%(event_rows)s::jsonb) AS (
    kind text, subject_kind text, subject_id bigint, reseller_id bigint, brand_id bigint, for_reseller boolean, for_brand boolean,
    for_platform boolean, for_every_reseller boolean, data jsonb
)) WITH ORDINALITY AS e(kind, subject_kind, subject_id, reseller_id, brand_id, for_reseller, for_brand, for_platform,
                        for_every_reseller, data, position)
ORDER BY e.position
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

# One publisher of such events at a time: the next one sees what this one wrote.
_LOCK_PUBLISH_ONCE = "SELECT pg_advisory_xact_lock(hashtext('events.publish_once'))"

_TOLD = """
SELECT e.subject_id FROM events_event e
WHERE e.subject_kind = %(subject_kind)s AND e.subject_id = ANY(%(ids)s::bigint[]) AND e.kind = %(kind)s
"""

# A transaction before the oldest that still runs can add nothing any more: in the order of transactions nothing is overtaken.
_OUTBOX = """
SELECT e.id, e.transaction_id, e.kind, e.subject_kind, e.subject_id, e.reseller_id, e.brand_id, e.for_reseller, e.for_brand, e.for_platform,
       e.for_every_reseller, e.occurred_at
FROM events_event e
WHERE e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  AND (e.transaction_id, e.id) > (%(transaction_id)s, %(event_id)s)
ORDER BY e.transaction_id, e.id LIMIT %(limit)s
"""

_OUTBOX_END = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 AS transaction_id, 9223372036854775807 AS event_id,
       (SELECT system_identifier FROM pg_control_system()) || '/' || d.oid AS database
FROM pg_database d WHERE d.datname = current_database()
"""

INBOX_CONDITIONS: Mapping[str, str] = {
    "shop": """((e.for_reseller AND e.reseller_id = %(owner)s)
        OR (e.for_every_reseller AND e.occurred_at >= (SELECT a.created_at FROM accounts_person a WHERE a.id = %(person)s)))""",
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
    for_every_reseller: bool
    data: Mapping[str, object]


def events_write(rows: Sequence[EventRow], *, now: datetime) -> Write:
    """The write of events, in their order."""
    texts = json.dumps(
        [{each.name: getattr(row, each.name) for each in fields(row)} for row in rows], ensure_ascii=False
    )
    return Write(f"events AS ({_INSERT_EVENTS})", {"event_rows": texts, "event_now": now})


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


def lock_publish_once() -> None:
    """Held to the end of the transaction."""
    sql.execute(_LOCK_PUBLISH_ONCE, {})


def told(*, kind: str, subject_kind: str, ids: Collection[int]) -> frozenset[int]:
    """Those of the subjects that have an event of the kind."""
    if not ids:
        return frozenset()
    return frozenset(sql.column(_TOLD, {"kind": kind, "subject_kind": subject_kind, "ids": list(ids)}))


def outbox(*, after: OutboxPosition, limit: int) -> list[OutboxEvent]:
    """The events that follow a position, in the order of their transactions; those of transactions before which another runs wait."""
    given = {"transaction_id": after.transaction_id, "event_id": after.event_id, "limit": limit}
    return sql.fetch(OutboxEvent, _OUTBOX, given)


def outbox_end() -> OutboxPosition:
    """The position behind everything that is over now."""
    return sql.fetch_one(OutboxPosition, _OUTBOX_END, {})
