"""From the outbox of events to notices: one row per event, person and channel (NOTICE-1, NOTICE-2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.rules import Role
from accounts.selectors import active_person_ids, people_of_audit_entries
from brands.selectors.brands import clerk_ids_of_brands
from events.rules.kinds import EventKind, SubjectKind
from events.rules.outbox import OutboxEvent, OutboxPosition
from events.selectors import end_of_outbox, read_outbox
from membership.selectors.people import person_ids_of_resellers
from notices.models import Notice, OutboxReader, Preference
from notices.rules import TOPICS, Channel, Choices, Topic, due_at
from notices.selectors.own import choices_of

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Wanted:
    person_id: int
    channel: str
    is_reseller: bool


@transaction.atomic
def write_notices(*, now: datetime, limit: int = BATCH) -> int:
    """Write the notices of the next events of the outbox and move the position behind them, in one transaction; returns how many events.

    The first run, and the first one in another database than before, starts behind everything that is over, and tells nothing of the past.
    While another worker reads, this one reads nothing.
    """
    end = end_of_outbox()
    OutboxReader.objects.get_or_create(
        pk=1,
        defaults={"transaction_id": end.transaction_id, "event_id": end.event_id, "database": end.database},
    )
    reader = OutboxReader.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if reader is None:
        return 0
    if reader.database != end.database:
        _move(reader, end)
        return 0
    position = OutboxPosition(reader.transaction_id, reader.event_id, reader.database)
    events = read_outbox(position, limit=limit)
    if not events:
        return 0
    Notice.objects.bulk_create(_notices(events, now), batch_size=1000, ignore_conflicts=True)
    _move(reader, OutboxPosition(events[-1].transaction_id, events[-1].id, reader.database))
    return len(events)


def _move(reader: OutboxReader, position: OutboxPosition) -> None:
    reader.transaction_id, reader.event_id, reader.database = (
        position.transaction_id, position.event_id, position.database,
    )  # fmt: skip
    reader.save(update_fields=["transaction_id", "event_id", "database"])


def _notices(events: Sequence[OutboxEvent], now: datetime) -> Iterable[Notice]:
    people = _concerned(events)
    wanted = _wanted(events, people)
    choices = choices_of({each.person_id for found in wanted.values() for each in found})
    for event in events:
        topic = TOPICS[EventKind(event.kind)]
        for each in wanted.get(topic, ()):
            if each.person_id in people[event.id] or (event.for_every_reseller and each.is_reseller):
                yield _notice(event, topic, each, choices.get(each.person_id, Choices()), now)


def _notice(event: OutboxEvent, topic: Topic, wanted: _Wanted, choices: Choices, now: datetime) -> Notice:
    due = due_at(now, topic=topic, choices=choices)
    return Notice(
        event_id=event.id,
        person_id=wanted.person_id,
        channel=Channel(wanted.channel).value,
        topic=topic.value,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        occurred_at=event.occurred_at,
        created_at=now,
        due_at=due,
        next_attempt_at=due,
    )


def _concerned(events: Sequence[OutboxEvent]) -> Mapping[int, frozenset[int]]:
    """Who stands behind the inboxes of each event: the reseller, the clerks of the brand, ops and finance. Of codes only whose they are."""
    resellers = person_ids_of_resellers({e.reseller_id for e in events if e.for_reseller and e.reseller_id})
    clerks = clerk_ids_of_brands({e.brand_id for e in events if e.for_brand and e.brand_id})
    platform = active_person_ids(Role.OPS, Role.FINANCE) if any(e.for_platform for e in events) else []
    codes = people_of_audit_entries([e.subject_id for e in events if e.subject_kind == SubjectKind.CODE_CHANGE.value])
    found = {}
    for event in events:
        people: set[int] = set()
        if event.for_reseller and event.reseller_id in resellers:
            people.add(resellers[event.reseller_id])
        if event.for_brand and event.brand_id is not None:
            people.update(clerks.get(event.brand_id, ()))
        if event.subject_kind == SubjectKind.CODE_CHANGE.value:
            people.update({codes[event.subject_id]} & set(platform))
        elif event.for_platform:
            people.update(platform)
        found[event.id] = frozenset(people)
    return found


def _wanted(events: Sequence[OutboxEvent], people: Mapping[int, frozenset[int]]) -> Mapping[Topic, list[_Wanted]]:
    """Who wants the topics of these events, and by which channels: those who are concerned, and for events for everybody all."""
    topics = {TOPICS[EventKind(event.kind)].value for event in events}
    for_everybody = {TOPICS[EventKind(event.kind)].value for event in events if event.for_every_reseller}
    rows = Preference.objects.filter(
        Q(person__in=frozenset().union(*people.values())) | Q(topic__in=for_everybody),
        topic__in=topics,
        off_at=None,
        person__is_active=True,
    )
    found: dict[Topic, list[_Wanted]] = {}
    for person_id, topic, channel, role in rows.values_list("person_id", "topic", "channel", "person__role"):
        found.setdefault(Topic(topic), []).append(_Wanted(person_id, channel, role == Role.RESELLER.value))
    return found
