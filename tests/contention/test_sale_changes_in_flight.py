"""A sale is extended, ended early or cancelled while grabs over HTTP are in flight.

Each grab is accepted before the change or refused after it.
"""

import http.client
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from flashsales.models import Sale, SaleItem
from flashsales.services import ending
from kernel import clock
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.orders import Order
from tests.builders import Marketplace, item_of, units_of
from tests.config.service import serving
from tests.contention.test_grabs_over_http import Client, database_url
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
BUYERS = 6
UNITS = 5000
LENGTH = timedelta(hours=48)
SECONDS_LEFT = timedelta(seconds=12)
"""Of a sale whose end is waited for, when the test begins."""


@pytest.fixture
def port() -> Iterator[int]:
    with serving(DATABASE_URL=database_url()) as port:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=60).close()  # waits until it has started
        yield port


class Buyers:
    """Members who grab without a pause, each over one connection. `answers`: when it was sent, and the code, "" where it was accepted."""

    def __init__(self, market: Marketplace, port: int, item_id: int) -> None:
        self.item_id, self.answers = item_id, list[tuple[float, str]]()
        self._clients = [Client(market.reseller(), port) for _ in range(BUYERS)]
        self._stopping = threading.Event()

    @contextmanager
    def grabbing(self) -> Iterator[None]:
        """At the end each has sent some more."""
        threads = [threading.Thread(target=self._grab, args=(each,)) for each in self._clients]
        for thread in threads:
            thread.start()
        while not self.answers and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        try:
            yield
        finally:
            time.sleep(0.5)
            self._stopping.set()
            for thread in threads:
                thread.join(60)
        assert not any(thread.is_alive() for thread in threads)

    def _grab(self, client: Client) -> None:
        headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
        line = {"item_id": self.item_id, "units": 1, "recipient_id": client.daigou.recipient_id}
        with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)) as sender:
            while not self._stopping.is_set():
                sent = time.monotonic()
                sender.request("POST", "/api/v1/orders", json.dumps({"key": uuid4().hex, "lines": [line]}), headers)
                answer = json.loads(sender.getresponse().read())
                self.answers.append((sent, answer.get("code", "")))

    @property
    def accepted(self) -> int:
        return sum(not code for _, code in self.answers)

    def codes_after(self, instant: float) -> set[str]:
        """The answers to what was sent after an instant."""
        return {code for sent, code in self.answers if sent > instant}


def cheap_item(market: Marketplace) -> tuple[int, int]:
    """A sale of one SKU, so cheap that no limit of unpaid orders is reached."""
    sku = market.sku(units=UNITS, tag_price_fen=2_00, base_price_fen=50)
    sale_id = market.sale(sku, item_limit=UNITS, limit_units=UNITS)
    return sale_id, item_of(sale_id, sku)


def assert_orders_are_what_was_accepted(buyers: Buyers) -> None:
    assert Order.objects.count() == OrderLine.objects.count() == buyers.accepted > 0
    assert units_of(buyers.item_id)[2] == buyers.accepted
    assert all_violations() == []


def test_grabs_in_flight_while_a_sale_is_ended_early(port: int) -> None:
    market = Marketplace(now=clock.now())
    sale_id, item_id = cheap_item(market)
    buyers = Buyers(market, port, item_id)
    with buyers.grabbing():
        ending.end_early(actor=market.ops, sale_id=sale_id, reason="测试", now=clock.now())
        ended = time.monotonic()
    assert buyers.codes_after(ended) == {"flashsales.not_live"}
    assert_orders_are_what_was_accepted(buyers)
    returned = SaleItem.objects.values_list("returned", flat=True).get(pk=item_id)
    assert returned == UNITS - buyers.accepted


def test_grabs_in_flight_while_a_sale_is_cancelled(port: int) -> None:
    """Either nobody has a unit and it is cancelled, or somebody has and it goes on."""
    market = Marketplace(now=clock.now())
    sale_id, item_id = cheap_item(market)
    buyers, refusals = Buyers(market, port, item_id), list[str]()

    def cancel() -> None:
        try:
            ending.cancel(actor=market.ops, sale_id=sale_id, reason="测试", now=clock.now())
        except Refusal as refusal:
            refusals.append(refusal.code)
        finally:
            connection.close()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with buyers.grabbing():
        canceller.join(30)
    state = Sale.objects.values_list("state", flat=True).get(pk=sale_id)
    if refusals:
        assert (refusals, state) == (["flashsales.has_orders"], "published")
        assert_orders_are_what_was_accepted(buyers)
    else:
        assert (state, buyers.accepted, Order.objects.count()) == ("cancelled", 0, 0)
        assert all_violations() == []


def test_grabs_in_flight_while_a_sale_is_extended_are_accepted_beyond_its_former_end(port: int) -> None:
    market = Marketplace(now=clock.now() - LENGTH + SECONDS_LEFT)
    sale_id, item_id = cheap_item(market)
    buyers = Buyers(market, port, item_id)
    with buyers.grabbing():
        former_end = Sale.objects.values_list("ends_at", flat=True).get(pk=sale_id)
        later = former_end + timedelta(hours=1)
        ending.extend(actor=market.ops, sale_id=sale_id, ends_at=later, reason="测试", now=clock.now())
        extended = time.monotonic()
        while clock.now() < former_end:
            time.sleep(0.1)
    assert buyers.codes_after(extended) == {""}
    assert Order.objects.filter(placed_at__gte=former_end).exists()
    assert_orders_are_what_was_accepted(buyers)


def test_grabs_in_flight_when_a_sale_ends_by_its_clock(port: int) -> None:
    """The control of the test above."""
    market = Marketplace(now=clock.now() - LENGTH + SECONDS_LEFT)
    sale_id, item_id = cheap_item(market)
    buyers = Buyers(market, port, item_id)
    end = Sale.objects.values_list("ends_at", flat=True).get(pk=sale_id)
    with buyers.grabbing():
        while clock.now() < end:
            time.sleep(0.1)
        ended = time.monotonic()
    assert buyers.codes_after(ended) == {"flashsales.not_live"}
    assert not Order.objects.filter(placed_at__gte=end).exists()
    assert_orders_are_what_was_accepted(buyers)
