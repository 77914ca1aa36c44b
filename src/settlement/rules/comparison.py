"""The rules of comparing a brand's reconciliation list 对账表 with a statement: what a difference is (SETTLE-13)."""

import enum
from collections.abc import Iterable, Sequence

from settlement.rules.disputes import is_possible_figure

COUNTS = ("units", "refunded_units")
AMOUNTS = ("sold", "refunded", "commission", "payable")
FIGURES = (*COUNTS, *AMOUNTS)
"""What is compared of a line, in the order in which figures are kept; amounts in fen."""
MAX_TOLERANCE_FEN = 100
MAX_DIFFERENCES = 5_000
"""So many are kept one by one; all are counted and summed."""


class ComparisonState(enum.StrEnum):
    RECEIVED = "received"
    READING = "reading"
    QUESTION = "question"
    """The list has a column that the brand must name."""
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class DifferenceKind(enum.StrEnum):
    DIFFERS = "differs"
    """The line is in both, with another figure."""
    ONLY_LIST = "only_list"
    ONLY_STATEMENT = "only_statement"
    UNREAD = "unread"
    """The list has it on a row that could not be read, so that it was not compared."""


def sums_of(figures: Iterable[Sequence[int | None]]) -> tuple[int | None, ...]:
    """The sum of each figure over rows; None where no row says it."""
    columns = list(zip(*figures, strict=True)) or [()] * len(FIGURES)
    return tuple(sum(said) if (said := [each for each in column if each is not None]) else None for column in columns)


def differing(listed: Sequence[int | None], stated: Sequence[int], *, tolerance_fen: int, line_count: int) -> list[int]:
    """Which figures differ, by their place in FIGURES. Amounts may differ by the tolerance per line, counts by nothing."""
    found = []
    for at, (name, said, known) in enumerate(zip(FIGURES, listed, stated, strict=True)):
        allowed = 0 if name in COUNTS else tolerance_fen * line_count
        if said is not None and abs(said - known) > allowed:
            found.append(at)
    return found


def claim_of(listed: Sequence[int | None], stated: Sequence[int], *, sold_fen: int) -> int | None:
    """What the brand claims for a line by its list, in fen; None where the list does not say it, or it can be claimed by no dispute."""
    payable = FIGURES.index("payable")
    claimed_fen, payable_fen = listed[payable], stated[payable]
    if claimed_fen is None or not is_possible_figure(claimed_fen, sold_fen=sold_fen, payable_fen=payable_fen):
        return None
    return claimed_fen
