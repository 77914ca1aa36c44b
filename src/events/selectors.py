"""Inboxes: what happened that concerns a reseller, a brand or the platform, the newest first; and what integrity checks ask of events."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from events import sql
from events.models import Event
from events.rules.kinds import EventKind, Face, SubjectKind
from events.rules.outbox import MAX_UNREAD_COUNT, OutboxEvent, OutboxPosition
from events.rules.sentences import TERMS, sentences
from kernel.integrity import Check, fault_check
from web.pagination import Page, paginate

_ROLLED_OUT_WITHIN = "1 hour"
"""While a release is rolled out, the one before it goes on for so long beside it, and it may not publish events yet."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Whose events are read: those of the reseller or the brand `owner_id`, or of the platform, which has no owner. `person_id` reads."""

    face: Face
    owner_id: int | None
    person_id: int


@dataclass(frozen=True, slots=True)
class EventView:
    """An event in an inbox: `zh` and `en` say it, `data` holds the figures, `subject_kind` and `subject_id` what it is about."""

    id: int
    kind: EventKind
    subject_kind: SubjectKind
    subject_id: int
    zh: str
    en: str
    data: dict[str, Any]
    occurred_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class UnreadCountView:
    """How many events are unread, counted up to `max_count`."""

    unread: int
    max_count: int


def list_events(inbox: Inbox, *, cursor: str = "", limit: int = 50) -> Page[EventView]:
    """The events of an inbox, the newest first."""
    page = paginate(
        _events_of(inbox),
        name=f"events.events:{inbox.face.value}:{inbox.owner_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    unread = sql.unread_ids(ids=[row.pk for row in page.items], person_id=inbox.person_id)
    return Page([_view(row, row.pk in unread) for row in page.items], page.next_cursor)


def count_unread(inbox: Inbox) -> UnreadCountView:
    unread = sql.count_unread(
        face=inbox.face.value, owner_id=inbox.owner_id, person_id=inbox.person_id, limit=MAX_UNREAD_COUNT
    )
    return UnreadCountView(unread, MAX_UNREAD_COUNT)


def count_events_since(kind: EventKind, subject_id: int, since: datetime) -> int:
    """How many events of a kind a subject has after an instant."""
    of_subject = Event.objects.filter(subject_kind=TERMS[kind].subject.value, subject_id=subject_id)
    return of_subject.filter(kind=kind.value, occurred_at__gt=since).count()


def _events_of(inbox: Inbox) -> QuerySet[Event]:
    match inbox.face:
        case Face.SHOP:
            own = Q(for_reseller=True, reseller_id=inbox.owner_id)
            joined_at = get_user_model().objects.filter(pk=inbox.person_id).values("created_at")
            return Event.objects.filter(own | Q(for_every_reseller=True, occurred_at__gte=joined_at))
        case Face.PORTAL:
            return Event.objects.filter(for_brand=True, brand_id=inbox.owner_id)
        case Face.CONSOLE:
            return Event.objects.filter(for_platform=True)


def _view(row: Event, is_unread: bool) -> EventView:
    kind, data = EventKind(row.kind), _DataOf(row.data)
    zh, en = sentences(kind, data)
    return EventView(
        id=row.pk,
        kind=kind,
        subject_kind=SubjectKind(row.subject_kind),
        subject_id=row.subject_id,
        zh=zh,
        en=en,
        data=dict(row.data),
        occurred_at=row.occurred_at,
        is_unread=is_unread,
    )


def sentences_of(events: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """What is said of events, in Chinese and in English, by their ids; those that were deleted for their age are left out."""
    rows = Event.objects.filter(pk__in=events).values_list("pk", "kind", "data")
    return {pk: sentences(EventKind(kind), _DataOf(data)) for pk, kind, data in rows}


def read_outbox(after: OutboxPosition, *, limit: int) -> list[OutboxEvent]:
    """The events that follow a position, each exactly once however transactions overlap (EVENT-6).

    Those of a transaction wait until every transaction that began before it is over.
    """
    return sql.outbox(after=after, limit=limit)


def end_of_outbox() -> OutboxPosition:
    """The position from which a channel starts that tells nothing of the past."""
    return sql.outbox_end()


class _DataOf(dict[str, object]):
    """The data of an event; a name that a sentence gained after the event was written reads as a dash."""

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__(data)

    def __missing__(self, name: str) -> str:
        return "—"


def missing_event_check(*, code: str, table: str, kind: EventKind, what: str, rows: str) -> Check:
    """The check that each of `rows` has its event of a kind (EVENT-1). `what` says in English what happened to the row.

    `rows` is a query of (id, subject_id, at): the row of `table`, the subject of the event, and when it happened, which is the time of the
    event. Rows from before the outbox, and those whose events were deleted for their age, are not looked at: they are older than the oldest
    event there is.
    """
    statement = f"""
        SELECT r.id, r.at FROM ({rows}) AS r(id, subject_id, at)
        LEFT JOIN events_event e ON e.subject_kind = %(subject)s AND e.subject_id = r.subject_id AND e.kind = %(kind)s
             AND e.occurred_at = r.at
        WHERE r.at > (SELECT min(occurred_at) + %(rolled_out)s::interval FROM events_event) AND e.id IS NULL
        """  # noqa: S608 - composed of constants
    parameters = {"subject": TERMS[kind].subject.value, "kind": kind.value, "rolled_out": _ROLLED_OUT_WITHIN}
    return Check(
        code, 7, table, f"it {what} at {{at}}, and there is no event {kind.value} of that", statement, parameters
    )


def event_subject_check(*, code: str, subjects: Mapping[SubjectKind, str]) -> Check:
    """The check that the subjects of events of these kinds exist, and that an event goes to the reseller and the brand of its subject.

    A query of `subjects` gives (id, reseller_id, brand_id) of the rows that an event may name, a brand of NULL where it has none.
    """
    rows = " UNION ALL ".join(
        f"SELECT '{kind.value}', id, reseller_id, brand_id FROM ({query}) AS s(id, reseller_id, brand_id)"  # noqa: S608
        for kind, query in subjects.items()
    )
    return fault_check(
        code,
        7,
        "events_event",
        f"e LEFT JOIN ({rows}) AS s(kind, id, reseller_id, brand_id) ON s.kind = e.subject_kind AND s.id = e.subject_id",
        """
        WHEN s.id IS NULL THEN 'there is no ' || e.subject_kind || ' ' || e.subject_id
        WHEN e.reseller_id <> s.reseller_id
            THEN 'it concerns reseller ' || e.reseller_id || ', its ' || e.subject_kind || ' reseller ' || s.reseller_id
        WHEN e.brand_id <> s.brand_id THEN 'it concerns brand ' || e.brand_id || ', its ' || e.subject_kind || ' brand ' || s.brand_id
        """,
        "changed_events(e.id) AND e.subject_kind = ANY(%(kinds)s)",
        kinds=[kind.value for kind in subjects],
    )


def event_ids_sql(kind: SubjectKind, ids: str) -> str:
    """The ids of the events about subjects of a kind, of which `ids` is a query; for the changes that the integrity checks look for."""
    return f"SELECT e.id FROM events_event e WHERE e.subject_kind = '{kind.value}' AND e.subject_id IN ({ids})"  # noqa: S608


CHANGED_IDS = {"events": "SELECT e.id FROM events_event e WHERE new(e)"}
"""What the integrity checks take for changed, by kind."""

TABLES_WITHOUT_DELETES: tuple[str, ...] = ()
"""Old events are deleted."""
