"""A server on the loopback that stands in for Alibaba Cloud's SMS service: it verifies signatures, nonces, templates and numbers.

It is written from the description of the API and shares no code with our client. Faults are queued and happen once each.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

KEY_ID, KEY_SECRET, SIGN_NAME = "LTAI5tExample", "secret-0123456789", "尾仓"
TEMPLATES = {"SMS_1": {"topic", "count"}, "SMS_2": {"code"}}

Answer = dict[str, Any]


class SmsService:
    """Messages that were taken, and which faults come next: a code, "down", "cut" (before) or "taken-cut" (after it was taken)."""

    def __init__(self) -> None:
        self.url = ""
        self.forget()

    def forget(self) -> None:
        self.messages: list[Answer] = []
        self.faults: list[str] = []
        self.nonces: set[str] = set()

    def answer(self, form: dict[str, str]) -> tuple[int, Answer]:
        refused = self.refused(form)
        if refused:
            return refused
        code = self.faults.pop(0) if self.faults and self.faults[0].startswith(("isv.", "isp.")) else ""
        if code:
            return 200, {"Code": code, "Message": "…", "RequestId": "F1"}
        if not re.fullmatch("1[3-9][0-9]{9}", form["PhoneNumbers"]):
            return 200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "…", "RequestId": "F1"}
        if form["SignName"] != SIGN_NAME:
            return 200, {"Code": "isv.SMS_SIGNATURE_ILLEGAL", "Message": "…", "RequestId": "F1"}
        variables = json.loads(form["TemplateParam"])
        if TEMPLATES.get(form["TemplateCode"]) != set(variables):
            return 200, {"Code": "isv.TEMPLATE_MISSING_PARAMETERS", "Message": "…", "RequestId": "F1"}
        self.messages.append({"to": form["PhoneNumbers"], "id": form["OutId"], **variables})
        return 200, {"Code": "OK", "Message": "OK", "BizId": f"9006197469364984{len(self.messages)}", "RequestId": "F1"}

    def refused(self, form: dict[str, str]) -> tuple[int, Answer] | None:
        if form.get("AccessKeyId") != KEY_ID:
            return 404, {"Code": "InvalidAccessKeyId.NotFound"}
        given = form.pop("Signature", "")
        pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in form.items())
        text = "POST&%2F&" + quote("&".join(f"{name}={value}" for name, value in pairs), safe="~")
        made = base64.b64encode(hmac.digest(f"{KEY_SECRET}&".encode(), text.encode(), hashlib.sha1)).decode()
        if not hmac.compare_digest(given, made):
            return 400, {"Code": "SignatureDoesNotMatch"}
        if form["SignatureNonce"] in self.nonces:
            return 400, {"Code": "SignatureNonceUsed"}
        self.nonces.add(form["SignatureNonce"])
        if (form["Action"], form["Version"]) != ("SendSms", "2017-05-25"):
            return 404, {"Code": "InvalidAction.NotFound"}
        return None


class _Handler(BaseHTTPRequestHandler):
    service: SmsService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        fault = self.service.faults[0] if self.service.faults else ""
        if fault in ("down", "cut", "taken-cut", "html"):
            self.service.faults.pop(0)
        if fault == "down":
            self._send(503, b"")
        elif fault == "html":
            self._send(200, b"<html>")
        elif fault == "cut":
            self.close_connection = True
        else:
            status, answer = self.service.answer(form)
            if fault == "taken-cut":
                self.close_connection = True
            else:
                self._send(status, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def run() -> Iterator[SmsService]:
    service = SmsService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
