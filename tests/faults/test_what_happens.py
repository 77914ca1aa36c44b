"""What docs/what-happens-when.md says of each fault, tried on a running service."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import httpx
import psycopg
import pytest
import redis

from tests.faults.installation import Installation, Seed, rows

pytestmark = [pytest.mark.faults, pytest.mark.slow]
Installed = tuple[Installation, Seed]
POOL_SECONDS = 3
"""So long a request waits for a connection to the database (decision 72)."""


def grab(installed: Installed, *, buyer: int = 0, key: str = "") -> httpx.Response:
    installation, seed = installed
    token, recipient_id = seed.buyers[buyer]
    lines = [{"item_id": seed.items[0], "units": 1, "recipient_id": recipient_id}]
    return httpx.post(
        f"{installation.address}/api/v1/orders",
        json={"key": key or uuid4().hex, "lines": lines},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


@contextmanager
def grabbing(installed: Installed) -> Iterator[list[httpx.Response]]:
    """Each buyer sends one grab after another, none of them twice."""
    answers: list[httpx.Response] = []
    stopping = threading.Event()

    def grab_on(buyer: int) -> None:
        while not stopping.is_set():
            answers.append(grab(installed, buyer=buyer))

    threads = [threading.Thread(target=grab_on, args=(buyer,)) for buyer in range(len(installed[1].buyers))]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stopping.set()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def assert_refused_for_a_moment(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["Retry-After"]) > 0


def assert_orders_are(installed: Installed, accepted: list[httpx.Response], before: int) -> None:
    orders = rows(installed[0], "SELECT id FROM orders_order ORDER BY id")
    assert len(orders) - before == len(accepted) > 0
    assert {answer.json()["id"] for answer in accepted} <= {order for (order,) in orders}


def count_orders(installed: Installed) -> int:
    return int(rows(installed[0], "SELECT count(*) FROM orders_order")[0][0])


def test_postgres_that_stands_still_for_3_seconds_delays_grabs_and_refuses_none(installed: Installed) -> None:
    installation, before = installed[0], count_orders(installed)
    with grabbing(installed) as answers:
        time.sleep(1)
        with installation.paused(*installation.processes_of_postgres()):
            time.sleep(3)
        time.sleep(1)
    assert {answer.status_code for answer in answers} == {201}
    assert max(answer.elapsed.total_seconds() for answer in answers) > 2
    assert_orders_are(installed, answers, before)


def test_postgres_that_was_away_is_found_as_soon_as_it_is_back(installed: Installed) -> None:
    """The pool's pauses between attempts double: by itself it would find PostgreSQL up to 16 seconds later."""
    installation = installed[0]
    installation.kill_postgres()
    give_up_at = time.monotonic() + 16
    while time.monotonic() < give_up_at:
        answer = grab(installed)
        assert_refused_for_a_moment(answer, "request.database_away")
        assert answer.elapsed.total_seconds() < POOL_SECONDS + 3
    installation.start_postgres()
    assert installation.wait_until_serving(installed[1]) < POOL_SECONDS


def test_requests_while_postgres_has_no_connection_left_are_refused_for_a_moment(installed: Installed) -> None:
    installation, seed = installed
    with ExitStack() as stack:
        with psycopg.connect(installation.database_url, autocommit=True) as superuser:
            # Those of the service end, and are taken before it connects again.
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            taken = take_all_connections(stack, installation)
        taken += take_all_connections(stack, installation)
        assert taken > 100
        answers = [grab(installed) for _ in range(4)]
    # The first may have met the end of its connection.
    for answer in answers:
        assert_refused_for_a_moment(answer, "request.database_away")
        assert answer.elapsed.total_seconds() < POOL_SECONDS + 3
    assert installation.wait_until_serving(seed) < POOL_SECONDS
    assert grab(installed).status_code == 201


def test_redis_that_is_emptied_costs_no_grab_and_no_upload(installed: Installed) -> None:
    installation, seed = installed
    headers = {"Authorization": f"Bearer {seed.stock_clerk}"}
    text = (
        f"款号,品名,类目,颜色,尺码,条码,吊牌价,供货价,库存\nR{uuid4().hex[:8]},圆领针织衫,毛衣,黑色,M,,399.00,99.00,3"
    )
    before = count_orders(installed)
    with grabbing(installed) as answers:
        sent = httpx.post(
            f"{installation.address}/api/v1/uploads", headers=headers, files={"file": ("库存.csv", text.encode())}
        )
        with redis.Redis.from_url(installation.redis_url) as connection:
            connection.flushall()
        time.sleep(1)
    assert sent.status_code == 201
    assert {answer.status_code for answer in answers} == {201}
    assert_orders_are(installed, answers, before)
    assert installation.wait(state_is(installation, "inventory_upload", sent.json()["id"], "preview"), 100)


def test_grabs_go_on_while_redis_is_away(installed: Installed) -> None:
    installation, before = installed[0], count_orders(installed)
    with grabbing(installed) as answers:
        installation.kill_valkey()
        time.sleep(3)
    installation.start_valkey()
    assert {answer.status_code for answer in answers} == {201}
    assert_orders_are(installed, answers, before)


def take_all_connections(stack: ExitStack, installation: Installation) -> int:
    """Open connections until PostgreSQL has none left; they stay open until the stack is closed. Gives how many."""
    for taken in itertools.count():
        try:
            stack.enter_context(psycopg.connect(installation.database_url))
        except psycopg.OperationalError as full:
            if "too many clients" not in str(full):
                raise
            return taken
    raise AssertionError("count does not end")


def state_is(installation: Installation, table: str, number: int, state: str) -> Callable[[], bool]:
    return lambda: rows(installation, f"SELECT state FROM {table} WHERE id = {number}") == [(state,)]
