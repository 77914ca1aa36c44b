"""The law of invitations: one level, once, after a purchase that stood, capped, and growth only (GROWTH-14 to GROWTH-17)."""

import enum
import unicodedata
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any


class BadInvitationTerms(Exception):
    """The settings of invitations ask for something that this house does not do. The service does not start with them."""


MAX_CODE_LIFE = timedelta(days=365)


def code_as_issued(typed: str) -> str:
    """An invitation code as people paste it (full-width letters, blanks, hyphens and line breaks within, words of Chinese around it) in
    the spelling in which it was issued."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


class RewardState(enum.IntEnum):
    WAITING = 1
    GRANTED = 2
    CAPPED = 3
    VOID = 4


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """What invitations may do. There is no field for money and none for a deeper level; `of` refuses settings that invent one.

    `reward_milli`: growth for the direct inviter; `least_order_fen`: what the invitee must have paid and kept for it;
    `survives_days`: how long the order must stand at least; `rewards_per_month` and `uses_per_month`: caps per inviter;
    `uses_per_house_code`: how many may join with one code of ops; `code_days`: how long a code works that says nothing else.
    """

    reward_milli: int = 10_000
    least_order_fen: int = 100_00
    survives_days: int = 15
    rewards_per_month: int = 10
    uses_per_month: int = 20
    code_days: int = 30
    uses_per_house_code: int = 20

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise BadInvitationTerms(f"{field.name} must be a whole number, not {value!r}")
        if self.least_order_fen < 1:
            raise BadInvitationTerms("least_order_fen must be positive: nobody is rewarded for mere headcount")
        if self.survives_days < 1:
            raise BadInvitationTerms("survives_days must be at least 1: a reward waits for the return window")
        if self.rewards_per_month < 1 or self.rewards_per_month > 1000:
            raise BadInvitationTerms("rewards_per_month must be 1 to 1000: rewards are capped")
        if not 1 <= self.code_days <= MAX_CODE_LIFE.days:
            raise BadInvitationTerms(f"code_days must be 1 to {MAX_CODE_LIFE.days}: every code expires within a year")
        if not 1 <= self.uses_per_house_code <= 10_000:
            raise BadInvitationTerms(
                "uses_per_house_code must be 1 to 10000: a code that got about must not let everybody in"
            )

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "InvitationTerms":
        """Terms from settings. Any word that is not one of ours is refused, first of all levels and money (GROWTH-16)."""
        known = {field.name for field in fields(cls)}
        strange = sorted(set(settings) - known)
        if strange:
            raise BadInvitationTerms(
                f"unknown terms {', '.join(strange)}: an invitation rewards its direct inviter, once, in growth, "
                f"after a purchase that stood. Known are {', '.join(sorted(known))}"
            )
        return cls(**settings)

    @property
    def survival(self) -> timedelta:
        return timedelta(days=self.survives_days)

    @property
    def code_life(self) -> timedelta:
        return timedelta(days=self.code_days)


def reward_outcome(*, kept_fen: int, granted_this_month: int, terms: InvitationTerms) -> RewardState:
    """What becomes of a reward whose order has stood its time (GROWTH-15, GROWTH-17)."""
    if kept_fen < terms.least_order_fen:
        return RewardState.VOID
    return RewardState.GRANTED if granted_this_month < terms.rewards_per_month else RewardState.CAPPED
