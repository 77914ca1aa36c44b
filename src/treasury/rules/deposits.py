"""When a deposit goes back to its brand (MONEY-12)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DepositTies:
    """What a deposit still secures: sales that are scheduled or live, cases, money of sales that are not settled, and
    what the brand owes after its statements, both in fen."""

    open_sales: int
    open_cases: int
    unsettled_fen: int
    debt_fen: int = 0

    @property
    def none_left(self) -> bool:
        return (self.open_sales, self.open_cases, self.unsettled_fen, self.debt_fen) == (0, 0, 0, 0)


def may_return(*, amount_fen: int, deposit_fen: int, required_fen: int, sells: bool, ties: DepositTies) -> bool:
    """What is above the required deposit goes back at any time; the rest when the brand has stopped selling and nothing is open."""
    if amount_fen > deposit_fen:
        return False
    return deposit_fen - amount_fen >= required_fen or (not sells and ties.none_left)
