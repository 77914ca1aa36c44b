"""Who takes part in the demo: somebody signed in to the API, and the small things that the walk needs of people."""

import base64
import io
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from PIL import Image, ImageDraw

from demo.walk_record import SignIn


class Refused(Exception):
    """The service said no; the message tells to whom and what."""


class Person:
    """Somebody signed in to the API."""

    def __init__(self, base_url: str, sign_in: SignIn, stack: ExitStack) -> None:
        self.name = sign_in.person
        self._http = stack.enter_context(httpx.Client(base_url=f"{base_url}/api/v1", timeout=60))
        token = self.post("/tokens", {"login": sign_in.login, "password": sign_in.password, "label": "demo"})["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        return self._read(self._http.get(path, params=query))

    def post(self, path: str, body: Any = None) -> Any:
        return self._read(self._http.post(path, json={} if body is None else body))

    def put(self, path: str, body: Any) -> Any:
        return self._read(self._http.put(path, json=body))

    def send(self, path: str, file: Path) -> Any:
        with file.open("rb") as content:
            return self._read(self._http.post(path, files={"file": (file.name, content)}))

    def send_bytes(self, path: str, name: str, content: bytes) -> Any:
        return self._read(self._http.post(path, files={"file": (name, content)}))

    def file(self, path: str, **query: Any) -> bytes:
        answer = self._http.get(path, params=query)
        if answer.is_error:
            self._read(answer)
        return answer.content

    def send_photo(self, photo: bytes) -> Any:
        return self._read(self._http.post("/photos", files={"photos": ("photo.jpg", photo)}))

    def every(self, path: str, **query: Any) -> Iterator[Any]:
        """All rows of a list, page by page."""
        after: str | None = ""
        while after is not None:
            page = self.get(path, cursor=after, limit=100, **query)
            yield from page["items"]
            after = page["next_cursor"]

    def _read(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            told = answer.json() if "json" in answer.headers.get("content-type", "") else {"message": answer.text[:300]}
            raise Refused(
                f"{self.name}: {answer.request.method} {answer.request.url.path} → {answer.status_code} {told}"
            )
        return answer.json() if answer.content else None


def hold(true: object, what: str) -> None:
    if not true:
        raise Refused(f"it should be that {what}")


def set_up_one_time_codes(person: Person, password: str) -> None:
    """As somebody with an authenticator app does; `manage.py one_time_code` then tells the codes of the demo's people."""
    secret = base64.b32decode(person.post("/me/one-time-code", {"password": password})["secret"])
    code = TOTP(secret, 6, SHA1(), 30).generate(int(time.time())).decode()  # noqa: S303 - what authenticator apps use
    hold(person.post("/me/one-time-code/confirm", {"code": code})["recovery_codes"], "there are recovery codes")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def soon() -> str:
    return datetime.now(UTC).isoformat()


def new_password() -> str:
    return f"wc-{secrets.token_urlsafe(9)}"


def photo_of_a_fault() -> bytes:
    """What a telephone would send: a garment with a loose thread."""
    picture = Image.new("RGB", (900, 1200), "#6b7a5e")
    ImageDraw.Draw(picture).line([(200, 900), (430, 700), (410, 1010), (650, 830)], fill="#e9e4d4", width=9)
    packed = io.BytesIO()
    picture.save(packed, "JPEG")
    return packed.getvalue()
