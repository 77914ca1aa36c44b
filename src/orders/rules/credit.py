"""How much a reseller may hold without paying."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

EXPIRED_ORDERS_WINDOW = timedelta(hours=24)


MAX_EXPIRED_CARTS = 3
"""After so many carts that expired unpaid within the window, a reseller can only grab what her wallet covers."""


EXPIRE_TOGETHER = timedelta(minutes=15)
"""Orders whose time to pay ends within so long of the first of them are one cart, and expire as one (ORDER-6)."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What decides how much a reseller's next order may cost (ORDER-6). All amounts in fen.

    `limit_fen` is the unpaid limit of her tier, `unpaid_fen` the total of her unpaid orders, `expired` the number of her carts that
    expired within `EXPIRED_ORDERS_WINDOW` (`count_expired_carts`). `others_unpaid_fen` is what the other trial members of her inviter have
    not paid, beyond what their wallets hold; None where she shares no limit.
    """

    limit_fen: int
    unpaid_fen: int
    wallet_fen: int
    expired: int
    others_unpaid_fen: int | None

    @property
    def must_be_covered_by_wallet(self) -> bool:
        return self.expired >= MAX_EXPIRED_CARTS

    @property
    def own_allowance_fen(self) -> int:
        """What the next order may cost by her own limit. The limit is never less than her wallet holds."""
        ceiling = self.wallet_fen if self.must_be_covered_by_wallet else max(self.limit_fen, self.wallet_fen)
        return ceiling - self.unpaid_fen

    @property
    def allowance_fen(self) -> int:
        """What the next order may cost by her own limit and by the shared one. Only what no wallet covers counts against the shared one."""
        if self.others_unpaid_fen is None:
            return self.own_allowance_fen
        shared = self.wallet_fen - self.unpaid_fen + max(0, self.limit_fen - self.others_unpaid_fen)
        return min(self.own_allowance_fen, shared)


def count_expired_carts(ends: Iterable[datetime]) -> int:
    """How many carts expired, by the ends of the time to pay of their orders: what ends within `EXPIRE_TOGETHER` of a first is one."""
    count, first = 0, None
    for end in sorted(ends):
        if first is None or end >= first + EXPIRE_TOGETHER:
            count, first = count + 1, end
    return count
