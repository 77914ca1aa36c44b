"""A server that stands in for Alipay: it checks the signatures of an app and signs its own, as the real one does.

It is written from the description of the interface and shares no code with the client of the service. Tests and the demo use it: tests
pay by `pay` and `notify`, people by its page, which says that it is none of Alipay's. Faults are queued and happen once each.
"""

import base64
import html
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from embedded import alipay_bills, stand_in
from embedded.stand_in import CHINA, PAGE_STYLE, Document, call_back, in_china, in_fen, in_yuan

PRODUCTS = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY", "alipay.trade.wap.pay": "QUICK_WAP_WAY"}


@dataclass
class App:
    """An app at Alipay with its key, and the seller whose money it takes."""

    app_id: str = "2021000123456789"
    seller_id: str = "2088102146225135"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048), repr=False)

    @property
    def private_pem(self) -> str:
        return stand_in.private_pem(self.key)


class Alipay:
    """What Alipay knows of trades, what it was asked, and which faults come next."""

    def __init__(self, app: App | None = None) -> None:
        self.url = ""
        self.app = app or App()
        self.key = rsa.generate_private_key(65537, 2048)
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.forget()

    def forget(self) -> None:
        self.trades: dict[str, Document] = {}
        self.refunds: dict[str, Document] = {}
        self.balance_fen: int | None = None
        self.paid_to_bank: list[tuple[date, int]] = []
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.now = lambda: datetime.now(UTC)

    @property
    def public_pem(self) -> str:
        return stand_in.public_pem(self.key)

    # -- what happens at Alipay ------------------------------------------------------------------------------------------------------

    def open_page(self, address: str) -> Document:
        """She opens the address of a payment: only now Alipay hears of it."""
        form = dict(parse_qsl(urlsplit(address).query))
        self._require_signature(form)
        content = json.loads(form["biz_content"])
        if PRODUCTS.get(form["method"]) != content.get("product_code") or not form.get("notify_url"):
            raise ValueError("Alipay would show an error page")
        if f"{self.now() + CHINA:%Y-%m-%d %H:%M:%S}" >= content["time_expire"]:
            raise ValueError("the time of the trade is over")
        return self.trades.setdefault(
            content["out_trade_no"],
            {
                "out_trade_no": content["out_trade_no"],
                "trade_no": f"{self.now():%Y%m%d}{secrets.randbelow(10**20):020d}",
                "total_amount": content["total_amount"],
                "subject": content["subject"],
                "trade_status": "WAIT_BUYER_PAY",
                "notify_url": form["notify_url"],
                "return_url": form.get("return_url", ""),
            },
        )

    def pay(self, address: str) -> Document:
        """Somebody opens the address and pays."""
        trade = self.open_page(address)
        if trade["trade_status"] == "TRADE_CLOSED":
            raise ValueError("the trade is closed")
        trade["trade_status"], trade["paid_at"] = "TRADE_SUCCESS", self.now()
        return trade

    def notice(self, number: str, *, signed_at: datetime | None = None, **changes: str) -> bytes:
        """The form of a callback; `changes` replace fields of what it says."""
        trade = self.trades[number]
        said = {
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(17),
            "notify_time": _stamp(signed_at or self.now()),
            "app_id": self.app.app_id,
            "auth_app_id": self.app.app_id,
            "charset": "utf-8",
            "version": "1.0",
            "seller_id": self.app.seller_id,
            "out_trade_no": trade["out_trade_no"],
            "trade_no": trade["trade_no"],
            "trade_status": trade["trade_status"],
            "total_amount": trade["total_amount"],
            "subject": trade["subject"],
            "gmt_create": _stamp(self.now()),
            **({"gmt_payment": _stamp(trade["paid_at"])} if "paid_at" in trade else {}),
            **changes,
        }
        return urlencode({**said, "sign": self._sign(_sorted(said)), "sign_type": "RSA2"}).encode()

    def notify(self, number: str, **options: Any) -> str:
        """Call back at the address that was named for the trade; gives our answer, "" where there was none."""
        return call_back(self.trades[number]["notify_url"], self.notice(number, **options), {})[1].decode()

    # -- the interface ---------------------------------------------------------------------------------------------------------------

    def answer(self, form: dict[str, str]) -> str:
        method = form.get("method", "")
        try:
            self._require_signature(form)
            self.requests.append(method)
            said = {"code": "10000", "msg": "Success", **self._find(method, json.loads(form["biz_content"]))}
        except (InvalidSignature, ValueError, KeyError):
            said = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature"}
        except LookupError as missing:
            said = {"code": "40004", "msg": "Business Failed", "sub_code": str(missing)}
        return self.signed(method, said)

    def signed(self, method: str, said: Document) -> str:
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return f'{{"{method.replace(".", "_")}_response":{text},"sign":"{self._sign(text)}"}}'

    def _bill(self, content: Document) -> Document:
        day = date.fromisoformat(content["bill_date"])
        to_bank = [fen for on, fen in self.paid_to_bank if on == day]
        archive = alipay_bills.write(content["bill_type"], day, self.trades, self.refunds, to_bank)
        if archive is None:
            raise LookupError("isp.bill_not_exist")
        token = secrets.token_hex(16)
        self.files[token] = archive
        return {"bill_download_url": f"{self.url.removesuffix('/gateway.do')}/bills/{token}"}

    def _find(self, method: str, content: Document) -> Document:
        if method == "alipay.data.dataservice.bill.downloadurl.query":
            return self._bill(content)
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            raise LookupError("ACQ.TRADE_NOT_EXIST")
        if method == "alipay.trade.refund":
            return self._refund(trade, content)
        if method == "alipay.trade.fastpay.refund.query":
            return self._refund_of(trade, content)
        if method == "alipay.trade.close":
            if trade["trade_status"] != "WAIT_BUYER_PAY":
                raise LookupError("ACQ.TRADE_STATUS_ERROR")
            trade["trade_status"] = "TRADE_CLOSED"
            return {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}
        if method != "alipay.trade.query":
            raise LookupError("isv.invalid-method")
        found = {name: trade[name] for name in ("out_trade_no", "trade_no", "total_amount", "trade_status", "subject")}
        return found | ({"send_pay_date": _stamp(trade["paid_at"])} if "paid_at" in trade else {})

    def _refund(self, trade: Document, content: Document) -> Document:
        """The same request again moves no money and says so by `fund_change`; `refund_fee` is the sum of all refunds of the trade."""
        number, amount_fen = content["out_request_no"], in_fen(content["refund_amount"])
        earlier = self.refunds.get(number)
        if earlier is not None and (earlier["trade"] is not trade or earlier["amount_fen"] != amount_fen):
            raise LookupError("ACQ.DISCORDANT_REPEAT_REQUEST")
        if earlier is None:
            self._require_refundable(trade, amount_fen)
            self.refunds[number] = {"trade": trade, "amount_fen": amount_fen, "at": self.now()}
        total_fen = _refunded_fen(self.refunds, trade)
        if total_fen == in_fen(trade["total_amount"]):
            trade["trade_status"] = "TRADE_CLOSED"
        return {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["out_trade_no"],
            "buyer_logon_id": "159****5620",
            "fund_change": "N" if earlier else "Y",
            "refund_fee": in_yuan(total_fen),
        }

    def _require_refundable(self, trade: Document, amount_fen: int) -> None:
        if "paid_at" not in trade:
            raise LookupError("ACQ.TRADE_STATUS_ERROR")
        if self.now() > trade["paid_at"] + timedelta(days=365):
            raise LookupError("ACQ.TRADE_HAS_FINISHED")
        if amount_fen < 1 or _refunded_fen(self.refunds, trade) + amount_fen > in_fen(trade["total_amount"]):
            raise LookupError("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        if self.balance_fen is not None:
            if self.balance_fen < amount_fen:
                raise LookupError("ACQ.SELLER_BALANCE_NOT_ENOUGH")
            self.balance_fen -= amount_fen

    def _refund_of(self, trade: Document, content: Document) -> Document:
        """Alipay answers a question for a refund that it does not know without an error and without a status."""
        refund = self.refunds.get(content["out_request_no"])
        if refund is None or refund["trade"] is not trade:
            return {}
        return {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["out_trade_no"],
            "out_request_no": content["out_request_no"],
            "total_amount": trade["total_amount"],
            "refund_amount": in_yuan(refund["amount_fen"]),
            "refund_status": "REFUND_SUCCESS",
            "gmt_refund_pay": _stamp(refund["at"]),
        }

    def _require_signature(self, form: Mapping[str, str]) -> None:
        said = {name: value for name, value in form.items() if name != "sign"}
        if form["app_id"] != self.app.app_id or form["sign_type"] != "RSA2" or form["charset"] != "utf-8":
            raise InvalidSignature
        signed = base64.b64decode(form["sign"])
        self.app.key.public_key().verify(signed, _sorted(said).encode(), PKCS1v15(), SHA256())
        sent_at = datetime.strptime(form["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - CHINA
        if abs(datetime.now(UTC) - sent_at) > timedelta(minutes=15):
            raise InvalidSignature

    def _sign(self, text: str) -> str:
        return base64.b64encode(self.key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


class _Handler(stand_in.Handler):
    service: Alipay

    def get(self) -> None:
        if self.path.startswith("/bills/"):
            archive = self.service.files.pop(self.path.removeprefix("/bills/"), b"")
            self.send(200 if archive else 404, archive, {"Content-Type": "application/zip"})
            return
        self._page(self.path, pays=False)

    def post(self, body: bytes) -> None:
        if self.path != "/gateway.do":
            self._page(self.path, pays=True)
            return
        fault = self.service.faults.pop(0) if self.service.faults else ""
        if fault == "closed":
            self.close_connection = True
            return
        if fault.isdigit():
            self._send(int(fault), "error")
            return
        form = dict(parse_qsl(body.decode()))
        text = self.service.answer(form)
        if fault == "busy":
            text = self.service.signed(form["method"], {"code": "20000", "sub_code": "isp.unknow-error"})
        if fault == "html":
            text = "<html>502 Bad Gateway</html>"
        if fault == "unsigned":
            text = text.replace('"sign":"', '"sign":"AAAA')
        if fault == "changed":
            text = text.replace("TRADE_SUCCESS", "TRADE_FINISHED").replace("WAIT_BUYER_PAY", "TRADE_SUCCESS")
        if fault == "taken":
            self.close_connection = True
            return
        self._send(200, text)

    def _page(self, address: str, *, pays: bool) -> None:
        """The page on which a person pays in the demo."""
        try:
            trade = self.service.pay(address) if pays else self.service.open_page(address)
            if pays:
                self.service.notify(trade["out_trade_no"])
        except (InvalidSignature, ValueError, KeyError):
            self._send(400, "不能付款", "text/plain; charset=utf-8")
            return
        is_open = trade["trade_status"] == "WAIT_BUYER_PAY"
        words = "等待付款" if is_open else "已付款，请回到尾仓"
        back = html.escape(trade["return_url"])
        action = '<form method="post"><button>付款</button></form>' if is_open else f'<a href="{back}">回到尾仓</a>'
        page = f"""<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>模拟的支付宝</title>
            <style>{PAGE_STYLE}</style>
            <p><b>这不是支付宝</b>，是演示用的模拟页面，不会扣钱。</p>
            <p>{html.escape(trade["subject"])}</p><h1>¥{trade["total_amount"]}</h1><p>{words}</p>{action}</html>"""
        self._send(200, page, "text/html; charset=utf-8")

    def _send(self, status: int, text: str, kind: str = "text/html;charset=utf-8") -> None:
        self.send(status, text.encode(), {"Content-Type": kind})


def server_of(service: Alipay, port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback that is not running yet; the service knows its address."""
    return stand_in.server_of(service, _Handler, port=port, path="/gateway.do")


@contextmanager
def run(app: App | None = None) -> Iterator[Alipay]:
    service = Alipay(app)
    with stand_in.running(server_of(service)):
        yield service


def _sorted(said: Mapping[str, str]) -> str:
    return "&".join(f"{name}={said[name]}" for name in sorted(said))


def _stamp(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M:%S}"


def _refunded_fen(refunds: Mapping[str, Document], trade: Document) -> int:
    return sum(each["amount_fen"] for each in refunds.values() if each["trade"] is trade)
