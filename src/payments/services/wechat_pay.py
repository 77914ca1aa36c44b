"""WeChat Pay, version 3 of its interface, filling the port."""

import gzip
import hashlib
import io
import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from wechatpayv3.utils import aes_decrypt, rsa_sign

from kernel.period import SHANGHAI
from payments.rules.bills import MAX_BILL_BYTES, BillKind, UnreadableBill
from payments.rules.payments import MerchantAccount, PaymentReport, PaymentWay, Provider, ReportedState
from payments.rules.refunds import RefundReport, ReportedRefundState
from payments.services.bill_texts import read_wechat_funds, read_wechat_trades
from payments.services.port import (
    BillMissing,
    Callback,
    DownloadedBill,
    Forged,
    NewPayment,
    NewRefund,
    ProvenRefund,
    ProvenReport,
    ProviderRefused,
)
from payments.services.wechat_transport import (
    NotFound,
    WeChatPayAccount,
    WeChatPayTransport,
    signed_at_of,
    signing_clock,
)
from web.outbound import NoAnswer

SUCCESS_EVENT = "TRANSACTION.SUCCESS"
_TRANSACTIONS = "/v3/pay/transactions"
_PATHS = {
    PaymentWay.WECHAT_QR: f"{_TRANSACTIONS}/native",
    PaymentWay.WECHAT_H5: f"{_TRANSACTIONS}/h5",
    PaymentWay.WECHAT_JSAPI: f"{_TRANSACTIONS}/jsapi",
}
_ADDRESSES = {
    PaymentWay.WECHAT_QR: "code_url",
    PaymentWay.WECHAT_H5: "h5_url",
    PaymentWay.WECHAT_JSAPI: "prepay_id",
}
_STATES = {
    "SUCCESS": ReportedState.PAID,
    "REFUND": ReportedState.PAID,
    "NOTPAY": ReportedState.WAITING,
    "USERPAYING": ReportedState.WAITING,
    "PAYERROR": ReportedState.WAITING,
    "CLOSED": ReportedState.CLOSED,
    "REVOKED": ReportedState.CLOSED,
}
_BILLS = {BillKind.TRADE: "/v3/bill/tradebill", BillKind.FUND: "/v3/bill/fundflowbill"}
_REFUNDS = "/v3/refund/domestic/refunds"
_REFUND_STATES = {
    "SUCCESS": ReportedRefundState.SUCCEEDED,
    "CLOSED": ReportedRefundState.CLOSED,
    "ABNORMAL": ReportedRefundState.ABNORMAL,
}
_MAX_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class PaymentSheet:
    """What `WeixinJSBridge` takes to open WeChat's sheet."""

    app_id: str
    timestamp: str
    nonce: str
    package: str
    signature: str


class WeChatPayClient(WeChatPayTransport):
    """Asks WeChat Pay for one merchant, and reads what it calls back with. It believes only what WeChat has signed."""

    def __init__(self, account: WeChatPayAccount, *, url: str, notify_url: str) -> None:
        super().__init__(account, url=url)
        self._notify_url = notify_url

    @property
    def account(self) -> MerchantAccount:
        return MerchantAccount(Provider.WECHAT, self._ours.app_id, self._ours.merchant_id)

    def create(self, payment: NewPayment) -> str:
        document: dict[str, Any] = {
            "appid": self._ours.app_id,
            "mchid": self._ours.merchant_id,
            "description": payment.description,
            "out_trade_no": payment.number,
            "time_expire": payment.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": self._notify_url,
            "amount": {"total": payment.amount_fen, "currency": "CNY"},
        }
        if payment.way is PaymentWay.WECHAT_H5:
            document["scene_info"] = {"payer_client_ip": payment.client_address, "h5_info": {"type": "Wap"}}
        if payment.way is PaymentWay.WECHAT_JSAPI:
            document["payer"] = {"openid": payment.openid}
        address = self.ask("POST", _PATHS[payment.way], document)[0].get(_ADDRESSES[payment.way])
        if not isinstance(address, str) or not 0 < len(address) <= _MAX_ADDRESS:
            raise NoAnswer("unreadable")
        return address

    def sheet(self, prepay_id: str) -> PaymentSheet:
        """What opens WeChat's sheet for a payment that it took, signed now."""
        stamp, nonce, package = str(int(signing_clock().timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signature = rsa_sign(self._private_key, f"{self._ours.app_id}\n{stamp}\n{nonce}\n{package}\n")
        return PaymentSheet(self._ours.app_id, stamp, nonce, package, signature)

    def query(self, number: str) -> ProvenReport:
        path = f"{_TRANSACTIONS}/out-trade-no/{quote(number)}?mchid={self._ours.merchant_id}"
        try:
            document, text = self.ask("GET", path)
        except NotFound:
            return ProvenReport(PaymentReport(number, ReportedState.UNKNOWN), "")
        report = _read_report(document)
        if report.number != number:
            raise NoAnswer("another number")
        return ProvenReport(report, text)

    def close(self, number: str) -> ReportedState:
        path = f"{_TRANSACTIONS}/out-trade-no/{quote(number)}/close"
        try:
            self.ask("POST", path, {"mchid": self._ours.merchant_id})
        except ProviderRefused:
            # Paid, closed before, or not known: which of them, only a query says without doubt.
            return self.query(number).report.state
        return ReportedState.CLOSED

    def refund(self, refund: NewRefund) -> ProvenRefund:
        document = {
            "out_trade_no": refund.payment_number,
            "out_refund_no": refund.number,
            "reason": refund.reason,
            "notify_url": self._notify_url,
            "amount": {"refund": refund.amount_fen, "total": refund.paid_fen, "currency": "CNY"},
        }
        return _proven_refund(*self.ask("POST", _REFUNDS, document), number=refund.number)

    def query_refund(self, number: str, payment_number: str) -> ProvenRefund:
        try:
            document, text = self.ask("GET", f"{_REFUNDS}/{quote(number)}")
        except NotFound:
            return ProvenRefund(RefundReport(number, ReportedRefundState.UNKNOWN), "")
        return _proven_refund(document, text, number=number)

    def bill(self, kind: BillKind, day: date) -> DownloadedBill:
        what = "bill_type=ALL" if kind is BillKind.TRADE else "account_type=BASIC"
        try:
            document, _ = self.ask("GET", f"{_BILLS[kind]}?bill_date={day.isoformat()}&{what}&tar_type=GZIP")
        except ProviderRefused as refused:
            if refused.code in ("NO_STATEMENT_EXIST", "STATEMENT_CREATING"):
                raise BillMissing(is_final=refused.code == "NO_STATEMENT_EXIST") from refused
            raise
        content = self._bill_file(str(document.get("download_url", "")))
        # WeChat does not sign the file. The digest of it is part of the answer that it signed.
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        if document.get("hash_type") != "SHA1" or str(document.get("hash_value", "")).lower() != digest:
            raise UnreadableBill("the file is not the one whose digest WeChat has signed")
        read = read_wechat_trades if kind is BillKind.TRADE else read_wechat_funds
        return DownloadedBill(read(content), hashlib.sha256(content).hexdigest())

    def _bill_file(self, address: str) -> bytes:
        """The unpacked file at an address of WeChat's. Another host than the one that is asked is not asked."""
        if not address.startswith(f"{self.url_of_service}/"):
            raise UnreadableBill("the bill is at another host")
        answer = self.send("GET", address.removeprefix(self.url_of_service), max_bytes=MAX_BILL_BYTES)
        if answer.status != 200:
            raise NoAnswer(f"http {answer.status}")
        try:
            with gzip.open(io.BytesIO(answer.body)) as file:
                content = file.read(MAX_BILL_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableBill("the file is not packed as it was asked for") from error
        if len(content) > MAX_BILL_BYTES:
            raise UnreadableBill("the bill is too large")
        return content

    def read_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Callback:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Forged("no text") from error
        if not self.is_signed(headers, text):
            raise Forged("the signature is wrong")
        try:
            notice = json.loads(text)
            resource = notice["resource"]
            content = aes_decrypt(
                nonce=str(resource["nonce"]),
                ciphertext=str(resource["ciphertext"]),
                associated_data=str(resource.get("associated_data") or ""),
                apiv3_key=self._ours.api_v3_key,
            )
            document = json.loads(content or "null")
            event_id, kind = str(notice["id"])[:128], str(notice["event_type"])[:64]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Forged("the content cannot be read") from error
        if not isinstance(document, dict) or not event_id:
            raise Forged("the content cannot be read")
        return Callback(
            event_id=event_id,
            kind=kind,
            signed_at=signed_at_of(headers),
            number=str(document.get("out_trade_no", ""))[:64],
            report=_read_report(document) if kind == SUCCESS_EVENT else None,
            content=content,
            refund_number=str(document.get("out_refund_no", ""))[:64],
        )


def _read_report(document: Mapping[str, Any]) -> PaymentReport:
    """What WeChat says of a transaction; what is missing or of another type reads as a difference, never as a match."""
    amount = document.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    total = amount.get("total")
    return PaymentReport(
        number=str(document.get("out_trade_no", "")),
        state=_STATES.get(str(document.get("trade_state")), ReportedState.WAITING),
        app_id=str(document.get("appid", "")),
        merchant_id=str(document.get("mchid", "")),
        transaction_id=str(document.get("transaction_id", ""))[:64],
        amount_fen=total if type(total) is int else 0,
        currency=str(amount.get("currency", "")),
        paid_at=_instant(document.get("success_time")),
    )


def _proven_refund(document: Mapping[str, Any], text: str, *, number: str) -> ProvenRefund:
    """What WeChat says of a refund. A refund with another number is no answer."""
    amount = document.get("amount")
    amount_fen = amount.get("refund") if isinstance(amount, dict) else None
    if document.get("out_refund_no") != number:
        raise NoAnswer("another number")
    report = RefundReport(
        number=number,
        state=_REFUND_STATES.get(str(document.get("status")), ReportedRefundState.PROCESSING),
        payment_number=str(document.get("out_trade_no", "")),
        provider_refund_id=str(document.get("refund_id", ""))[:64],
        amount_fen=amount_fen if type(amount_fen) is int else 0,
        received_account=str(document.get("user_received_account") or "")[:64],
        ended_at=_instant(document.get("success_time")),
    )
    return ProvenRefund(report, text)


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
