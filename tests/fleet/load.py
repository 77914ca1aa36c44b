"""People who grab, upload and look while machines of a fleet die, with a journal of what they were answered."""

import io
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import openpyxl

from demo.people import Person, Refused
from demo.walk_record import SignIn

RETRY_SECONDS = 0.3
GIVE_UP_SECONDS = 60.0
UPLOAD_SECONDS = 240.0
WORKBOOK_LINES = 4_000


@dataclass
class Journal:
    """What clients know: acknowledged grabs by key with the order's number and the moment, and what else was answered."""

    acknowledged: dict[str, tuple[int, float]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    troubles: list[tuple[float, str]] = field(default_factory=list)
    """Answers after which a client tried again: the moment, and the status or the error."""
    uploads: list[tuple[float, str]] = field(default_factory=list)
    """Seconds until an uploaded workbook was read, and how it ended."""
    pages: list[tuple[float, str, float]] = field(default_factory=list)
    """Pages that were looked at: the moment, the status or the error, and the seconds."""

    def longest_silence(self, since: float, until: float) -> float:
        """The longest time in a span in which no grab was acknowledged, in seconds."""
        moments = sorted(at for _, at in self.acknowledged.values() if since <= at <= until)
        edges = [since, *moments, until]
        return max(after - before for before, after in itertools.pairwise(edges))

    def troubles_between(self, since: float, until: float) -> Counter[str]:
        return Counter(what for at, what in self.troubles if since <= at <= until)


@contextmanager
def running(journal: Journal, clients: Sequence["Client"]) -> Iterator[None]:
    """Let clients work meanwhile; at the end each finishes what it has begun."""
    stopped = threading.Event()
    threads = [threading.Thread(target=client.work, args=(journal, stopped), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(max(GIVE_UP_SECONDS, UPLOAD_SECONDS) + 30)


class Client:
    def work(self, journal: Journal, stopped: threading.Event) -> None:
        raise NotImplementedError


class Buyer(Client):
    """Grabs one after another. What was not answered is asked for again with the same key, so it is ordered once."""

    def __init__(self, url: str, buyers: Sequence[Sequence[Any]], items: Sequence[int], pause: float = 0.0) -> None:
        self._url, self._buyers, self._items, self._pause = url, buyers, items, pause

    def work(self, journal: Journal, stopped: threading.Event) -> None:
        with httpx.Client(base_url=self._url, timeout=20) as http:
            for number in itertools.count():
                if stopped.is_set():
                    return
                token, recipient, _ = self._buyers[number % len(self._buyers)]
                line = {"item_id": self._items[number % len(self._items)], "units": 1, "recipient_id": recipient}
                self._grab(http, journal, token, {"key": secrets.token_hex(12), "lines": [line]})
                stopped.wait(self._pause)

    def _grab(self, http: httpx.Client, journal: Journal, token: str, body: dict[str, Any]) -> None:
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < give_up_at:
            try:
                answer = http.post("/api/v1/orders", json=body, headers={"Authorization": f"Bearer {token}"})
            except httpx.HTTPError as problem:
                journal.troubles.append((time.monotonic(), type(problem).__name__))
            else:
                if answer.status_code == 201:
                    journal.acknowledged[body["key"]] = (answer.json()["id"], time.monotonic())
                    return
                if answer.status_code < 500 and answer.status_code != 429:
                    journal.refused[answer.json()["code"]] += 1
                    return
                journal.troubles.append((time.monotonic(), _code(answer)))
            time.sleep(RETRY_SECONDS)
        journal.unanswered.append(body["key"])


class Uploader(Client):
    """A brand clerk who uploads workbooks one after another and waits until each is read."""

    def __init__(self, clerk: Person) -> None:
        self._clerk = clerk

    def work(self, journal: Journal, stopped: threading.Event) -> None:
        for number in itertools.count(1):
            if stopped.is_set():
                return
            began = time.monotonic()
            journal.uploads.append((0.0, "lost"))
            state = self._upload(f"尾货{number}.xlsx", _workbook(number), give_up_at=began + UPLOAD_SECONDS)
            journal.uploads[-1] = (time.monotonic() - began, state)

    def _upload(self, name: str, content: bytes, *, give_up_at: float) -> str:
        upload_id, state = 0, "not received"
        while time.monotonic() < give_up_at:
            try:
                if not upload_id:
                    upload_id = int(self._clerk.send_bytes("/uploads", name, content)["id"])
                state = self._clerk.get(f"/uploads/{upload_id}")["state"]
                if state not in ("received", "reading"):
                    self._clerk.post(f"/uploads/{upload_id}/cancel")
                    return str(state)
            except (httpx.HTTPError, Refused) as problem:
                if isinstance(problem, Refused) and "→ 5" not in str(problem):
                    return str(problem)[:200]
            time.sleep(RETRY_SECONDS)
        return f"still {state}"


class Visitor(Client):
    """Opens one page again and again."""

    def __init__(self, name: str, url: str, path: str, cookies: dict[str, str] | None = None) -> None:
        self.name = name
        self._url, self._path, self._cookies = url, path, cookies

    def open(self, times: int) -> None:
        """Open the page so often, without a pause. Raises httpx.HTTPStatusError where it cannot be."""
        with httpx.Client(base_url=self._url, timeout=20, cookies=self._cookies) as http:
            for _ in range(times):
                http.get(self._path).raise_for_status()

    def work(self, journal: Journal, stopped: threading.Event) -> None:
        with httpx.Client(base_url=self._url, timeout=20, cookies=self._cookies) as http:
            while not stopped.wait(0.2):
                began = time.monotonic()
                try:
                    told = str(http.get(self._path).status_code)
                except httpx.HTTPError as problem:
                    told = type(problem).__name__
                journal.pages.append((began, told, time.monotonic() - began))


def signed_in(url: str, sign_in: SignIn) -> dict[str, str]:
    """The cookies of somebody who has signed in on the page."""
    with httpx.Client(base_url=url, timeout=60, headers={"Origin": url}) as http:
        http.get("/sign-in/").raise_for_status()
        form = {
            "login": sign_in.login,
            "password": sign_in.password,
            "csrfmiddlewaretoken": http.cookies["csrftoken"],
        }
        answer = http.post("/sign-in/", data=form)
        if answer.status_code != 302:
            raise Refused(f"{sign_in.login} cannot sign in: {answer.status_code}")
        return {"sessionid": http.cookies["sessionid"]}


def _code(answer: httpx.Response) -> str:
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except ValueError:
        return f"{answer.status_code} of nginx"


def _workbook(number: int) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("尾货")
    sheet.append(["款号", "品名", "类目", "季节", "颜色", "尺码", "吊牌价（元）", "供货价（元）", "库存(件)"])
    for line in range(WORKBOOK_LINES):
        style = f"FL{number:03}{line // 10:04}"
        sheet.append([style, "羊毛大衣", "外套", "2026冬", f"色{line % 10}", "M", 1899, 398, 5])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()
