"""Roles and actors: the law of who somebody is, and which names and passwords are refused. Each service says which roles may call it."""

import enum
import re
import unicodedata
from dataclasses import dataclass

from kernel.refusal import Forbidden
from kernel.text import normalized


class Role(enum.StrEnum):
    OPS = "ops"
    FINANCE = "finance"
    BRAND = "brand"
    RESELLER = "reseller"
    SYSTEM = "system"
    """The house itself: sweeps, the month's turn. Nobody signs in as it."""


SIGN_IN_ROLES = (Role.OPS, Role.FINANCE, Role.BRAND, Role.RESELLER)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `person_id` is None for the house itself."""

    person_id: int | None
    role: Role
    name: str

    @property
    def own_id(self) -> int:
        """The id of the person who acts; the house itself has none, and asking is a bug."""
        assert self.person_id is not None
        return self.person_id


SYSTEM = Actor(person_id=None, role=Role.SYSTEM, name="system")


@dataclass(eq=False)
class NotAllowed(Forbidden):
    code = "accounts.not_allowed"
    zh = "您的身份不能进行此操作"
    en = "Your role ({role}) may not do this"
    role: str


def require(actor: Actor, *roles: Role) -> None:
    """Refuse an actor whose role is not among `roles`; the house itself passes everywhere."""
    if actor.role is not Role.SYSTEM and actor.role not in roles:
        raise NotAllowed(role=actor.role.value)


NAMES_OF_THE_SYSTEM = frozenset({"系统", "system"})
"""Names by which the audit trail calls what no person did."""
NAMES_OF_THE_PLATFORM = frozenset(
    {"运营", "ops", "财务", "finance", "尾仓", "weicang", "admin", "平台", "官方", "客服", "管理员"}
    | {f"{whose}客服" for whose in ("尾仓", "weicang", "平台", "官方")}
)
"""Names by which people outside know the platform; only its own staff may have them (ACCOUNT-6)."""
MIN_PASSWORD, MAX_PASSWORD = 8, 128
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
"""A mobile number of mainland China."""


def normalized_login(login: str) -> str:
    """The one spelling of a sign-in name: the eleven digits of a mobile number; of others NFC, lower case, no spaces around it."""
    phone = _phone_digits(login)
    return phone if _MOBILE.fullmatch(phone) else login_as_typed(login)


def login_as_typed(login: str) -> str:
    """NFC, lower case, no spaces around it: how phone numbers, too, were kept as logins before they had one spelling."""
    return unicodedata.normalize("NFC", normalized(login).lower())


def is_reserved(name: str, role: Role | None = None) -> bool:
    """Whether a name, without its spaces and punctuation and in any width of letters, is one that somebody of this role may not have."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    bare = "".join(each for each in folded if unicodedata.category(each)[0] not in "ZPC")
    return bare in NAMES_OF_THE_SYSTEM or (bare in NAMES_OF_THE_PLATFORM and role not in (Role.OPS, Role.FINANCE))


def names_its_owner(password: str, *, login: str, name: str) -> bool:
    """Whether a password is the login, the phone number behind it or the name of whom it belongs to, however it is written."""
    folded = _folded(password)
    if folded in (_folded(login), _folded(name)):
        return True
    phone = _phone_digits(login)
    return phone != "" and phone == _phone_digits(password)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _phone_digits(text: str) -> str:
    """The digits of a phone number without the prefix of mainland China; "" for what is no phone number."""
    folded = _folded(text)
    digits = "".join(each for each in folded if each.isdigit())
    if len(digits) < 7 or any(not each.isdigit() and each not in "+-().·" for each in folded):
        return ""
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 11:
            return digits.removeprefix(prefix)
    return digits
