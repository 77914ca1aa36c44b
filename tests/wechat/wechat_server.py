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

TEMPLATE = "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"
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
        self.messages: list[Answer] = []
        self.message_faults: list[str | int] = []
        self.openids = {"o-amy", "o-bea"}
        self.refusing: set[str] = set()
        self.codes: dict[str, str] = {}
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

    def answer_openid(self, query: dict[str, str]) -> Answer:
        if query.get("appid") != APP_ID or query.get("secret") != SECRET:
            return error(40013, "invalid appid")
        openid = self.codes.pop(query.get("code", ""), "")
        if not openid:
            return error(40029, "invalid code")
        return {"access_token": "web", "expires_in": 7200, "openid": openid, "scope": "snsapi_base"}

    def answer_message(self, document: Answer, query: dict[str, str], *, is_subscription: bool) -> Answer:
        """Send a message, but one that was sent with the same `client_msg_id` only once."""
        if not self.token or query.get("access_token") != self.token:
            return error(40001, "invalid credential, access_token is invalid or not latest")
        openid = document.get("touser")
        if openid not in self.openids:
            return error(40003, "invalid openid")
        if document.get("template_id") != TEMPLATE:
            return error(40037, "invalid template_id")
        if openid in self.refusing:
            return error(43101, "user refuse to accept the msg")
        if any(len(field["value"]) > 20 for name, field in document["data"].items() if name.startswith("thing")):
            return error(47003, "argument invalid! data.thing.value invalid")
        client_id = document.get("client_msg_id")
        sent = [each for each in self.messages if client_id and each.get("client_msg_id") == client_id]
        if not sent or is_subscription:
            self.messages.append(document)
        return {"errcode": 0, "errmsg": "ok", "msgid": len(self.messages)}


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
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._answer(parts.path, json.loads(body), query)

    def _answer(self, path: str, document: Answer, query: dict[str, str]) -> None:
        self.service.requests.append(path)
        fault = self.service.faults.pop(0) if self.service.faults else None
        if "/message/" in path and self.service.message_faults:
            fault = self.service.message_faults.pop(0)
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
        elif path == "/sns/oauth2/access_token":
            answer = self.service.answer_openid(query)
        elif path in ("/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"):
            answer = self.service.answer_message(document, query, is_subscription=path.endswith("bizsend"))
            if fault == "taken":
                self.close_connection = True
                return
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
