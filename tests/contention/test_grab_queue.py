"""Grabs that wait on the queue of a web process are committed together, and each gets its own outcome (ORDER-17)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from uuid import uuid4

import pytest
from django.db import DataError, OperationalError

from orders.models.orders import Order
from orders.rules.lines import Take
from orders.selectors.orders import OrderView
from orders.services import grab_queue
from orders.services.batches import GrabRequest, NotDecided, Outcome, place_batch
from orders.services.grab_queue import GrabNotAnswered, GrabQueue, TooManyGrabs
from orders.services.placing import GrabLine
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import THREADS, run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def request_of(daigou: Daigou, item_id: int, units: int = 1) -> GrabRequest:
    return GrabRequest([GrabLine(item_id, units, daigou.recipient_id)], uuid4().hex, Take.ALL, NOW, actor=daigou.actor)


def give_up(queue: GrabQueue, request: GrabRequest) -> None:
    with pytest.raises(GrabNotAnswered):
        queue.place(request)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many grabs each transaction had."""
    made: list[int] = []

    def place_and_note(requests: Sequence[GrabRequest]) -> list[Outcome]:
        made.append(len(requests))
        return place_batch(requests)

    monkeypatch.setattr(grab_queue, "place_batch", place_and_note)
    return made


@pytest.fixture
def new_queue() -> Iterator[Callable[..., GrabQueue]]:
    """Makes queues, and ends their writers after the test: each holds a connection."""
    made = []

    def make(*, max_waiting: int = 100, wait_seconds: float = 30) -> GrabQueue:
        made.append(GrabQueue(max_batch=64, max_waiting=max_waiting, wait_seconds=wait_seconds))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


def test_grabs_at_once_are_few_transactions_and_sell_exactly_what_is_there(
    sizes: list[int], new_queue: Callable[..., GrabQueue]
) -> None:
    market = Marketplace()
    sku = market.sku(units=5)
    item = item_of(market.sale(sku), sku)
    queue = new_queue()
    buyers = [market.reseller() for _ in range(THREADS)]
    outcomes = run_concurrently([partial(queue.place, request_of(buyer, item)) for buyer in buyers])
    placed = [outcome for outcome in outcomes if isinstance(outcome, OrderView)]
    assert len(placed) == 5 == Order.objects.count()
    assert units_of(item) == (5, 0, 5, 0)
    assert {order.id for order in placed} == set(Order.objects.values_list("pk", flat=True))
    assert sum(sizes) == THREADS
    assert len(sizes) < THREADS
    assert all_violations() == []


def test_two_queues_beside_each_other_sell_no_unit_twice(new_queue: Callable[..., GrabQueue]) -> None:
    """Two web processes: each has a writer of its own."""
    market = Marketplace()
    skus = [market.sku(units=3), market.sku(units=2)]
    sale_id = market.sale(*skus, limit_units=2)
    items = [item_of(sale_id, sku) for sku in skus]
    queues = [new_queue(), new_queue()]
    buyers = [market.reseller() for _ in range(THREADS)]
    acts = [
        partial(queues[number % 2].place, request_of(buyer, items[number // 2 % 2]))
        for number, buyer in enumerate(buyers)
    ]
    outcomes = run_concurrently(acts)
    assert sum(isinstance(outcome, OrderView) for outcome in outcomes) == 5
    assert [units_of(item) for item in items] == [(3, 0, 3, 0), (2, 0, 2, 0)]
    assert all_violations() == []


def test_a_grab_that_breaks_its_batch_harms_no_other(new_queue: Callable[..., GrabQueue]) -> None:
    market = Marketplace()
    sku = market.sku(units=99)
    item = item_of(market.sale(sku), sku)
    buyers = [market.reseller() for _ in range(4)]
    bad = request_of(buyers[0], 2**70)  # no bigint

    def outcome_of(request: GrabRequest) -> object:
        try:
            return queue.place(request)
        except DataError as error:
            return str(error)

    queue = new_queue()
    requests = [bad, *(request_of(buyer, item) for buyer in buyers[1:])]
    broken, *others = run_concurrently([partial(outcome_of, request) for request in requests])
    assert "out of range" in str(broken)
    assert all(isinstance(outcome, OrderView) for outcome in others)
    assert units_of(item)[2] == 3


def test_a_batch_that_a_lock_holds_up_is_left_to_its_threads(
    monkeypatch: pytest.MonkeyPatch, new_queue: Callable[..., GrabQueue]
) -> None:
    """The writer tries none of them again: each could wait as long, one after another, and all other grabs behind them."""
    market = Marketplace()
    buyers = [market.reseller() for _ in range(4)]
    calls: list[int] = []
    first_is_taken, others_wait = threading.Event(), threading.Event()

    def time_out(requests: Sequence[GrabRequest]) -> list[Outcome]:
        calls.append(len(requests))
        if len(calls) > 1:
            raise OperationalError("canceling statement due to statement timeout")
        first_is_taken.set()
        assert others_wait.wait(20)
        return [NotDecided(each.actor) for each in requests]

    monkeypatch.setattr(grab_queue, "place_batch", time_out)
    queue = new_queue()
    waiting = [queue.submit(request_of(buyers[0], 1))]
    assert first_is_taken.wait(20)
    waiting += [queue.submit(request_of(buyer, 1)) for buyer in buyers[1:]]
    others_wait.set()
    assert [each.result(20) for each in waiting] == [NotDecided(buyer.actor) for buyer in buyers]
    assert calls == [1, len(buyers) - 1]


def test_a_full_queue_refuses_at_once_and_a_slow_one_after_its_time(
    monkeypatch: pytest.MonkeyPatch, new_queue: Callable[..., GrabQueue]
) -> None:
    market = Marketplace()
    sku = market.sku(units=99)
    item = item_of(market.sale(sku), sku)
    buyer = market.reseller()
    may_go_on = threading.Event()
    begun = threading.Event()

    def place_later(requests: Sequence[GrabRequest]) -> list[Outcome]:
        begun.set()
        assert may_go_on.wait(30)
        return place_batch(requests)

    monkeypatch.setattr(grab_queue, "place_batch", place_later)
    queue = new_queue(max_waiting=2, wait_seconds=0.2)
    impatient = [threading.Thread(target=give_up, args=(queue, request_of(buyer, item))) for _ in range(3)]
    impatient[0].start()
    assert begun.wait(30)  # the writer has the first and waits
    for thread in impatient[1:]:
        thread.start()
    for thread in impatient:
        thread.join(10)
    with pytest.raises(TooManyGrabs) as refused:
        queue.place(request_of(buyer, item))
    assert refused.value.seconds_to_wait() == 1
    may_go_on.set()
    queue.close()
    # The one that was being placed stands, and its key finds it; those who gave up before were not placed.
    assert Order.objects.count() == 1
