"""A server that stands in for WeChat Pay, version 3: it checks the signatures of a merchant and signs its own, as the real one does.

It is written from the description of the interface and shares no code with the client of the service. Tests and the demo use it: tests
pay by `pay` and `notify`, people by its page, which says that it is none of WeChat's. Faults are queued and happen once each.
"""

import base64
import hashlib
import html
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from embedded import stand_in
from embedded.stand_in import PAGE_STYLE, Document, Refused, call_back, stamp
from embedded.wechat_bills import Bills
from embedded.wechat_refunds import Refunds

_AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(\w+)",nonce_str="(\w+)",signature="([^"]+)",timestamp="(\d+)",serial_no="(\w+)"'
)


@dataclass
class Merchant:
    """A merchant of WeChat Pay with its keys."""

    app_id: str = "wx0123456789abcdef"
    merchant_id: str = "1900000109"
    serial: str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
    api_v3_key: str = "0123456789abcdef0123456789ABCDEF"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048), repr=False)

    @property
    def private_pem(self) -> str:
        return stand_in.private_pem(self.key)


class WeChatPay:
    """What WeChat Pay knows of payments, what it was asked, and which faults come next."""

    def __init__(self, merchant: Merchant | None = None) -> None:
        self.url = ""
        self.merchant = merchant or Merchant()
        self.platform_key = rsa.generate_private_key(65537, 2048)
        self.certificate = _certificate(self.platform_key)
        self.serial = f"{self.certificate.serial_number:X}"
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.forget()

    def forget(self) -> None:
        self.orders: dict[str, Document] = {}
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.refunds = Refunds(self.orders, self.merchant.merchant_id, self.clock)
        self.bills = Bills(self.orders, self.refunds, self.merchant.app_id, self.merchant.merchant_id)
        self.now = lambda: datetime.now(UTC)

    def clock(self) -> datetime:
        """The time as `now`, which tests replace, shows it."""
        return self.now()

    @property
    def public_pem(self) -> str:
        """The platform's public key, for merchants that verify with it and not with certificates."""
        return stand_in.public_pem(self.platform_key)

    def pay(self, number: str, *, at: datetime | None = None) -> Document:
        """Somebody pays."""
        order = self.orders[number]
        if order["trade_state"] not in ("NOTPAY", "SUCCESS") or self.now() >= order["expires_at"]:
            raise Refused(400, "ORDER_CLOSED")
        if order["trade_state"] == "NOTPAY":
            order["trade_state"], order["success_time"] = "SUCCESS", stamp(at or self.now())
            order["transaction_id"] = f"42000{secrets.randbelow(10**22):022d}"
        return order

    def takes_sheet(self, number: str, sheet: Mapping[str, str]) -> bool:
        """Whether WeChat would open its sheet: the page's signature is the merchant's, over the payment that WeChat took."""
        message = "".join(f"{sheet[name]}\n" for name in ("app_id", "timestamp", "nonce", "package"))
        try:
            signed = base64.b64decode(sheet["signature"])
            self.merchant.key.public_key().verify(signed, message.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        token = self.orders[number]["token"]
        return (sheet["app_id"], sheet["package"]) == (self.merchant.app_id, f"prepay_id=wx{token}")

    def notice(
        self,
        number: str,
        *,
        event_id: str = "",
        signed_at: datetime | None = None,
        event: str = "TRANSACTION.SUCCESS",
        document: Document | None = None,
        api_v3_key: str = "",
        **changes: Any,
    ) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a callback; `changes` replace fields of what it says."""
        content = document if document is not None else self._transaction(self.orders[number]) | changes
        nonce = secrets.token_hex(6)
        sealed = AESGCM((api_v3_key or self.merchant.api_v3_key).encode()).encrypt(
            nonce.encode(), json.dumps(content, ensure_ascii=False).encode(), b"transaction"
        )
        body = {
            "id": event_id or secrets.token_hex(16),
            "create_time": stamp(self.now()),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {
                "original_type": "transaction",
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "transaction",
                "nonce": nonce,
            },
        }
        text = json.dumps(body, ensure_ascii=False).encode()
        at = int((signed_at or self.now()).timestamp())
        return {"Content-Type": "application/json", **self.signature_headers(text, at=at)}, text

    def notify(self, number: str, **options: Any) -> int:
        """Call back at the address that was named for the payment; gives the status of the answer."""
        headers, body = self.notice(number, **options)
        return call_back(self.orders[number]["notify_url"], body, headers)[0]

    def refund_notice(self, number: str, **options: Any) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a callback about a refund."""
        event, content = self.refunds.notice(number)
        return self.notice("", event=event, document=content, **options)

    def notify_refund(self, number: str) -> int:
        """Call back about a refund at the address that was named for it; gives the status of the answer."""
        headers, body = self.refund_notice(number)
        return call_back(self.refunds.notify_url(number), body, headers)[0]

    def answer(self, method: str, target: str, authorization: str, body: str) -> tuple[int, str]:
        self._require_signature(method, target, authorization, body)
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        document: Document = json.loads(body) if body else {}
        self.requests.append(f"{method} {parts.path}")
        found = self._find(method, parts.path, document, query)
        return (200, json.dumps(found, ensure_ascii=False)) if found is not None else (204, "")

    def bill_file(self, target: str, authorization: str) -> bytes:
        """The packed file of a bill, to whoever signs the request for it. It is not signed itself."""
        self._require_signature("GET", target, authorization, "")
        return self.bills.file(parse_qs(urlsplit(target).query)["token"][0])

    def signature_headers(self, body: bytes, *, at: int | None = None) -> dict[str, str]:
        stamp, nonce = str(at if at is not None else int(time.time())), secrets.token_hex(16)
        signed = self.platform_key.sign(f"{stamp}\n{nonce}\n{body.decode()}\n".encode(), PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signed).decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Serial": self.serial,
        }

    def _require_signature(self, method: str, target: str, authorization: str, body: str) -> None:
        parts = _AUTHORIZATION.fullmatch(authorization)
        if parts is None or parts[1] != self.merchant.merchant_id or parts[5] != self.merchant.serial:
            raise Refused(401, "SIGN_ERROR")
        message = f"{method}\n{target}\n{parts[4]}\n{parts[2]}\n{body}\n".encode()
        try:
            self.merchant.key.public_key().verify(base64.b64decode(parts[3]), message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise Refused(401, "SIGN_ERROR") from None
        if abs(time.time() - int(parts[4])) > 300:
            raise Refused(401, "SIGN_ERROR")

    def _find(self, method: str, path: str, document: Document, query: dict[str, str]) -> Document | None:
        if path == "/v3/certificates":
            return self._certificates()
        if method == "POST" and re.fullmatch(r"/v3/pay/transactions/(native|h5|jsapi)", path):
            return self._create(path.rsplit("/", 1)[1], document)
        if path == "/v3/refund/domestic/refunds" and method == "POST":
            return self.refunds.create(document)
        if path in ("/v3/bill/tradebill", "/v3/bill/fundflowbill"):
            return self.bills.ask("trade" if path.endswith("tradebill") else "fund", query, self.url)
        if path.startswith("/v3/refund/domestic/refunds/"):
            return self.refunds.query(path.rsplit("/", 1)[1])
        named = re.fullmatch(r"/v3/pay/transactions/out-trade-no/([\w|*-]+)(/close)?", path)
        if named is None:
            raise Refused(404, "NOT_FOUND")
        if (document if named[2] else query).get("mchid") != self.merchant.merchant_id:
            raise Refused(400, "PARAM_ERROR")
        order = self.orders.get(named[1])
        if order is None:
            raise Refused(404, "ORDER_NOT_EXIST")
        if not named[2]:
            return self._transaction(order)
        self._close(order)
        return None

    def _create(self, trade: str, document: Document) -> Document:
        ours = (document.get("appid"), document.get("mchid")) == (self.merchant.app_id, self.merchant.merchant_id)
        total, number = document.get("amount", {}).get("total"), str(document.get("out_trade_no", ""))
        if not ours or type(total) is not int or total < 1 or not re.fullmatch(r"[\w|*-]{6,32}", number):
            raise Refused(400, "PARAM_ERROR")
        if not document.get("description") or not str(document.get("notify_url", "")).startswith("http"):
            raise Refused(400, "PARAM_ERROR")
        if trade == "h5" and not document.get("scene_info", {}).get("payer_client_ip"):
            raise Refused(400, "PARAM_ERROR")
        if trade == "jsapi" and not document.get("payer", {}).get("openid"):
            raise Refused(400, "PARAM_ERROR")
        order = self.orders.get(number)
        if order is not None and (order["trade_state"] != "NOTPAY" or order["asked"] != document):
            raise Refused(400, "INVALID_REQUEST" if order["trade_state"] == "NOTPAY" else "ORDERPAID")
        if order is None:
            order = self.orders[number] = {
                "asked": document,
                "out_trade_no": number,
                "trade_type": {"native": "NATIVE", "h5": "MWEB", "jsapi": "JSAPI"}[trade],
                "trade_state": "NOTPAY",
                "total": total,
                "description": document["description"],
                "notify_url": document["notify_url"],
                "expires_at": datetime.fromisoformat(document["time_expire"]),
                "token": secrets.token_urlsafe(12),
            }
        if trade == "jsapi":
            return {"prepay_id": f"wx{order['token']}"}
        return {{"native": "code_url", "h5": "h5_url"}[trade]: f"{self.url}/pay/{order['token']}"}

    def _close(self, order: Document) -> None:
        if order["trade_state"] == "SUCCESS":
            raise Refused(400, "ORDERPAID")
        order["trade_state"] = "CLOSED"

    def _transaction(self, order: Document) -> Document:
        found: Document = {
            "appid": self.merchant.app_id,
            "mchid": self.merchant.merchant_id,
            "out_trade_no": order["out_trade_no"],
            "trade_state": order["trade_state"],
            "trade_state_desc": order["trade_state"],
            "amount": {"total": order["total"], "currency": "CNY"},
        }
        if "transaction_id" in order:
            found |= {
                "transaction_id": order["transaction_id"],
                "trade_type": order["trade_type"],
                "bank_type": "OTHERS",
                "success_time": order["success_time"],
                "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            }
            found["amount"] |= {"payer_total": order["total"], "payer_currency": "CNY"}
        return found

    def _certificates(self) -> Document:
        nonce = secrets.token_hex(6)
        pem = self.certificate.public_bytes(Encoding.PEM)
        sealed = AESGCM(self.merchant.api_v3_key.encode()).encrypt(nonce.encode(), pem, b"certificate")
        one = {
            "serial_no": self.serial,
            "effective_time": stamp(self.certificate.not_valid_before_utc),
            "expire_time": stamp(self.certificate.not_valid_after_utc),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": base64.b64encode(sealed).decode(),
            },
        }
        return {"data": [one]}

    def order_of(self, token: str) -> Document | None:
        return next((order for order in self.orders.values() if order["token"] == token), None)


class _Handler(stand_in.Handler):
    service: WeChatPay

    def get(self) -> None:
        self._answer("")

    def post(self, body: bytes) -> None:
        self._answer(body.decode())

    def _answer(self, body: str) -> None:
        if self.path.startswith("/pay/"):
            self._page()
            return
        fault = self.service.faults.pop(0) if self.service.faults else ""
        if fault == "closed":
            self.close_connection = True
            return
        if fault == "html":
            self._send(200, b"<html>502 Bad Gateway</html>", {})
            return
        if fault.isdigit():
            self._send(int(fault), b'{"code":"SYSTEM_ERROR","message":"busy"}', {})
            return
        if self.path.startswith("/v3/billdownload/file"):
            self._send(200, self.service.bill_file(self.path, self.headers.get("Authorization", "")), {})
            return
        try:
            status, text = self.service.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
        except Refused as refused:
            status, text = refused.status, json.dumps({"code": refused.code, "message": refused.code})
        if fault == "taken":
            self.close_connection = True
            return
        headers = self.service.signature_headers(text.encode())
        if fault == "unsigned":
            headers = {}
        if fault == "forged":
            headers["Wechatpay-Signature"] = base64.b64encode(hashlib.sha256(b"no key").digest() * 8).decode()
        self._send(status, text.encode(), headers)

    def _page(self) -> None:
        """The page on which a person pays in the demo."""
        token = self.path.removeprefix("/pay/").split("?")[0]
        order = self.service.order_of(token)
        if order is None:
            self._send(404, b"", {})
            return
        if self.command == "POST":
            try:
                self.service.pay(order["out_trade_no"])
                self.service.notify(order["out_trade_no"])
            except Refused:
                order["trade_state"] = "CLOSED"
        words = {"NOTPAY": "等待付款", "SUCCESS": "已付款，请回到尾仓", "CLOSED": "已关闭，不能付款"}
        button = '<form method="post"><button>付款</button></form>' if order["trade_state"] == "NOTPAY" else ""
        page = f"""<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>模拟的微信支付</title>
            <style>{PAGE_STYLE}</style>
            <p><b>这不是微信支付</b>，是演示用的模拟页面，不会扣钱。</p>
            <p>{html.escape(order["description"])}</p><h1>¥{order["total"] / 100:.2f}</h1>
            <p>{words[order["trade_state"]]}</p>{button}</html>"""
        self._send(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send(status, body, {"Content-Type": "application/json", **headers})


def server_of(service: WeChatPay, port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback that is not running yet; the service knows its address."""
    return stand_in.server_of(service, _Handler, port=port)


@contextmanager
def run(merchant: Merchant | None = None) -> Iterator[WeChatPay]:
    service = WeChatPay(merchant)
    with stand_in.running(server_of(service)):
        yield service


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in of WeChat Pay")])
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=30))
        .sign(key, SHA256())
    )
