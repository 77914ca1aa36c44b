"""Inboxes: what happened that concerns a reseller, a brand or the platform, the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from events import sql
from events.models import Event
from events.rules import MAX_UNREAD_COUNT, EventKind, Face, SubjectKind, sentences
from web.pagination import Page, paginate


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


def _events_of(inbox: Inbox) -> QuerySet[Event]:
    match inbox.face:
        case Face.SHOP:
            return Event.objects.filter(for_reseller=True, reseller_id=inbox.owner_id)
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


class _DataOf(dict[str, object]):
    """The data of an event; a name that a sentence gained after the event was written reads as a dash."""

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__(data)

    def __missing__(self, name: str) -> str:
        return "—"
