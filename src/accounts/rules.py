"""Roles and actors: the law of who somebody is. Whom a role lets near what is said by each verb."""

import enum
from dataclasses import dataclass

from kernel.refusal import Forbidden


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
