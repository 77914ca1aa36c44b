"""Roles and actors, and which names and passwords are refused. Each service says which roles may call it."""

import enum
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from kernel.refusal import Forbidden, Unauthenticated
from kernel.text import normalized


class Role(enum.StrEnum):
    OPS = "ops"
    FINANCE = "finance"
    BRAND = "brand"
    RESELLER = "reseller"
    SYSTEM = "system"
    """The service itself: sweeps, the monthly roll-over. Nobody signs in with it."""


class CodeResetState(enum.StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    """The device and the recovery codes are removed."""
    REFUSED = "refused"
    """Refused by somebody else, or taken back by who asked."""


SIGN_IN_ROLES = (Role.OPS, Role.FINANCE, Role.BRAND, Role.RESELLER)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `person_id` is None for the service itself."""

    person_id: int | None
    role: Role
    name: str

    @property
    def own_id(self) -> int:
        """The id of the person who acts. The service itself has none; a caller that asks for it has a bug."""
        if self.person_id is None:
            raise ValueError("the service itself has no person")
        return self.person_id


SYSTEM = Actor(person_id=None, role=Role.SYSTEM, name="system")


class SignInFirst(Unauthenticated):
    code = "accounts.sign_in_first"
    zh = "请先登录"
    en = "Sign in first"


class NotAllowed(Forbidden):
    code = "accounts.not_allowed"
    zh = "您的身份不能进行此操作"
    en = "Your role ({role}) may not do this"
    role: str


def require_roles(actor: Actor, *roles: Role) -> None:
    """Refuse an actor whose role is not among `roles`. The service itself is never refused."""
    if actor.role is not Role.SYSTEM and actor.role not in roles:
        raise NotAllowed(role=actor.role.value)


NAMES_OF_THE_SYSTEM = frozenset({"系统", "system"})
"""Names that the audit log shows for what no person did."""
NAMES_OF_THE_PLATFORM = frozenset(
    {"运营", "ops", "财务", "finance", "尾仓", "weicang", "admin", "平台", "官方", "客服", "管理员"}
    | {f"{whose}客服" for whose in ("尾仓", "weicang", "平台", "官方")}
)
"""Names by which people outside know the platform; only its own staff may have them (ACCOUNT-6)."""
MIN_PASSWORD, MAX_PASSWORD = 8, 128
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
"""A mobile number of mainland China."""


def normalized_login(login: str) -> str:
    """A sign-in name as it is stored: the eleven digits of a mobile number; any other in NFC and lower case, without spaces around it."""
    phone = _phone_digits(login)
    return phone if _MOBILE.fullmatch(phone) else login_as_typed(login)


def login_as_typed(login: str) -> str:
    """NFC and lower case, without spaces around it: how mobile numbers, too, were stored before they were reduced to digits."""
    return unicodedata.normalize("NFC", normalized(login).lower())


def is_reserved_name(name: str, role: Role | None = None) -> bool:
    """Whether a name is reserved for others than this role; spaces, punctuation and the width of letters are ignored."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    bare = "".join(each for each in folded if unicodedata.category(each)[0] not in "ZPC")
    return bare in NAMES_OF_THE_SYSTEM or (bare in NAMES_OF_THE_PLATFORM and role not in (Role.OPS, Role.FINANCE))


def identifies_owner(password: str, *, login: str, name: str) -> bool:
    """Whether a password is the login, its telephone number or the name of its owner, however it is written."""
    folded = _folded(password)
    if folded in (_folded(login), _folded(name)):
        return True
    phone = _phone_digits(login)
    return phone != "" and phone == _phone_digits(password)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _phone_digits(text: str) -> str:
    """The digits of a telephone number without the prefix of mainland China; "" for a text that is no telephone number."""
    folded = _folded(text)
    digits = "".join(each for each in folded if each.isdigit())
    if len(digits) < 7 or any(not each.isdigit() and each not in "+-().·" for each in folded):
        return ""
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 11:
            return digits.removeprefix(prefix)
    return digits


CODE_DIGITS, STEP_SECONDS = 6, 30
"""A one-time code, and how long one lasts (RFC 6238)."""
RECOVERY_CODES = 10
MAX_TYPED_CODE = 40
_RECOVERY_LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"
"""Without letters and digits that are mistaken for each other."""
_RECOVERY_LENGTH, _RECOVERY_GROUP = 16, 4


def accepted_steps(at: datetime, *, after_step: int) -> list[int]:
    """The steps whose code is good at an instant: the present one and its neighbours, if later than the last one used (ACCOUNT-10)."""
    present = int(at.timestamp()) // STEP_SECONDS
    return [step for step in (present, present - 1, present + 1) if step > after_step]


def typed_code(typed: str) -> str:
    """A code as it is compared: half width, capitals, without blanks and hyphens."""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(each for each in folded if not each.isspace() and each not in "-–—")


def new_recovery_code() -> str:
    """A recovery code as it is shown: XXXX-XXXX-XXXX-XXXX, 74 bits."""
    letters = "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[start : start + _RECOVERY_GROUP] for start in range(0, _RECOVERY_LENGTH, _RECOVERY_GROUP))


def is_recovery_code(code: str) -> bool:
    """Whether a code, as `typed_code` gives it, has the form of a recovery code."""
    return len(code) == _RECOVERY_LENGTH and set(code) <= set(_RECOVERY_LETTERS)
