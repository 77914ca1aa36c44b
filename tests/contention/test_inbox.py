"""An event that is being written while somebody marks her inbox as read stays unread (EVENT-2)."""

import threading

import pytest
from django.db import connection, transaction

from config.inboxes import inbox_of
from events.models import Event, ReadPosition
from events.rules.kinds import EventKind
from events.selectors import count_unread, list_events
from events.services import EventDraft, mark_all_read, publish
from tests.builders import NOW, Marketplace

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_mark_all_read_leaves_an_event_unread_that_commits_later_with_a_lower_id() -> None:
    market = Marketplace()
    daigou = market.reseller()

    def paid(number: int) -> EventDraft:
        data: dict[str, str | int | bool | None] = {"order_id": number, "total": "1.00", "units": 1}
        return EventDraft(EventKind.ORDER_PAID, number, reseller_id=daigou.id, data=data)

    written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                publish([paid(1)], now=NOW)
                written.set()
                may_commit.wait(timeout=20)
        finally:
            connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert written.wait(timeout=20)
    with transaction.atomic():
        publish([paid(2)], now=NOW)
    mark_all_read(actor=daigou.actor, now=NOW)
    may_commit.set()
    slow.join(timeout=20)
    late, read = Event.objects.get(subject_id=1), Event.objects.get(subject_id=2)
    # The control: a mark by id alone would count the late event as read.
    assert late.pk < read.pk <= ReadPosition.objects.get(person_id=daigou.actor.own_id).last_event_id
    assert [(event.subject_id, event.is_unread) for event in list_events(inbox_of(daigou.actor)).items] == [
        (2, False),
        (1, True),
    ]
    assert count_unread(inbox_of(daigou.actor)).unread == 1
