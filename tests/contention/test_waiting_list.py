"""Units that come back while people grab and ask: nobody takes one past somebody who waits (SALE-13)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest

from flashsales.models import Reservation, WaitingEntry
from flashsales.services import units as flashsales_units
from flashsales.services.reservations import decline, expire_reservations, reserve_what_was_missed
from flashsales.services.units import SoldOut
from flashsales.services.waiting_list import NotSoldOut, WaitingLine, ask_for, withdraw
from orders.selectors.orders import OrderView
from orders.services.grab import cancel_unpaid, expire_unpaid
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

MINUTE = timedelta(minutes=1)


class Queue:
    """A size of which every unit is held by somebody else, with resellers who wait and strangers who do not."""

    def __init__(self, *, units: int, waiting: int, strangers: int) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=units, base_price_fen=10_00)
        self.item = item_of(self.market.sale(sku), sku)
        self.holders = [self.market.reseller() for _ in range(units)]
        self.orders = [holder.grab(self.item, 1).id for holder in self.holders]
        self.waiting = [self.market.reseller() for _ in range(waiting)]
        for number, daigou in enumerate(self.waiting):
            self.ask(daigou, NOW + MINUTE * number / 100)
        self.strangers = [self.market.reseller() for _ in range(strangers)]

    def ask(self, daigou: Daigou, at: datetime = NOW) -> list[int]:
        return ask_for(actor=daigou.actor, lines=[WaitingLine(self.item, 1)], now=at)

    def gives_back(self, number: int) -> Callable[[], object]:
        actor, order_id = self.holders[number].actor, self.orders[number]
        return partial(cancel_unpaid, actor=actor, order_id=order_id, now=NOW + MINUTE)

    def grabs(self, daigou: Daigou) -> Callable[[], OrderView]:
        """Tries for a while, as a page that is tapped again and again."""

        def attempt() -> OrderView:
            for number in range(20):
                with suppress(SoldOut):
                    return daigou.grab(self.item, 1, key=f"try-{daigou.id}-{number}", now=NOW + 2 * MINUTE)
            return daigou.grab(self.item, 1, key=f"try-{daigou.id}-last", now=NOW + 2 * MINUTE)

        return attempt


@pytest.fixture
def without_reserving(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The control: units that come back are not reserved in the transaction that brings them back."""
    monkeypatch.setattr(flashsales_units, "reserve_for_waiting", lambda **_: 0)
    return iter(())


def race(queue: Queue) -> tuple[int, list[int]]:
    """Two units come back while six strangers grab; how many strangers got one, and for whom units are reserved."""
    acts = [*map(queue.gives_back, range(2)), *map(queue.grabs, queue.strangers)]
    answers = run_concurrently(acts)
    got = [answer for answer in answers[2:] if isinstance(answer, OrderView)]
    rows = Reservation.objects.filter(item_id=queue.item, ended_at=None)
    return len(got), sorted(rows.values_list("reseller_id", flat=True))


def test_a_unit_that_comes_back_is_grabbed_past_who_waits_without_the_guard(without_reserving: None) -> None:
    assert race(Queue(units=2, waiting=2, strangers=6)) == (2, [])


def test_no_stranger_grabs_a_unit_that_comes_back_while_somebody_waits() -> None:
    queue = Queue(units=2, waiting=2, strangers=6)
    assert race(queue) == (0, sorted(each.id for each in queue.waiting))
    orders = run_concurrently([queue.grabs(each) for each in queue.waiting])
    assert all(isinstance(order, OrderView) for order in orders)
    assert units_of(queue.item) == (2, 0, 2, 0)
    assert [violation.what for violation in all_violations()] == []


def test_asking_and_coming_back_at_once_leave_no_available_unit_beside_an_entry() -> None:
    for _ in range(3):
        queue = Queue(units=3, waiting=0, strangers=3)
        answers = run_concurrently(
            [*map(queue.gives_back, range(3)), *(partial(queue.ask, each) for each in queue.strangers)]
        )
        refused = [answer for answer in answers[3:] if isinstance(answer, NotSoldOut)]
        waiting = WaitingEntry.objects.filter(item_id=queue.item).count()
        reserved = Reservation.objects.filter(item_id=queue.item, ended_at=None).count()
        assert (waiting, reserved) == (3 - len(refused), 3 - len(refused))
        assert units_of(queue.item) == (3, len(refused), 3 - len(refused), 0)
        assert [violation.what for violation in all_violations()] == []


def test_lapsing_declining_withdrawing_and_ordering_one_reservation_at_once_end_it_once() -> None:
    queue = Queue(units=1, waiting=2, strangers=1)
    first, second = queue.waiting
    queue.gives_back(0)()
    reservation = Reservation.objects.get()
    entry = WaitingEntry.objects.get(reseller=first.id)
    late = NOW + 16 * MINUTE
    run_concurrently(
        [
            partial(expire_reservations, now=late),
            partial(expire_reservations, now=late),
            partial(reserve_what_was_missed, now=late),
            partial(decline, actor=first.actor, reservation_id=reservation.pk, now=NOW + 2 * MINUTE),
            partial(withdraw, actor=first.actor, entry_id=entry.pk, now=NOW + 2 * MINUTE),
            queue.grabs(first),
            queue.grabs(queue.strangers[0]),
        ]
    )
    reservation.refresh_from_db()
    assert reservation.ended_at is not None
    held = Reservation.objects.filter(ended_at=None)
    if reservation.outcome == "taken":
        assert (held.count(), units_of(queue.item)) == (0, (1, 0, 1, 0))
    else:
        assert [row.reseller_id for row in held] == [second.id]
    assert [violation.what for violation in all_violations()] == []


def test_expiring_carts_of_people_who_wait_for_each_other_deadlock_nobody() -> None:
    """Each of two members holds what the other waits for, in one sale: both releases write the tally of the other."""
    market = Marketplace()
    skus = [market.sku(units=1, base_price_fen=10_00) for _ in range(2)]
    sale = market.sale(*skus)
    items = [item_of(sale, sku) for sku in skus]
    people = [market.reseller() for _ in range(2)]
    for item, daigou in zip(items, people, strict=True):
        daigou.grab(item, 1)
    for item, daigou in zip(items, reversed(people), strict=True):
        ask_for(actor=daigou.actor, lines=[WaitingLine(item, 1)], now=NOW)
    run_concurrently([partial(expire_unpaid, now=NOW + 15 * MINUTE)] * 4)
    expire_unpaid(now=NOW + 15 * MINUTE)
    assert [units_of(item) for item in items] == [(1, 0, 1, 0)] * 2
    assert Reservation.objects.filter(ended_at=None).count() == 2
    assert [violation.what for violation in all_violations()] == []
