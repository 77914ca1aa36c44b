"""Alipay, filling the port: pages of Alipay on computers and phones.

The library `python-alipay-sdk` signs and verifies; the requests go through our own client (docs/decisions/0250).
"""

import hashlib
import json
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPay
from alipay.exceptions import AliPayException

from kernel.money import format_yuan, parse_yuan
from kernel.period import SHANGHAI
from payments.rules.bills import MAX_BILL_BYTES, BillKind
from payments.rules.payments import CURRENCY, MerchantAccount, PaymentReport, PaymentWay, Provider, ReportedState
from payments.rules.refunds import RefundReport, ReportedRefundState
from payments.services.bill_texts import read_alipay_funds, read_alipay_trades
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
from web.outbound import NoAnswer, OutboundClient

_PAGES = {
    PaymentWay.ALIPAY_PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    PaymentWay.ALIPAY_WAP: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
}
_STATES = {
    "WAIT_BUYER_PAY": ReportedState.WAITING,
    "TRADE_CLOSED": ReportedState.CLOSED,
    "TRADE_SUCCESS": ReportedState.PAID,
    "TRADE_FINISHED": ReportedState.PAID,
}
_TIME = "%Y-%m-%d %H:%M:%S"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NO_BILL_AFTER = timedelta(days=3)
_DONE, _BUSY = "10000", "20000"


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    """Our account, with the texts of its keys in PEM."""

    app_id: str
    seller_id: str
    private_key: str = field(repr=False)
    public_key: str


class AlipayClient(OutboundClient):
    """Asks Alipay for one app, and reads what it calls back with. It believes only what Alipay has signed."""

    def __init__(self, account: AlipayAccount, *, url: str, notify_url: str) -> None:
        super().__init__(url)
        self._gateway, self._ours, self._notify_url = url, account, notify_url
        self._signer = AliPay(
            appid=account.app_id,
            app_private_key_string=account.private_key,
            alipay_public_key_string=account.public_key,
        )

    @property
    def account(self) -> MerchantAccount:
        return MerchantAccount(Provider.ALIPAY, self._ours.app_id, self._ours.seller_id)

    def create(self, payment: NewPayment) -> str:
        """Alipay hears of the payment when she opens the address, which we have signed."""
        method, product = _PAGES[payment.way]
        content = {
            "out_trade_no": payment.number,
            "total_amount": format_yuan(payment.amount_fen),
            "subject": payment.description,
            "product_code": product,
            "time_expire": f"{payment.expires_at.astimezone(SHANGHAI):{_TIME}}",
        }
        addresses = {"notify_url": self._notify_url, "return_url": payment.return_url}
        return f"{self._gateway}?{self._signed(method, content, **addresses)}"

    def query(self, number: str) -> ProvenReport:
        try:
            answer, text = self._ask("alipay.trade.query", {"out_trade_no": number})
        except ProviderRefused as refused:
            if refused.code != "ACQ.TRADE_NOT_EXIST":
                raise
            return ProvenReport(PaymentReport(number, ReportedState.UNKNOWN), "")
        # The answer names neither app nor seller: it is signed for the question, which was ours.
        report = _read_report(
            {**answer, "app_id": self._ours.app_id, "seller_id": self._ours.seller_id}, "send_pay_date"
        )
        if report.number != number:
            raise NoAnswer("another number")
        return ProvenReport(report, text)

    def close(self, number: str) -> ReportedState:
        try:
            self._ask("alipay.trade.close", {"out_trade_no": number})
        except ProviderRefused:
            # Paid, closed before, or not known: which of them, only a query says without doubt.
            return self.query(number).report.state
        return ReportedState.CLOSED

    def refund(self, refund: NewRefund) -> ProvenRefund:
        content = {
            "out_trade_no": refund.payment_number,
            "out_request_no": refund.number,
            "refund_amount": format_yuan(refund.amount_fen),
            "refund_reason": refund.reason,
        }
        answer, text = self._ask("alipay.trade.refund", content)
        if answer.get("out_trade_no") != refund.payment_number:
            raise NoAnswer("another number")
        if answer.get("fund_change") != "Y":
            # The same request again moves no money: what became of the first one, only a query says.
            return self.query_refund(refund.number, refund.payment_number)
        # `refund_fee` is the sum of all refunds of the payment, so the amount of this one is the one that was asked for.
        return ProvenRefund(_refund_report(answer, refund.number, refund.amount_fen), text)

    def query_refund(self, number: str, payment_number: str) -> ProvenRefund:
        content = {"out_trade_no": payment_number, "out_request_no": number, "query_options": ["gmt_refund_pay"]}
        try:
            answer, text = self._ask("alipay.trade.fastpay.refund.query", content)
        except ProviderRefused as refused:
            if refused.code != "ACQ.TRADE_NOT_EXIST":
                raise
            answer, text = {}, ""
        if answer.get("refund_status") != "REFUND_SUCCESS":
            return ProvenRefund(RefundReport(number, ReportedRefundState.UNKNOWN), "")
        if answer.get("out_request_no") != number:
            raise NoAnswer("another number")
        return ProvenRefund(_refund_report(answer, number, _amount_fen(answer.get("refund_amount"))), text)

    def bill(self, kind: BillKind, day: date) -> DownloadedBill:
        content = {"bill_type": "trade" if kind is BillKind.TRADE else "signcustomer", "bill_date": day.isoformat()}
        try:
            answer, _ = self._ask("alipay.data.dataservice.bill.downloadurl.query", content)
        except ProviderRefused as refused:
            if refused.code.replace("-", "_").lower().endswith("bill_not_exist"):
                # Alipay says so of a day without trades and of a bill that it has not made yet.
                is_final = datetime.now(SHANGHAI).date() - day >= _NO_BILL_AFTER
                raise BillMissing(is_final=is_final) from refused
            raise
        # The address is part of an answer that Alipay signed; it is good for half a minute.
        with OutboundClient(str(answer.get("bill_download_url", ""))) as download:
            found = download.exchange("GET", "", headers={}, max_bytes=MAX_BILL_BYTES)
        if found.status != 200:
            raise NoAnswer(f"http {found.status}")
        read = read_alipay_trades if kind is BillKind.TRADE else read_alipay_funds
        return DownloadedBill(read(found.body), hashlib.sha256(found.body).hexdigest())

    def read_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Callback:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            raise Forged("no form") from error
        form = dict(pairs)
        if len(form) != len(pairs):
            raise Forged("a field is there twice")
        signature, said = form.get("sign", ""), {name: value for name, value in form.items() if name != "sign"}
        if not signature or not self._verifies_form(said, signature):
            raise Forged("the signature is wrong")
        if not form.get("notify_id"):
            raise Forged("the content cannot be read")
        return Callback(
            event_id=form["notify_id"][:128],
            kind=form.get("notify_type", "")[:64],
            signed_at=_instant(form.get("notify_time")) or _LONG_AGO,
            number=form.get("out_trade_no", "")[:64],
            report=_read_report(form, "gmt_payment"),
            content=json.dumps(said, ensure_ascii=False),
            refund_number=form.get("out_biz_no", "")[:64],
        )

    def _ask(self, method: str, content: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """What Alipay answered and signed, and its text. Raises NoAnswer or ProviderRefused."""
        form = self._signed(method, content)
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        answer = self.exchange("POST", "", headers=headers, content=form.encode())
        if answer.status != 200:
            raise NoAnswer(f"http {answer.status}")
        said, text = self._verified(answer.body, f"{method.replace('.', '_')}_response")
        code, sub_code = str(said.get("code", "")), str(said.get("sub_code", ""))[:64]
        if code == _BUSY or sub_code.endswith("SYSTEM_ERROR"):
            raise NoAnswer(f"busy: {sub_code}")
        if code != _DONE:
            raise ProviderRefused(sub_code or code)
        return said, text

    def _signed(self, method: str, content: Mapping[str, Any], **more: str) -> str:
        # The library would write the time of this machine; Alipay takes that of China.
        stamp = f"{datetime.now(SHANGHAI):{_TIME}}"
        return str(self._signer.sign_data(self._signer.build_body(method, dict(content), timestamp=stamp, **more)))

    def _verified(self, body: bytes, name: str) -> tuple[dict[str, Any], str]:
        """The object that Alipay has signed, and its text. The library would look for its end by counting braces, also those in texts."""
        try:
            text = body.decode()
            document = json.loads(text)
            start = text.index("{", text.index(f'"{name}"'))
            said, end = json.JSONDecoder().raw_decode(text, start)
            signature = document["sign"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise NoAnswer("unreadable") from error
        if not isinstance(signature, str) or not self._verifies(text[start:end], signature):
            raise NoAnswer("not signed")
        return said, text[start:end]

    def _verifies(self, text: str, signature: str) -> bool:
        try:
            return bool(self._signer._verify(text, signature))
        except (BadBase64, ValueError):
            return False

    def _verifies_form(self, form: Mapping[str, str], signature: str) -> bool:
        try:
            return bool(self._signer.verify(dict(form), signature))
        except (BadBase64, ValueError, AliPayException):
            return False


def _read_report(said: Mapping[str, Any], time_name: str) -> PaymentReport:
    """What Alipay says of a trade; what is missing or makes no sense reads as a difference, never as a match."""
    return PaymentReport(
        number=str(said.get("out_trade_no", "")),
        state=_STATES.get(str(said.get("trade_status")), ReportedState.WAITING),
        app_id=str(said.get("app_id", "")),
        merchant_id=str(said.get("seller_id", "")),
        transaction_id=str(said.get("trade_no", ""))[:64],
        amount_fen=_amount_fen(said.get("total_amount")),
        currency=str(said.get("trans_currency") or CURRENCY),
        paid_at=_instant(said.get(time_name)),
    )


def _refund_report(said: Mapping[str, Any], number: str, amount_fen: int) -> RefundReport:
    return RefundReport(
        number=number,
        state=ReportedRefundState.SUCCEEDED,
        payment_number=str(said.get("out_trade_no", "")),
        amount_fen=amount_fen,
        ended_at=_instant(said.get("gmt_refund_pay")),
    )


def _amount_fen(value: object) -> int:
    """An amount that makes no sense reads as 0, which fits no payment."""
    try:
        return parse_yuan(str(value))
    except ValueError:
        return 0


def _instant(value: object) -> datetime | None:
    """A time of China as Alipay writes it."""
    try:
        return datetime.strptime(str(value), _TIME).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
