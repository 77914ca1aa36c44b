"""Many resellers come to a waiting room at the same instant: first a room without its guard, then the real one (SALE-24)."""

import functools
import threading
from datetime import datetime

import pytest
from django.db import transaction

from flashsales.models import RoomTicket, WaitingRoom
from flashsales.rules.waiting_room import EARLY, Place, interval_of
from flashsales.services import planning, publishing
from flashsales.services.waiting_room import set_waiting_room, take_place
from flashsales.sql.waiting_room import draw_ticket
from tests.builders import HOUR, NOW, Daigou, Marketplace
from tests.contention.concurrency import THREADS, run_concurrently, while_uncommitted
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

OPENS = NOW + HOUR
INTERVAL = interval_of(10)


def crowded(market: Marketplace) -> int:
    """A sale in preview that admits ten resellers per second from OPENS on."""
    draft = planning.schedule(
        actor=market.ops, brand_id=market.brand_id, title="等候专场", starts_at=OPENS, preview_at=NOW, now=NOW
    ).id
    lines = [planning.PlannedUnits(market.sku(), 9)]
    planning.add_items(actor=market.ops, sale_id=draft, lines=lines, now=NOW)
    set_waiting_room(actor=market.ops, sale_id=draft, admission_rate=10, now=NOW)
    publishing.publish(actor=market.ops, sale_id=draft, now=NOW)
    return draft


def draw_without_a_guard(sale_id: int, gate: threading.Barrier) -> datetime:
    """Look at the next place, think, write back."""
    with transaction.atomic():
        next_at = WaitingRoom.objects.get(sale=sale_id).next_admission_at or OPENS
        gate.wait(timeout=20)
        WaitingRoom.objects.filter(sale=sale_id).update(next_admission_at=next_at + INTERVAL)
        return next_at


def test_control_without_the_guard_many_get_the_same_place() -> None:
    sale_id = crowded(Marketplace())
    gate = threading.Barrier(THREADS)
    places = run_concurrently([lambda: draw_without_a_guard(sale_id, gate)] * THREADS)
    assert len(set(places)) < THREADS


def test_each_gets_a_place_of_her_own_and_who_came_early_goes_first() -> None:
    market = Marketplace()
    sale_id = crowded(market)
    daigous = [market.reseller() for _ in range(THREADS)]
    early = daigous[: THREADS // 2]
    for each in early:
        take_place(actor=each.actor, sale_id=sale_id, now=OPENS - EARLY)
    answers = run_concurrently([functools.partial(place_of, each, sale_id) for each in daigous])
    places = {
        each.id: place.admitted_from
        for each, place in zip(daigous, answers, strict=True)
        if isinstance(place, Place) and place.admitted_from is not None
    }
    assert sorted(places.values()) == [OPENS + number * INTERVAL for number in range(THREADS)]
    first = set(sorted(places, key=lambda reseller_id: places[reseller_id])[: len(early)])
    assert first == {each.id for each in early}
    assert all_violations() == []


def test_one_reseller_who_comes_many_times_at_once_has_one_ticket() -> None:
    market = Marketplace()
    sale_id = crowded(market)
    daigou = market.reseller()
    answers = run_concurrently([functools.partial(place_of, daigou, sale_id)] * THREADS)
    [ticket] = RoomTicket.objects.all()
    assert {place.admitted_from for place in answers if isinstance(place, Place)} == {ticket.admitted_from} == {OPENS}
    assert next_admission_at() == OPENS + INTERVAL


def test_control_two_unlocked_draws_of_one_reseller_take_two_places_from_the_queue() -> None:
    market = Marketplace()
    sale_id = crowded(market)
    draw = functools.partial(draw_unlocked, market.reseller(), sale_id)
    assert while_uncommitted(draw, draw) is None
    assert (RoomTicket.objects.count(), next_admission_at()) == (1, OPENS + 2 * INTERVAL)


@pytest.mark.parametrize("early", [0, 1])
def test_two_draws_of_one_reseller_take_one_place_from_the_queue(early: int) -> None:
    market = Marketplace()
    sale_id = crowded(market)
    for _ in range(early):
        take_place(actor=market.reseller().actor, sale_id=sale_id, now=OPENS - EARLY)
    draw = functools.partial(place_of, market.reseller(), sale_id)
    place = while_uncommitted(draw, draw)
    assert isinstance(place, Place)
    assert place.admitted_from == OPENS + early * INTERVAL
    assert (RoomTicket.objects.count(), next_admission_at()) == (1 + early, OPENS + (1 + early) * INTERVAL)


def draw_unlocked(daigou: Daigou, sale_id: int) -> datetime | None:
    return draw_ticket(sale_id=sale_id, reseller_id=daigou.id, opens_at=OPENS, interval=INTERVAL, now=OPENS)


def next_admission_at() -> datetime | None:
    return WaitingRoom.objects.get().next_admission_at


def place_of(daigou: Daigou, sale_id: int) -> Place | None:
    return take_place(actor=daigou.actor, sale_id=sale_id, now=OPENS)
