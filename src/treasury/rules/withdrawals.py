"""How much a reseller may take out of her wallet, and from when (MONEY-8)."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta


class LimitBroken(enum.StrEnum):
    NOTHING = "nothing"
    """No amount, or an empty wallet."""
    MIN = "min"
    MAX = "max"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class WithdrawalLimits:
    """The least and the most of one withdrawal and the most of one day in China, in fen."""

    min_fen: int
    max_fen: int
    max_day_fen: int

    def broken_by(self, amount_fen: int, *, balance_fen: int, today_fen: int) -> LimitBroken | None:
        """The limit that a withdrawal breaks, where `today_fen` were withdrawn today. All that is left may be less than the least."""
        if amount_fen <= 0:
            return LimitBroken.NOTHING
        if amount_fen < min(self.min_fen, balance_fen):
            return LimitBroken.MIN
        if amount_fen > self.max_fen:
            return LimitBroken.MAX
        if today_fen + amount_fen > self.max_day_fen:
            return LimitBroken.DAY
        return None


def withdrawable_from(sign_in_changed_at: datetime | None, cool_down: timedelta) -> datetime | None:
    """From when somebody may withdraw whose way to sign in was changed; None where it was not."""
    return None if sign_in_changed_at is None else sign_in_changed_at + cool_down
