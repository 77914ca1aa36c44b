"""Time-based one-time passwords (RFC 6238), and how the secret of a device is stored: encrypted (docs/decisions/0277)."""

import base64
import hmac
import secrets
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings

from accounts.rules import CODE_DIGITS, STEP_SECONDS, accepted_steps
from kernel.refusal import Conflict

ISSUER = "尾仓"
_SECRET_BYTES = 20
"""The length of a SHA-1 digest, as RFC 4226 recommends."""
_SALT = b"weicang.one_time_codes"


class SecretUnreadable(Conflict):
    code = "accounts.code_secret_unreadable"
    zh = "动态口令的密钥无法读取（服务器密钥换过）；请由两人重置后重新绑定"
    en = "The secret of your one-time codes cannot be read: the key of the server changed; have two people reset it"


def new_secret() -> str:
    """A new secret in Base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def encrypt_secret(secret: str, *, person_id: int) -> str:
    """The secret as it is stored. It holds whose it is, so that the row of another person cannot be exchanged for it."""
    return _cipher().encrypt(f"{person_id}:{secret}".encode()).decode()


def decrypt_secret(stored: str, *, person_id: int) -> str:
    try:
        owner, _, secret = _cipher().decrypt(stored.encode()).decode().partition(":")
    except InvalidToken as cause:
        raise SecretUnreadable from cause
    if owner != str(person_id):
        raise SecretUnreadable
    return secret


def code_at(secret: str, step: int) -> str:
    """The code of a step of 30 seconds."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def matching_step(secret: str, code: str, *, at: datetime, after_step: int) -> int | None:
    """The accepted step of which this is the code; None where there is none, or only one that was used before."""
    fits = [
        step for step in accepted_steps(at, after_step=after_step) if hmac.compare_digest(code_at(secret, step), code)
    ]
    return fits[0] if fits else None


def provisioning_uri(secret: str, login: str) -> str:
    """What the QR code says: authenticator apps read it."""
    return _totp(secret).get_provisioning_uri(login, ISSUER)


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), CODE_DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238; apps know no other


def _cipher() -> MultiFernet:
    """Encrypts with the first key of the settings, and decrypts with any of them."""
    return MultiFernet([Fernet(_derived_key(each)) for each in settings.ONE_TIME_CODE_KEYS])


def _derived_key(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=b"secrets of devices").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
