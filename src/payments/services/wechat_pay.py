"""WeChat Pay, version 3 of its interface, filling the port.

The library `wechatpayv3` signs, verifies and decrypts. The requests go through our own client, which limits their size and time
(docs/decisions/0250-providers-sign-by-library-and-speak-through-our-client.md).
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_certificate,
    load_private_key,
    load_public_key,
    rsa_sign,
    rsa_verify,
)

from kernel.period import SHANGHAI
from payments.rules import MerchantAccount, PaymentReport, PaymentWay, Provider, ReportedState, is_fresh
from payments.services.port import Callback, Forged, NewPayment, ProvenReport, ProviderRefused
from web.outbound import Answer, NoAnswer, OutboundClient

CERTIFICATES_PATH = "/v3/certificates"
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
_KEEP_CERTIFICATES_SECONDS = 12 * 3600.0
_RELOAD_SECONDS = 60.0
"""The certificates are loaded for an unknown serial number, or tried again, at most so often: strangers can send any callback."""
_MAX_ADDRESS = 2000


class VerifyingKey(Protocol):
    """A public key of the cryptography library."""

    def verify(self, *arguments: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class WeChatPayAccount:
    """Our account, with the texts of its keys. `public_key` and its id are "" where WeChat signs with certificates."""

    app_id: str
    merchant_id: str
    serial: str
    private_key: str = field(repr=False)
    api_v3_key: str = field(repr=False)
    public_key_id: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class PaymentSheet:
    """What `WeixinJSBridge` takes to open WeChat's sheet."""

    app_id: str
    timestamp: str
    nonce: str
    package: str
    signature: str


@dataclass(slots=True)
class _Certificates:
    """The keys of WeChat's certificates by serial number, and when they were loaded."""

    keys: dict[str, VerifyingKey]
    loaded_at: float


_certificates: dict[tuple[str, str], _Certificates] = {}
"""By address and merchant, for this process."""
_failed_at: dict[tuple[str, str], float] = {}
"""When the certificates could not be loaded, by address and merchant."""


class WeChatPayClient(OutboundClient):
    """Asks WeChat Pay for one merchant, and reads what it calls back with. It believes only what WeChat has signed."""

    def __init__(self, account: WeChatPayAccount, *, url: str, notify_url: str) -> None:
        super().__init__(url)
        self._url_of_service, self._notify_url = url, notify_url
        self._ours = account
        self._private_key = load_private_key(account.private_key)
        self._public_key = load_public_key(account.public_key) if account.public_key_id else None

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
        address = self._ask("POST", _PATHS[payment.way], document)[0].get(_ADDRESSES[payment.way])
        if not isinstance(address, str) or not 0 < len(address) <= _MAX_ADDRESS:
            raise NoAnswer("unreadable")
        return address

    def sheet(self, prepay_id: str) -> PaymentSheet:
        """What opens WeChat's sheet for a payment that it took, signed now."""
        stamp, nonce, package = str(int(_clock().timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signature = rsa_sign(self._private_key, f"{self._ours.app_id}\n{stamp}\n{nonce}\n{package}\n")
        return PaymentSheet(self._ours.app_id, stamp, nonce, package, signature)

    def query(self, number: str) -> ProvenReport:
        path = f"{_TRANSACTIONS}/out-trade-no/{quote(number)}?mchid={self._ours.merchant_id}"
        try:
            document, text = self._ask("GET", path)
        except _NotFound:
            return ProvenReport(PaymentReport(number, ReportedState.UNKNOWN), "")
        report = _read_report(document)
        if report.number != number:
            raise NoAnswer("another number")
        return ProvenReport(report, text)

    def close(self, number: str) -> ReportedState:
        path = f"{_TRANSACTIONS}/out-trade-no/{quote(number)}/close"
        try:
            self._ask("POST", path, {"mchid": self._ours.merchant_id})
        except ProviderRefused:
            # Paid, closed before, or not known: which of them, only a query says without doubt.
            return self.query(number).report.state
        return ReportedState.CLOSED

    def read_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Callback:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Forged("no text") from error
        if not self._is_signed(headers, text):
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
            signed_at=_signed_at(headers),
            number=str(document.get("out_trade_no", ""))[:64],
            report=_read_report(document) if kind == SUCCESS_EVENT else None,
            content=content,
        )

    def _ask(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], str]:
        """The document that WeChat answered and signed, and its text. Raises NoAnswer, ProviderRefused or _NotFound."""
        answer = self._send(method, path, document)
        text = _text(answer)
        if answer.status >= 500 or answer.status == 429:
            raise NoAnswer(f"http {answer.status}")
        if answer.status == 404:
            raise _NotFound(_error_code(text))
        if answer.status >= 300:
            raise ProviderRefused(_error_code(text))
        if not self._is_signed(answer.headers, text) or not is_fresh(_signed_at(answer.headers), now=_clock()):
            raise NoAnswer("not signed")
        return ({}, "") if not text else (_document(text), text)

    def _send(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> Answer:
        content = json.dumps(document, ensure_ascii=False) if document is not None else ""
        authorization = build_authorization(
            path, method, self._ours.merchant_id, self._ours.serial, self._private_key, data=content
        )
        headers = {"Authorization": authorization, "Accept": "application/json", "Content-Type": "application/json"}
        if self._ours.public_key_id:
            headers["Wechatpay-Serial"] = self._ours.public_key_id
        return self.exchange(method, path, headers=headers, content=content.encode())

    def _is_signed(self, headers: Mapping[str, str], text: str) -> bool:
        if not _has_signature(headers):
            return False
        key = self._verifying_key(headers.get("wechatpay-serial", ""))
        return key is not None and _verifies(key, headers, text)

    def _verifying_key(self, serial: str) -> VerifyingKey | None:
        if self._public_key is not None and serial == self._ours.public_key_id:
            found: VerifyingKey | None = self._public_key
            return found
        if self._ours.public_key_id:
            return None
        kept, place, at = _certificates.get(self._place), self._place, time.monotonic()
        is_old = kept is None or at - kept.loaded_at > _KEEP_CERTIFICATES_SECONDS
        is_unknown = kept is not None and serial not in kept.keys and at - kept.loaded_at > _RELOAD_SECONDS
        if is_old or is_unknown:
            if at - _failed_at.get(place, -_RELOAD_SECONDS) < _RELOAD_SECONDS:
                raise NoAnswer("the certificates could not be loaded")
            try:
                kept = _certificates[place] = _Certificates(self._load_certificates(), at)
            except NoAnswer:
                _failed_at[place] = time.monotonic()
                raise
            _failed_at.pop(place, None)
        return kept.keys.get(serial) if kept else None

    @property
    def _place(self) -> tuple[str, str]:
        return self._url_of_service, self._ours.merchant_id

    def _load_certificates(self) -> dict[str, VerifyingKey]:
        """WeChat's certificates, which it encrypts with our key and signs with one of them."""
        answer = self._send("GET", CERTIFICATES_PATH)
        text = _text(answer)
        if answer.status != 200:
            raise NoAnswer(f"http {answer.status}")
        keys: dict[str, VerifyingKey] = {}
        try:
            for each in _document(text)["data"]:
                encrypted = each["encrypt_certificate"]
                pem = aes_decrypt(
                    nonce=encrypted["nonce"],
                    ciphertext=encrypted["ciphertext"],
                    associated_data=encrypted["associated_data"],
                    apiv3_key=self._ours.api_v3_key,
                )
                certificate = load_certificate(pem) if pem else None
                if certificate and certificate.not_valid_before_utc <= _clock() <= certificate.not_valid_after_utc:
                    keys[str(each["serial_no"])] = certificate.public_key()
        except (KeyError, TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise NoAnswer("unreadable") from error
        key = keys.get(answer.headers.get("wechatpay-serial", ""))
        if key is None or not _verifies(key, answer.headers, text):
            raise NoAnswer("not signed")
        return keys


class _NotFound(ProviderRefused):
    """WeChat knows nothing of what was asked for."""


def forget_certificates() -> None:
    """The next signature loads WeChat's certificates."""
    _certificates.clear()
    _failed_at.clear()


def _clock() -> datetime:
    """The present time: signatures are made and judged now, whatever instant a service acts for."""
    return datetime.now(UTC)


def _has_signature(headers: Mapping[str, str]) -> bool:
    return all(headers.get(f"wechatpay-{name}") for name in ("timestamp", "nonce", "signature"))


def _verifies(key: VerifyingKey, headers: Mapping[str, str], text: str) -> bool:
    stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    signature = headers.get("wechatpay-signature", "")
    return _has_signature(headers) and bool(rsa_verify(stamp, nonce, text, signature, key))


def _signed_at(headers: Mapping[str, str]) -> datetime:
    """When a signature was made; it covers this time. A time that makes no sense is one long ago."""
    stamp = headers.get("wechatpay-timestamp", "")
    return datetime.fromtimestamp(int(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else 0, UTC)


def _text(answer: Answer) -> str:
    try:
        return answer.body.decode()
    except UnicodeDecodeError as error:
        raise NoAnswer("unreadable") from error


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("unreadable") from error
    if not isinstance(document, dict):
        raise NoAnswer("unreadable")
    return document


def _error_code(text: str) -> str:
    try:
        return str(_document(text).get("code", ""))[:64]
    except NoAnswer:
        return ""


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


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
