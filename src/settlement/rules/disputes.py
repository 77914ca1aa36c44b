"""The rules of disputes: a brand names its own figure of a line, and finance accepts it or keeps theirs (SETTLE-5)."""

import enum


class DisputeState(enum.StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    """The figure of the brand counts: the difference is an adjustment of the statement."""
    KEPT = "kept"
    """The figure of the statement stands."""


MAX_REASON = 300
MAX_DISPUTES_AT_ONCE = 500


def is_possible_figure(claimed_fen: int, *, sold_fen: int, payable_fen: int) -> bool:
    """Whether a brand may claim this payable of a line: between nothing and what was sold, and another than the statement says."""
    return 0 <= claimed_fen <= sold_fen and claimed_fen != payable_fen


def adjustment_fen(state: DisputeState, *, claimed_fen: int, payable_fen: int) -> int:
    """What a dispute changes of the statement: the difference to the brand's figure where it was accepted."""
    return claimed_fen - payable_fen if state is DisputeState.ACCEPTED else 0
