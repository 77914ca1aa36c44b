"""A server on the loopback that stands in for kuaidi100: it checks signatures as the real one does, and signs what it pushes.

It is written from the description of the API and shares no code with our client. Faults are queued and happen once each.
"""

import hashlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

CUSTOMER, KEY, SALT = "CUSTOMER0123456789", "key-0123456789", "salt-0123456789-abcdef"
NEEDS_PHONE = {"shunfeng", "zhongtong"}
KNOWN = {"shunfeng", "zhongtong", "yuantong", "jd", "yunda"}

Row = dict[str, Any]


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest().upper()


def row(at: str, code: str, name: str, text: str, place: str = "") -> Row:
    """An event as kuaidi100 writes it; `at` in China."""
    return {
        "time": at,
        "ftime": at,
        "context": text,
        "status": name,
        "statusCode": code,
        "areaCode": None,
        "areaName": place,
    }


class Kuaidi100:
    """What the service knows of waybills, who subscribed to them, what it was asked, and which faults come next."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}
        self.subscriptions: dict[str, Row] = {}
        self.requests: list[tuple[str, Row]] = []
        self.faults: list[str] = []
        self.phone_tails: dict[str, str] = {}
        self.url = ""

    def forget(self) -> None:
        for each in (self.rows, self.subscriptions, self.requests, self.faults, self.phone_tails):
            each.clear()

    def answer_query(self, form: dict[str, str]) -> Row:
        param = form.get("param", "")
        if form.get("customer") != CUSTOMER or form.get("sign") != md5(param + KEY + CUSTOMER):
            return {"result": False, "returnCode": "503", "message": "验证签名失败"}
        asked = json.loads(param)
        self.requests.append(("query", asked))
        if not asked.get("com") or not asked.get("num"):
            return {"result": False, "returnCode": "400", "message": "提交的数据不完整，或者贵公司没授权"}
        if asked["com"] in NEEDS_PHONE and asked.get("phone") != self.phone_tails.get(asked["num"], asked.get("phone")):
            return {"result": False, "returnCode": "408", "message": "快递公司参数异常：验证码错误"}
        found = self.rows.get(asked["num"])
        if not found:
            return {"result": False, "returnCode": "500", "message": "查询无结果，请隔段时间再查"}
        return self.result(asked["com"], asked["num"], found)

    def answer_subscription(self, form: dict[str, str]) -> Row:
        asked = json.loads(form.get("param", "{}"))
        if form.get("schema") != "json" or asked.get("key") != KEY:
            return {"result": False, "returnCode": "600", "message": "您不是合法的订阅者（即授权Key出错）"}
        self.requests.append(("subscribe", {name: value for name, value in asked.items() if name != "key"}))
        if asked.get("company") not in KNOWN:
            return {"result": False, "returnCode": "701", "message": "拒绝订阅的快递公司"}
        if asked["number"] in self.subscriptions:
            return {"result": False, "returnCode": "501", "message": "重复订阅"}
        self.subscriptions[asked["number"]] = asked
        return {"result": True, "returnCode": "200", "message": "提交成功"}

    @staticmethod
    def result(company: str, number: str, rows: list[Row]) -> Row:
        newest = max(rows, key=lambda each: str(each["ftime"]), default=None)
        state = str(newest["statusCode"]) if newest else "0"
        return {
            "message": "ok",
            "nu": number,
            "ischeck": "1" if state.startswith("3") else "0",
            "com": company,
            "status": "200",
            "state": state,
            "condition": "F00",
            "data": sorted(rows, key=lambda each: str(each["ftime"]), reverse=True),
        }

    def push_form(
        self,
        number: str,
        rows: list[Row],
        *,
        status: str = "polling",
        company: str = "yuantong",
        salt: str = SALT,
        **more: str,
    ) -> dict[str, str]:
        """The form of a push, signed by the salt of its subscription."""
        push = {"status": status, "billstatus": "", "message": "", "autoCheck": "0", "comOld": "", "comNew": "", **more}
        param = json.dumps(push | {"lastResult": self.result(company, number, rows)}, ensure_ascii=False)
        return {"sign": md5(param + salt), "param": param}

    def push(self, number: str, rows: list[Row], **options: Any) -> Row:
        """Push to the address that was named at the subscription, over HTTP; gives the answer."""
        parameters = self.subscriptions[number]["parameters"]
        form = self.push_form(number, rows, salt=parameters["salt"], **options)
        with urllib.request.urlopen(parameters["callbackurl"], urlencode(form).encode(), timeout=10) as answer:
            body: Row = json.loads(answer.read())
        return body


class _Handler(BaseHTTPRequestHandler):
    service: Kuaidi100
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if self.service.faults:
            self._fail(self.service.faults.pop(0))
            return
        answers = {"/poll/query.do": self.service.answer_query, "/poll": self.service.answer_subscription}
        self._send(200, json.dumps(answers[self.path](form), ensure_ascii=False).encode())

    def _fail(self, fault: str) -> None:
        match fault:
            case "busy":
                self._send(200, json.dumps({"result": False, "returnCode": "502", "message": "服务器繁忙"}).encode())
            case "expired":
                self._send(
                    200, json.dumps({"result": False, "returnCode": "601", "message": "POLL:KEY已过期"}).encode()
                )
            case "garbage":
                self._send(200, b"<html>\xff\xfe nginx")
            case "deep":
                self._send(200, b"[" * 100_000)
            case "huge":
                self._send(200, b'{"message": "' + b"x" * 2_000_000)
            case "slow":
                time.sleep(0.5)
                self._send(200, b"{}")
            case "cut":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"result"')
                self.close_connection = True
            case _:
                self._send(int(fault), b"error")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that left before the end of the answer is what some tests want."""


@contextmanager
def run() -> Iterator[Kuaidi100]:
    service = Kuaidi100()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
