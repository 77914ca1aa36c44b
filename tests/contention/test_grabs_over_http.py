"""Grabs over HTTP: they wait without a thread, are committed together, and each client gets the answer of its own (ORDER-17)."""

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.http import HttpRequest

from accounts.models import ApiToken, Person
from accounts.selectors import digest_of
from flashsales.models import SaleItem
from inventory.models import Sku
from kernel import clock
from orders.models.orders import Order
from orders.services.grab_queue import GrabNotAnswered
from tests.browser.sessions import BACKEND
from tests.builders import Daigou, Marketplace, item_of, units_of
from tests.config.service import serving
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
CLIENTS = 24


class Client:
    """A program of one reseller, with a token and a connection of its own."""

    def __init__(self, daigou: Daigou, port: int) -> None:
        self.daigou, self.port, self.token = daigou, port, uuid4().hex
        now = clock.now()
        ApiToken.objects.create(
            person_id=daigou.actor.own_id,
            label="test",
            digest=digest_of(self.token),
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
        self.answers: list[tuple[int, dict[str, str], dict[str, object]]] = []

    def grab(self, item_id: int, units: int = 1, *, key: str = "", hangs_up: bool = False) -> None:
        line = {"item_id": item_id, "units": units, "recipient_id": self.daigou.recipient_id}
        body = json.dumps({"key": key or uuid4().hex, "lines": [line]})
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as sender:
            sender.request("POST", "/api/v1/orders", body, headers)
            if hangs_up:
                return
            with closing(sender.getresponse()) as answer:
                received = {name.lower(): value for name, value in answer.getheaders()}
                self.answers.append((answer.status, received, json.loads(answer.read())))


class Phone:
    """The browser of one reseller, who is signed in."""

    def __init__(self, daigou: Daigou, port: int) -> None:
        self.daigou, self.port = daigou, port
        person = Person.objects.get(pk=daigou.actor.own_id)
        session = SessionStore()
        session.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: BACKEND})
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        self.cookies = {"sessionid": str(session.session_key), "csrftoken": uuid4().hex}
        self.location, self.message = "", ""

    def grab(self, item_id: int, sale_id: int, style_id: int, *, key: str = "") -> None:
        form = {
            "sale": sale_id, "style": style_id, "item": item_id, "units": 1, "recipient": self.daigou.recipient_id,
            "key": key or uuid4().hex, "csrfmiddlewaretoken": self.cookies["csrftoken"],
        }  # fmt: skip
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as sender:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
            sender.request("POST", "/shop/grab/", urlencode(form), headers)
            with closing(sender.getresponse()) as answer:
                assert answer.status == 302
                self.location = answer.getheader("Location", "")
                sent = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie", [])))
        request = HttpRequest()
        request.COOKIES = {name: morsel.value for name, morsel in sent.items()}
        self.message = " ".join(str(each) for each in CookieStorage(request))


@contextmanager
def in_threads(acts: list[threading.Thread]) -> Iterator[None]:
    for act in acts:
        act.start()
    yield
    for act in acts:
        act.join(60)
        assert not act.is_alive()


@pytest.fixture
def port() -> Iterator[int]:
    """A service with a single thread for requests, whose database is the one of this test."""
    with serving(DATABASE_URL=database_url(), WEICANG_WEB_THREADS="1") as port:
        yield port


def database_url() -> str:
    """The address of this test's database."""
    name = str(connection.settings_dict["NAME"])
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def test_grabs_that_wait_hold_no_thread_and_are_committed_together(port: int) -> None:
    market = Marketplace(now=clock.now())
    sku = market.sku(units=20)
    item = item_of(market.sale(sku), sku)
    clients = [Client(market.reseller(), port) for _ in range(CLIENTS)]
    clients[0].grab(item)  # so that the service has started
    with in_threads([threading.Thread(target=each.grab, args=(item,)) for each in clients[1:]]), transaction.atomic():
        SaleItem.objects.select_for_update().get(pk=item)
        time.sleep(4)  # they arrive meanwhile, on a busy machine too, and the only thread answers others
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as health:
            health.request("GET", "/health/live")
            assert health.getresponse().read()
    answers = [answer for each in clients for answer in each.answers]
    assert sorted(status for status, _, _ in answers) == [201] * 20 + [409] * (CLIENTS - 20)
    placed = {answer["id"] for status, _, answer in answers if status == 201}
    assert placed == set(Order.objects.values_list("pk", flat=True))
    assert {answer["code"] for status, _, answer in answers if status == 409} == {"flashsales.sold_out"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM orders_order")
        # The first, the one that waited for the lock, and those that came meanwhile; a busy machine delays a few of them.
        assert cursor.fetchone()[0] <= 6
    assert units_of(item) == (20, 0, 20, 0)
    assert all_violations() == []


def test_grabs_of_pages_hold_no_thread_either_and_say_what_came_of_them(port: int) -> None:
    market = Marketplace(now=clock.now())
    sku = market.sku(units=3)
    sale_id = market.sale(sku)
    item = item_of(sale_id, sku)
    style_id = Sku.objects.get(pk=sku).style_id
    phones = [Phone(market.reseller(), port) for _ in range(8)]
    phones[0].grab(item, sale_id, style_id)  # so that the service has started
    threads = [threading.Thread(target=each.grab, args=(item, sale_id, style_id)) for each in phones[1:]]
    with in_threads(threads), transaction.atomic():
        SaleItem.objects.select_for_update().get(pk=item)
        time.sleep(4)  # as above
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as health:
            health.request("GET", "/health/live")
            assert health.getresponse().read()
    orders = {f"/shop/orders/{pk}/": reseller_id for pk, reseller_id in Order.objects.values_list("pk", "reseller_id")}
    assert len(orders) == 3
    for phone in phones:
        if phone.location in orders:
            assert orders[phone.location] == phone.daigou.id
            assert phone.message == ""
        else:
            assert phone.location.startswith(f"/shop/sales/{sale_id}/styles/{style_id}/?item={item}")
            assert phone.message.startswith("手慢了：")
    assert sum(phone.location in orders for phone in phones) == 3
    assert units_of(item) == (3, 0, 3, 0)
    assert all_violations() == []


def test_the_page_repeats_a_grab_whose_outcome_is_not_known_with_the_same_key() -> None:
    market = Marketplace(now=clock.now())
    sku = market.sku(units=3)
    sale_id = market.sale(sku)
    item, style_id = item_of(sale_id, sku), Sku.objects.get(pk=sku).style_id
    with serving(DATABASE_URL=database_url(), WEICANG_WEB_THREADS="1", WEICANG_GRAB_WAIT_SECONDS="1") as port:
        phone = Phone(market.reseller(), port)
        with transaction.atomic():
            SaleItem.objects.select_for_update().get(pk=item)
            phone.grab(item, sale_id, style_id, key="of-the-page")
        assert phone.message == GrabNotAnswered.zh
        address = urlsplit(phone.location)
        assert address.path == f"/shop/sales/{sale_id}/styles/{style_id}/"
        [key] = parse_qs(address.query)["key"]
        phone.grab(item, sale_id, style_id, key=key)
    assert phone.location == f"/shop/orders/{Order.objects.get().pk}/"
    assert units_of(item) == (3, 2, 1, 0)


def test_the_answer_that_comes_later_is_the_one_of_the_endpoint(port: int) -> None:
    market = Marketplace(now=clock.now())
    sku = market.sku(units=5)
    item = item_of(market.sale(sku), sku)
    client = Client(market.reseller(), port)
    client.grab(item, key="once")
    client.grab(item, key="once")  # a retry needs the database
    client.grab(item, 9)
    [(status, headers, order), (repeated, _, same), (refused, refused_headers, refusal)] = client.answers
    assert (status, repeated, refused) == (201, 201, 409)
    assert order == same
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert len(headers["x-request-id"]) == 32
    assert refusal["request_id"] == refused_headers["x-request-id"]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as reader:
        reader.request("GET", f"/api/v1/orders/{order['id']}", headers={"Authorization": f"Bearer {client.token}"})
        assert json.loads(reader.getresponse().read()) == order


def test_retries_and_clients_that_hang_up_lose_no_order_and_double_none(port: int) -> None:
    market = Marketplace(now=clock.now())
    sku = market.sku(units=9)
    item = item_of(market.sale(sku, item_limit=1), sku)
    clients = [Client(market.reseller(), port) for _ in range(CLIENTS)]

    def insist(number: int) -> None:
        for attempt in range(3):
            clients[number].grab(item, key=f"key-{number}", hangs_up=attempt == 0 and number % 3 == 0)

    with in_threads([threading.Thread(target=insist, args=(number,)) for number in range(CLIENTS)]):
        pass
    orders = dict(Order.objects.values_list("reseller_id", "pk"))
    assert len(orders) == Order.objects.count() == 9
    for each in clients:
        placed = {answer["id"] for status, _, answer in each.answers if status == 201}
        assert placed <= {orders.get(each.daigou.id)}
    assert sum(bool([1 for status, _, _ in each.answers if status == 201]) for each in clients) == 9
    assert units_of(item) == (9, 0, 9, 0)
    assert all_violations() == []
