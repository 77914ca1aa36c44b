"""The load of a campaign: buyers who grab and pay, a clerk who uploads stock, and a clerk who ships by workbook, each in a thread.

Each insists: what was not answered, or answered with 429 or 503, is asked again under the same key, as an app on a phone does.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.installation import Installation, Seed, end_time_of_waiting
from tests.faults.journal import Grab, Journal

ANSWER_SECONDS = 30
PAUSE_SECONDS = 0.1
END_SECONDS = 240
"""A worker may be killed a second time in the lease of 60 seconds that a killed one left, and the sweep comes every 30."""
TO_BE_PAID, IS_HOT, ASKS_TWICE = 0.7, 0.25, 0.1
"""Shares of the grabs that are to be paid, that go for the goods of which there are few, and that are sent again once accepted."""
SKUS_OF_UPLOAD = 5
UNITS_OF_SKU = 7
CONSIGNMENTS_OF_UPLOAD = 20


class Lost(Exception):
    """No answer came: the connection broke or was refused."""


@dataclass
class Answer:
    status: int
    body: Any


@dataclass
class Client:
    """A program of one person, with a connection of its own."""

    address: str
    token: str
    journal: Journal
    _http: httpx.Client | None = field(default=None, repr=False)

    def ask(self, what: str, method: str, path: str, **options: Any) -> Answer:
        """One request. Raises Lost where there is no answer."""
        if self._http is None:
            self._http = httpx.Client(
                base_url=f"{self.address}/api/v1",
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=ANSWER_SECONDS,
            )
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as problem:
            self.close()
            self.journal.count(what, "lost")
            raise Lost from problem
        self.journal.count(what, answer.status_code)
        is_json = "json" in answer.headers.get("Content-Type", "")
        body = answer.json() if is_json else answer.text[:200]
        if answer.status_code >= 500 and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            self.journal.note_unexpected(f"{method} {path} → {answer.status_code}", body)
        return Answer(answer.status_code, body)

    def insist(self, what: str, method: str, path: str, **options: Any) -> Answer:
        """Ask until there is an answer that waiting would not change. Only for what may be asked again."""
        while True:
            try:
                answer = self.ask(what, method, path, **options)
            except Lost:
                pass
            else:
                if answer.status < 500 and answer.status != httpx.codes.TOO_MANY_REQUESTS:
                    return answer
            time.sleep(PAUSE_SECONDS * random.uniform(1, 3))

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None


class Load:
    """All clients of a campaign."""

    def __init__(self, installation: Installation, seed: Seed, *, random_seed: int) -> None:
        self.installation, self.seed, self.journal = installation, seed, Journal()
        self.stopping = threading.Event()
        self._random_seed = random_seed
        self.broken: list[str] = []

    @contextmanager
    def running(self, *, lets_time_pass: bool = True) -> Iterator[None]:
        """The load runs; at the end each client finishes what it has begun. Where no time passes, leases are over at once."""
        acts: list[Callable[[], None]] = [
            lambda number=number: self._buy(number)  # type: ignore[misc]
            for number in range(len(self.seed.buyers))
        ]
        threads = [
            threading.Thread(target=self._noting_faults, args=(act,)) for act in (*acts, self._stock, self._ship)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            if not lets_time_pass:
                end_time_of_waiting(self.installation)
            if not self.installation.wait(lambda: not any(thread.is_alive() for thread in threads), END_SECONDS):
                self.broken.append("a client did not end: it was never answered")

    def _noting_faults(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as problem:  # noqa: BLE001 - a client that ends early would make the load lighter than it is said to be
            self.broken.append(repr(problem))

    # -- buyers --------------------------------------------------------------------------------------------------------------------------

    def _buy(self, number: int) -> None:
        token, recipient_id = self.seed.buyers[number]
        chance = random.Random(f"{self._random_seed} {number}")
        client = Client(self.installation.address, token, self.journal)
        while not self.stopping.is_set():
            item_id = self.seed.hot_item if chance.random() < IS_HOT else chance.choice(self.seed.items)
            grab = Grab(number, uuid4().hex, item_id, chance.randint(1, 2), is_to_be_paid=chance.random() < TO_BE_PAID)
            with self.journal.lock:
                self.journal.grabs.append(grab)
            self._grab(client, grab, recipient_id)
            if grab.order_id and chance.random() < ASKS_TWICE:
                self._grab_again(client, grab, recipient_id)
            if grab.order_id and grab.is_to_be_paid:
                self._pay(client, grab)
        client.close()

    def _grab(self, client: Client, grab: Grab, recipient_id: int) -> None:
        answer = client.insist("grab", "POST", "/orders", json=_wanted(grab, recipient_id))
        if answer.status == httpx.codes.CREATED:
            grab.order_id, grab.total = answer.body["id"], answer.body["total"]
        else:
            grab.refused = answer.body["code"]

    def _grab_again(self, client: Client, grab: Grab, recipient_id: int) -> None:
        again = client.insist("grab", "POST", "/orders", json=_wanted(grab, recipient_id))
        if again.status != httpx.codes.CREATED or again.body["id"] != grab.order_id:
            self.journal.note_unexpected(f"the key of order {grab.order_id} again", again.body)

    def _pay(self, client: Client, grab: Grab) -> None:
        answer = client.insist("pay", "POST", f"/orders/{grab.order_id}/pay")
        if answer.status == httpx.codes.OK and answer.body["state"] == "paid":
            grab.paid = True
        else:
            grab.payment_refused = answer.body["code"]

    # -- clerks --------------------------------------------------------------------------------------------------------------------------

    def _stock(self) -> None:
        """Workbook after workbook: sent, read, applied."""
        client = Client(self.installation.address, self.seed.stock_clerk, self.journal)
        while not self.stopping.is_set():
            style = f"F{uuid4().hex[:10]}"
            lines = ["款号,品名,类目,颜色,尺码,条码,吊牌价,供货价,库存"]
            lines += [f"{style},圆领针织衫,毛衣,黑色,{size},,399.00,99.00,{UNITS_OF_SKU}" for size in "XSMLY"]
            upload_id = self._send(client, "/uploads", f"{style}.csv", "\n".join(lines))
            with self.journal.lock:
                self.journal.uploads[upload_id] = style
            view = self._wait(client, f"/uploads/{upload_id}", ("received", "reading"))
            if view["state"] == "preview":
                applied = client.insist("apply", "POST", f"/uploads/{upload_id}/apply", json={})
                if applied.status == httpx.codes.CONFLICT:
                    # Where the first answer was lost the second is told that it is applied.
                    view = client.insist("upload", "GET", f"/uploads/{upload_id}").body
                    if view["state"] != "applied":
                        self.journal.note_unexpected(f"apply upload {upload_id}", applied.body)
            elif view["state"] != "applied":
                self.journal.note_unexpected(f"upload {upload_id}", view)
        client.close()

    def _ship(self) -> None:
        """What waits to be shipped, workbook after workbook."""
        client = Client(self.installation.address, self.seed.clerk, self.journal)
        while not self.stopping.is_set():
            path = f"/consignments?state=to_ship&limit={CONSIGNMENTS_OF_UPLOAD}"
            waiting = client.insist("consignments", "GET", path).body["items"]
            if not waiting:
                self.stopping.wait(0.3)
                continue
            numbers = {each["id"]: f"SF{uuid4().int % 10**13:013}" for each in waiting}
            lines = ["发货单号,快递公司,快递单号", *(f"{place},顺丰,{number}" for place, number in numbers.items())]
            upload_id = self._send(client, "/shipping-uploads", f"{uuid4().hex}.csv", "\n".join(lines))
            with self.journal.lock:
                self.journal.shipping_uploads[upload_id] = numbers
            view = self._wait(client, f"/shipping-uploads/{upload_id}", ("received", "reading"))
            if view["state"] != "done":
                self.journal.note_unexpected(f"shipping upload {upload_id}", view)
        client.close()

    def _send(self, client: Client, path: str, name: str, text: str) -> int:
        """Send a file until it is known to be taken: where the answer is lost, the list of uploads tells."""
        while True:
            try:
                answer = client.ask("send", "POST", path, files={"file": (name, text.encode("utf-8-sig"), "text/csv")})
            except Lost:
                answer = Answer(0, None)
            if answer.status == httpx.codes.CREATED:
                return int(answer.body["id"])
            if 400 <= answer.status < 500 and answer.status not in (409, 429):
                self.journal.note_unexpected(f"POST {path} → {answer.status}", answer.body)
            taken = client.insist("uploads", "GET", f"{path}?limit=5").body["items"]
            for each in taken:
                if each["filename"] == name:
                    return int(each["id"])
            time.sleep(PAUSE_SECONDS)

    def _wait(self, client: Client, path: str, states: tuple[str, ...]) -> dict[str, Any]:
        """Poll an upload, as its page does, until it is in none of these states."""
        while True:
            view: dict[str, Any] = client.insist("upload", "GET", path).body
            if view["state"] not in states:
                return view
            time.sleep(PAUSE_SECONDS * 2)


def _wanted(grab: Grab, recipient_id: int) -> dict[str, Any]:
    return {
        "key": grab.key,
        "lines": [{"item_id": grab.item_id, "units": grab.units, "recipient_id": recipient_id}],
    }
