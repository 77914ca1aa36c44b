"""Writing events, and marking an inbox as read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from accounts.rules import Actor
from db.together import Write, run_together
from events import sql
from events.models import Event
from events.rules.kinds import EventKind, Face
from events.rules.outbox import KEPT_FOR, MAX_TEXT, PERSONAL_DATA
from events.rules.sentences import TERMS, missing_data
from events.sql import EventRow

_PURGE_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event to be published. `reseller_id` and `brand_id`: whom it concerns, None where nobody.

    `data` holds what the sentences of the kind name, as texts (money as yuan) and numbers, and what a link needs. It holds no name, phone
    or address of a customer: an event is read by people who must not see them (EVENT-3).
    """

    kind: EventKind
    subject_id: int
    reseller_id: int | None = None
    brand_id: int | None = None
    data: Mapping[str, str | int | bool | None] = field(default_factory=dict)


def publish(events: Sequence[EventDraft], *, now: datetime) -> None:
    """Write events in the transaction of the change that they tell of (EVENT-1): one statement for any number of them.

    A draft without the data that its sentences name, with personal data, or without the owner of an inbox that it goes to, is a bug and
    raises (EVENT-3, EVENT-4).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("events are written in the transaction of the change that they tell of")
    if events:
        run_together([events_write(events, now=now)])


def events_write(events: Sequence[EventDraft], *, now: datetime) -> Write:
    """What `publish` writes, for a service that runs its writes together. Raises as `publish` does."""
    return sql.events_write([_row(event) for event in events], now=now)


def publish_once(events: Sequence[EventDraft], *, now: datetime) -> int:
    """Publish those events whose subject has none of their kind yet; returns how many (EVENT-5).

    For what an instant brings about and no change: any number of workers may find the same subjects at the same time.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("events are written in the transaction of the change that they tell of")
    if not events:
        return 0
    sql.lock_publish_once()
    by_kind: dict[EventKind, dict[int, EventDraft]] = {}
    for event in events:
        by_kind.setdefault(event.kind, {})[event.subject_id] = event
    new: list[EventDraft] = []
    for kind, drafts in by_kind.items():
        known = sql.told(kind=kind.value, subject_kind=TERMS[kind].subject.value, ids=drafts.keys())
        new += [draft for subject_id, draft in drafts.items() if subject_id not in known]
    publish(new, now=now)
    return len(new)


@transaction.atomic
def mark_all_read(*, actor: Actor, now: datetime) -> None:
    """Everything that is in her inbox now is read; an event that is being written at this moment stays unread (EVENT-2)."""
    sql.mark_read(person_id=actor.own_id, now=now)


def purge_events(*, now: datetime) -> int:
    """Delete events older than `KEPT_FOR`; returns how many. In batches, so that no statement takes long."""
    total = 0
    while True:
        old = Event.objects.filter(occurred_at__lt=now - KEPT_FOR).order_by("occurred_at").values("pk")[:_PURGE_BATCH]
        deleted, _ = Event.objects.filter(pk__in=old).delete()
        total += deleted
        if deleted < _PURGE_BATCH:
            return total


def _row(event: EventDraft) -> EventRow:
    if personal := PERSONAL_DATA & event.data.keys():
        raise ValueError(f"an event {event.kind.value} holds personal data: {', '.join(sorted(personal))}")
    if missing := missing_data(event.kind, event.data):
        raise ValueError(f"an event {event.kind.value} lacks its data {', '.join(missing)}")
    terms = TERMS[event.kind]
    return EventRow(
        kind=event.kind.value,
        subject_kind=terms.subject.value,
        subject_id=event.subject_id,
        reseller_id=event.reseller_id,
        brand_id=event.brand_id,
        for_reseller=Face.SHOP in terms.faces and not terms.is_for_every_reseller,
        for_brand=Face.PORTAL in terms.faces,
        for_platform=Face.CONSOLE in terms.faces,
        for_every_reseller=terms.is_for_every_reseller,
        data={name: _bounded(value) for name, value in event.data.items()},
    )


def _bounded(value: object) -> object:
    return f"{value[: MAX_TEXT - 1]}…" if isinstance(value, str) and len(value) > MAX_TEXT else value
