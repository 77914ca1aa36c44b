"""Events that the clock brings about: one per subject and kind (EVENT-5); and the outbox in the order of transactions (EVENT-6)."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from config.inboxes import inbox_of
from events.models import Event
from events.rules.kinds import EventKind
from events.rules.outbox import OutboxEvent, OutboxPosition
from events.selectors import count_unread, end_of_outbox, list_events, read_outbox
from events.services import EventDraft, publish, publish_once
from flashsales.services.openings import announce_openings
from orders.services.deadlines import PAYMENT_SOON, SHIPPING_SOON, tell_of_payments_due, tell_of_shipping_due
from orders.services.payment import pay
from tests.builders import HOUR, NOW, Marketplace, item_of

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SECOND = timedelta(seconds=1)


def wish(number: int) -> EventDraft:
    return EventDraft(EventKind.WISH_CREATED, number, reseller_id=1, data={"wish_id": number, "units": 1})


def test_a_subject_is_told_of_once_per_kind() -> None:
    paid = EventDraft(EventKind.ORDER_PAID, 1, reseller_id=1, data={"order_id": 1, "total": "1.00", "units": 1})
    assert publish_once([wish(1), wish(1), wish(2), paid], now=NOW) == 3
    assert publish_once([wish(1), wish(3)], now=NOW + HOUR) == 1
    assert sorted(Event.objects.values_list("kind", "subject_id")) == [
        ("order_paid", 1), ("wish_created", 1), ("wish_created", 2), ("wish_created", 3),
    ]  # fmt: skip


@committed
@pytest.mark.contention
def test_workers_that_find_the_same_subject_at_once_tell_of_it_once() -> None:
    barrier, told = threading.Barrier(4), []

    def work() -> None:
        try:
            with transaction.atomic():
                barrier.wait(10)
                told.append(publish_once([wish(n) for n in range(1, 21)], now=NOW))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(20)
    assert (sorted(told), Event.objects.count()) == ([0, 0, 0, 20], 20)


def test_an_opened_sale_is_in_the_inbox_of_every_reseller_who_had_joined() -> None:
    market = Marketplace()
    daigou, other = market.reseller(), market.reseller()
    sale_id = market.sale(market.sku(), starts_at=NOW + HOUR)
    assert announce_openings(now=NOW + HOUR - SECOND) == 0
    assert announce_openings(now=NOW + HOUR) == 1
    assert announce_openings(now=NOW + HOUR + SECOND) == 0
    for each in (daigou, other):
        [event] = list_events(inbox_of(each.actor)).items
        assert (event.kind, event.subject_id, event.zh) == (
            EventKind.SALE_OPENED, sale_id, "专场「冬季尾货专场」开售了",
        )  # fmt: skip
        assert count_unread(inbox_of(each.actor)).unread == 1
    market.now = NOW + 2 * HOUR
    assert list_events(inbox_of(market.reseller().actor)).items == []
    assert count_unread(inbox_of(market.reseller().actor)).unread == 0
    assert list_events(inbox_of(market.clerk)).items == list_events(inbox_of(market.ops)).items == []


def test_a_sale_that_opened_long_ago_or_was_not_published_is_not_told_of() -> None:
    market = Marketplace()
    market.draft(market.sku())
    market.sale(market.sku())
    assert announce_openings(now=NOW + 2 * HOUR) == 0
    assert announce_openings(now=NOW + HOUR - SECOND) == 1


def test_a_payment_that_is_due_soon_is_told_once_and_a_paid_order_is_not() -> None:
    market = Marketplace()
    sku = market.sku()
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller(wallet_fen=1_000_00)
    late, paid = daigou.grab(item), daigou.grab(item)
    pay(actor=daigou.actor, order_id=paid.id, now=NOW)
    soon = late.pay_before - PAYMENT_SOON
    assert tell_of_payments_due(now=soon - SECOND) == 0
    assert tell_of_payments_due(now=soon + SECOND) == 1
    assert tell_of_payments_due(now=soon + 2 * SECOND) == 0
    event = Event.objects.get(kind="payment_due_soon")
    assert (event.subject_id, event.reseller_id, event.data) == (
        late.id, daigou.id, {"order_id": late.id, "total": "120.00", "minutes": 5},
    )  # fmt: skip
    assert tell_of_payments_due(now=late.pay_before) == 0


def test_a_shipment_that_is_due_soon_is_told_to_its_brand_once() -> None:
    market = Marketplace()
    sku = market.sku()
    market.paid_order(market.reseller(wallet_fen=1_000_00), item_of(market.sale(sku), sku))
    due = NOW + 24 * HOUR
    assert tell_of_shipping_due(now=due - SHIPPING_SOON - SECOND) == 0
    assert tell_of_shipping_due(now=due - SHIPPING_SOON) == 1
    assert tell_of_shipping_due(now=due - SECOND) == 0
    event = Event.objects.get(kind="shipping_due_soon")
    assert (event.brand_id, event.data["hours"]) == (market.brand_id, 4)


def wait_for_events(after: OutboxPosition, limit: int) -> tuple[list[OutboxEvent], OutboxPosition]:
    """What is read once the transactions of other databases of this server have ended too: PostgreSQL does not tell them apart."""
    for _ in range(200):
        found, position = read_all(after, limit)
        if found:
            return found, position
        time.sleep(0.05)
    pytest.fail("no event within ten seconds")


def read_all(after: OutboxPosition, limit: int) -> tuple[list[OutboxEvent], OutboxPosition]:
    found = read_outbox(after, limit=limit)
    last = found[-1] if found else None
    return found, after if last is None else OutboxPosition(last.transaction_id, last.id, after.database)


@committed
def test_an_event_of_a_transaction_that_lasts_is_read_neither_too_early_nor_never() -> None:
    start = end_of_outbox()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                publish([wish(1)], now=NOW)
                begun.set()
                go_on.wait(10)
        finally:
            connection.close()

    worker = threading.Thread(target=slow)
    worker.start()
    begun.wait(10)
    with transaction.atomic():
        publish([wish(2)], now=NOW)
    found, position = read_all(start, 10)
    assert found == []
    go_on.set()
    worker.join(10)
    found, position = wait_for_events(position, 1)
    assert [each.subject_id for each in found] == [1]
    found, position = wait_for_events(position, 1)
    assert [each.subject_id for each in found] == [2]
    assert read_all(position, 1)[0] == []
