"""How WeChat Pay is spoken to: requests that we sign, answers and callbacks that only WeChat can have signed.

The library `wechatpayv3` signs, verifies and decrypts. The requests go through our own client, which limits their size and time
(docs/decisions/0250-providers-sign-by-library-and-speak-through-our-client.md).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_certificate,
    load_private_key,
    load_public_key,
    rsa_verify,
)

from payments.rules.payments import is_fresh
from payments.services.port import ProviderRefused
from web.outbound import MAX_ANSWER_BYTES, Answer, NoAnswer, OutboundClient

CERTIFICATES_PATH = "/v3/certificates"
_KEEP_CERTIFICATES_SECONDS = 12 * 3600.0
_RELOAD_SECONDS = 60.0
"""The certificates are loaded for an unknown serial number, or tried again, at most so often: strangers can send any callback."""


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


@dataclass(slots=True)
class _Certificates:
    """The keys of WeChat's certificates by serial number, and when they were loaded."""

    keys: dict[str, VerifyingKey]
    loaded_at: float


_certificates: dict[tuple[str, str], _Certificates] = {}
"""By address and merchant, for this process."""
_failed_at: dict[tuple[str, str], float] = {}
"""When the certificates could not be loaded, by address and merchant."""


class WeChatPayTransport(OutboundClient):
    """Asks WeChat Pay for one merchant. It believes only what WeChat has signed."""

    def __init__(self, account: WeChatPayAccount, *, url: str) -> None:
        super().__init__(url)
        self.url_of_service, self._ours = url, account
        self._private_key = load_private_key(account.private_key)
        self._public_key = load_public_key(account.public_key) if account.public_key_id else None

    def ask(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], str]:
        """The document that WeChat answered and signed, and its text. Raises NoAnswer, ProviderRefused or NotFound."""
        answer = self.send(method, path, document)
        text = _text(answer)
        if answer.status >= 500 or answer.status == 429:
            raise NoAnswer(f"http {answer.status}")
        if answer.status == 404:
            raise NotFound(_error_code(text))
        if answer.status >= 300:
            raise ProviderRefused(_error_code(text))
        if not self.is_signed(answer.headers, text) or not is_fresh(signed_at_of(answer.headers), now=signing_clock()):
            raise NoAnswer("not signed")
        return ({}, "") if not text else (_document(text), text)

    def send(
        self,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """The answer to a request that we sign, whoever gave it."""
        content = json.dumps(document, ensure_ascii=False) if document is not None else ""
        authorization = build_authorization(
            path, method, self._ours.merchant_id, self._ours.serial, self._private_key, data=content
        )
        headers = {"Authorization": authorization, "Accept": "application/json", "Content-Type": "application/json"}
        if self._ours.public_key_id:
            headers["Wechatpay-Serial"] = self._ours.public_key_id
        return self.exchange(method, path, headers=headers, content=content.encode(), max_bytes=max_bytes)

    def is_signed(self, headers: Mapping[str, str], text: str) -> bool:
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
        return self.url_of_service, self._ours.merchant_id

    def _load_certificates(self) -> dict[str, VerifyingKey]:
        """WeChat's certificates, which it encrypts with our key and signs with one of them."""
        answer = self.send("GET", CERTIFICATES_PATH)
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
                if (
                    certificate
                    and certificate.not_valid_before_utc <= signing_clock() <= certificate.not_valid_after_utc
                ):
                    keys[str(each["serial_no"])] = certificate.public_key()
        except (KeyError, TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise NoAnswer("unreadable") from error
        key = keys.get(answer.headers.get("wechatpay-serial", ""))
        if key is None or not _verifies(key, answer.headers, text):
            raise NoAnswer("not signed")
        return keys


class NotFound(ProviderRefused):
    """WeChat knows nothing of what was asked for."""


def forget_certificates() -> None:
    """The next signature loads WeChat's certificates."""
    _certificates.clear()
    _failed_at.clear()


def signing_clock() -> datetime:
    """The present time: signatures are made and judged now, whatever instant a service acts for."""
    return datetime.now(UTC)


def _has_signature(headers: Mapping[str, str]) -> bool:
    return all(headers.get(f"wechatpay-{name}") for name in ("timestamp", "nonce", "signature"))


def _verifies(key: VerifyingKey, headers: Mapping[str, str], text: str) -> bool:
    stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    signature = headers.get("wechatpay-signature", "")
    return _has_signature(headers) and bool(rsa_verify(stamp, nonce, text, signature, key))


def signed_at_of(headers: Mapping[str, str]) -> datetime:
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
