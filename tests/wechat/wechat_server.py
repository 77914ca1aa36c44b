"""A server on the loopback that stands in for the WeChat platform: tokens that end, tickets, and the errors of the real one.

It is written from the description of the API and shares no code with our client. Faults are queued and happen once each.
"""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

APP_ID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"

Answer = dict[str, Any]


class WeChat:
    """What the platform granted, what it was asked, and which faults come next."""

    def __init__(self) -> None:
        self.url = ""
        self.forget()

    def forget(self) -> None:
        self.token = self.ticket = ""
        self.seconds = 7200
        self.requests: list[str] = []
        self.faults: list[str | int] = []

    def end_token(self) -> None:
        """The token ends before its time, as it does when the account's secret is changed."""
        self.token = ""

    def answer_token(self, document: Answer) -> Answer:
        if document.get("appid") != APP_ID:
            return error(40013, "invalid appid")
        if document.get("secret") != SECRET:
            return error(40125, "invalid appsecret")
        if document.get("grant_type") != "client_credential":
            return error(40002, "invalid grant_type")
        self.token = self.token or secrets.token_urlsafe(64)
        return {"access_token": self.token, "expires_in": self.seconds}

    def answer_ticket(self, query: dict[str, str]) -> Answer:
        if not self.token or query.get("access_token") != self.token:
            return error(40001, "invalid credential, access_token is invalid or not latest")
        if query.get("type") != "jsapi":
            return error(40097, "invalid args")
        self.ticket = self.ticket or secrets.token_urlsafe(48)
        return {"errcode": 0, "errmsg": "ok", "ticket": self.ticket, "expires_in": self.seconds}


def error(code: int, text: str) -> Answer:
    return {"errcode": code, "errmsg": f"{text} rid: 674b1c3e-0f2a4d11-5f0c2a1e"}


class _Handler(BaseHTTPRequestHandler):
    service: WeChat

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._answer(parts.path, {}, query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(urlsplit(self.path).path, json.loads(body), {})

    def _answer(self, path: str, document: Answer, query: dict[str, str]) -> None:
        self.service.requests.append(path)
        fault = self.service.faults.pop(0) if self.service.faults else None
        if fault == "closed":
            self.close_connection = True
            return
        if fault == "html":
            self._send(200, b"<html>502 Bad Gateway</html>")
            return
        if fault == "down":
            self._send(502, b"")
            return
        if isinstance(fault, int):
            answer = error(fault, "system error")
        elif path == "/cgi-bin/stable_token":
            answer = self.service.answer_token(document)
        elif path == "/cgi-bin/ticket/getticket":
            answer = self.service.answer_ticket(query)
        else:
            self._send(404, b"")
            return
        self._send(200, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def run() -> Iterator[WeChat]:
    service = WeChat()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
