"""The rules of invitations: one level, one reward per invitee, after a purchase that was not refunded, capped, growth only
(GROWTH-14 to GROWTH-17)."""

import enum
import unicodedata
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any


class InvalidInvitationTerms(Exception):
    """The settings of invitations ask for something that the service does not allow. It does not start with them."""


MAX_CODE_LIFE = timedelta(days=365)


def normalized_code(typed: str) -> str:
    """The code as it was issued, from what people paste: full-width letters, blanks, hyphens, line breaks, Chinese words around it."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


class RewardState(enum.IntEnum):
    WAITING = 1
    GRANTED = 2
    CAPPED = 3
    VOID = 4


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """The limits of invitations. There is no field for money and none for a second level; `of` refuses settings with other fields.

    `reward_milli`: growth for the direct inviter; `min_order_fen`: what the invitee must have paid, without refunds, for it;
    `waiting_days`: how long the order must stay unrefunded at least; `rewards_per_month` and `uses_per_month`: caps per inviter;
    `uses_per_platform_code`: how many may join with one code of ops; `code_days`: the default life of a code.
    """

    reward_milli: int = 10_000
    min_order_fen: int = 100_00
    waiting_days: int = 15
    rewards_per_month: int = 10
    uses_per_month: int = 20
    code_days: int = 30
    uses_per_platform_code: int = 20

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise InvalidInvitationTerms(f"{field.name} must be a whole number, not {value!r}")
        if self.min_order_fen < 1:
            raise InvalidInvitationTerms("min_order_fen must be positive: nobody is rewarded for mere headcount")
        if self.waiting_days < 1:
            raise InvalidInvitationTerms("waiting_days must be at least 1: a reward waits for the return window")
        if self.rewards_per_month < 1 or self.rewards_per_month > 1000:
            raise InvalidInvitationTerms("rewards_per_month must be 1 to 1000: rewards are capped")
        if not 1 <= self.code_days <= MAX_CODE_LIFE.days:
            raise InvalidInvitationTerms(
                f"code_days must be 1 to {MAX_CODE_LIFE.days}: every code expires within a year"
            )
        if not 1 <= self.uses_per_platform_code <= 10_000:
            raise InvalidInvitationTerms(
                "uses_per_platform_code must be 1 to 10000: a code that got about must not let everybody in"
            )

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "InvitationTerms":
        """Terms from settings. Unknown fields are refused: above all levels and money (GROWTH-16)."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise InvalidInvitationTerms(
                f"unknown terms {', '.join(unknown)}: an invitation rewards its direct inviter, once, in growth, "
                f"after a purchase that was not refunded. Known are {', '.join(sorted(known))}"
            )
        return cls(**settings)

    @property
    def waiting_time(self) -> timedelta:
        return timedelta(days=self.waiting_days)

    @property
    def code_life(self) -> timedelta:
        return timedelta(days=self.code_days)


def reward_outcome(*, unrefunded_fen: int, granted_this_month: int, terms: InvitationTerms) -> RewardState:
    """The outcome of a reward whose waiting time is over (GROWTH-15, GROWTH-17)."""
    if unrefunded_fen < terms.min_order_fen:
        return RewardState.VOID
    return RewardState.GRANTED if granted_this_month < terms.rewards_per_month else RewardState.CAPPED
