"""Compares a reconciliation list with a statement (SETTLE-13). With pandas: only a worker imports this module."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from imports.reconciliation_sheet import ListLine
from settlement.rules.comparison import AMOUNTS, FIGURES, MAX_DIFFERENCES, DifferenceKind
from settlement.uploads.matching import ComparedLine, Group, OtherLine, group_rows

_KINDS = tuple(DifferenceKind)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one group: its figures by both sides, in the order of FIGURES; `differing` are places in it."""

    kind: DifferenceKind
    group: Group
    listed: list[int | None]
    stated: list[int] | None
    differing: list[int]


@dataclass(frozen=True, slots=True)
class FigureSums:
    """The sums of one figure, and what their difference consists of: listed − stated is the sum of all that follow.

    `listed` is None where the list does not have the figure. `tolerated` is within the tolerance, `not_stated` what the list leaves out
    on lines that it has.
    """

    listed: int | None
    stated: int
    differs: int = 0
    only_list: int = 0
    only_statement: int = 0
    unread: int = 0
    tolerated: int = 0
    not_stated: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison gives. `differences` are at most MAX_DIFFERENCES, in the order of the list; then what only the statement has."""

    same_count: int
    tolerated_count: int
    counts: dict[DifferenceKind, int]
    sums: dict[str, FigureSums]
    differences: list[Difference]


def compare(
    lines: Sequence[ComparedLine],
    rows: Sequence[ListLine],
    unread: Sequence[ListLine] = (),
    others: Sequence[OtherLine] = (),
    *,
    tolerance_fen: int = 0,
) -> Comparison:
    """Compare by sums per group; every line and every row is in one group. `others` are lines that the rows may be about instead."""
    groups = group_rows(lines, rows, unread, others)
    listed = _sums([row.figures for row in rows], _membership(len(rows), [each.rows for each in groups]), len(groups))
    stated = _sums(
        [line.figures for line in lines], _membership(len(lines), [each.lines for each in groups]), len(groups)
    )
    kinds = pd.Series([each.kind for each in groups], dtype="object")
    line_counts = pd.Series([len(each.lines) for each in groups], dtype="int64")
    gaps = listed - stated
    is_compared = kinds.isna()
    allowed = pd.DataFrame({
        name: line_counts * (tolerance_fen if name in AMOUNTS else 0) for name in FIGURES
    })  # fmt: skip
    exceeds = gaps.abs().gt(allowed).fillna(False).astype(bool) & is_compared.to_numpy()[:, None]
    kinds = kinds.mask(exceeds.any(axis=1), DifferenceKind.DIFFERS)
    has_gap = gaps.ne(0).fillna(False).astype(bool).any(axis=1)
    counts = {kind: int((kinds == kind).sum()) for kind in _KINDS}
    tolerated = int((kinds.isna() & has_gap).sum())
    return Comparison(
        same_count=int(kinds.isna().sum()) - tolerated,
        tolerated_count=tolerated,
        counts=counts,
        sums={name: _figure_sums(listed[name], stated[name], kinds, exceeds[name]) for name in FIGURES},
        differences=_differences(groups, rows, kinds, listed, stated, exceeds),
    )


def _membership(count: int, members: Sequence[Sequence[int]]) -> list[int]:
    """For each of `count` entries the group that it is in."""
    group_of = [0] * count
    for number, entries in enumerate(members):
        for at in entries:
            group_of[at] = number
    return group_of


def _sums(figures: Sequence[tuple[int | None, ...]], group_of: list[int], group_count: int) -> pd.DataFrame:
    """The sums per group; missing where no entry of the group says the figure."""
    frame = pd.DataFrame(list(figures), columns=list(FIGURES)).astype("Int64")
    grouped = frame.groupby(pd.Series(group_of, dtype="int64")).sum(min_count=1)
    return grouped.reindex(range(group_count)).astype("Int64")


def _figure_sums(
    listed: "pd.Series[int]", stated: "pd.Series[int]", kinds: "pd.Series[str]", exceeds: "pd.Series[bool]"
) -> FigureSums:
    gap = listed.fillna(0) - stated.fillna(0)
    is_compared = kinds.isna() | (kinds == DifferenceKind.DIFFERS)
    has_figure = listed.notna()
    by_kind = {kind.value: int(gap[kinds == kind].sum()) for kind in _KINDS if kind is not DifferenceKind.DIFFERS}
    return FigureSums(
        listed=int(listed.sum()) if has_figure.any() else None,
        stated=int(stated.sum()),
        differs=int(gap[is_compared & exceeds].sum()),
        tolerated=int(gap[is_compared & has_figure & ~exceeds].sum()),
        not_stated=int(gap[is_compared & ~has_figure].sum()),
        **by_kind,
    )


def _differences(
    groups: Sequence[Group],
    rows: Sequence[ListLine],
    kinds: "pd.Series[str]",
    listed: pd.DataFrame,
    stated: pd.DataFrame,
    exceeds: pd.DataFrame,
) -> list[Difference]:
    numbers = [int(at) for at in kinds.index[kinds.notna()]]

    def place(number: int) -> tuple[int, int]:
        members = groups[number].rows
        return (0, members[0]) if members else (1, number)

    found = []
    for number in sorted(numbers, key=place)[:MAX_DIFFERENCES]:
        group = groups[number]
        said = [None if pd.isna(value) else int(value) for value in listed.iloc[number]]
        known = [int(value) for value in stated.iloc[number]] if group.lines else None
        places = [at for at, value in enumerate(exceeds.iloc[number]) if value]
        found.append(Difference(DifferenceKind(kinds.iloc[number]), group, said, known, places))
    return found
