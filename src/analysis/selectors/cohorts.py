"""Cohorts and tiers, as ops compare them (ANALYSIS-5)."""

from dataclasses import dataclass
from datetime import date

from analysis.models import CohortMonth
from analysis.rules import Days, basis_points
from analysis.sql.cohorts import count_members
from analysis.sql.figures import TierMoves, TierRow, count_tier_moves, sum_tiers
from kernel.period import next_month, previous_month
from membership.rules.tiers import Tier

MAX_MONTHS = 12


@dataclass(frozen=True, slots=True)
class CohortCell:
    """What a cohort did in one month; `retention` is the share of its members who bought, in ten-thousandths."""

    month: date
    active: int
    orders: int
    sold_fen: int
    refunded_fen: int
    retention: int | None


@dataclass(frozen=True, slots=True)
class CohortRow:
    """The resellers who joined in a month. `cells` begin with that month and end with the present one."""

    joined_month: date
    members: int
    cells: list[CohortCell]


@dataclass(frozen=True, slots=True)
class TierFigures:
    tier: Tier
    moves: TierMoves
    bought: TierRow


def list_cohorts(*, today: date) -> list[CohortRow]:
    """The cohorts of the last MAX_MONTHS months in which somebody joined, the latest last. A month without orders has zeros."""
    first = today.replace(day=1)
    for _ in range(MAX_MONTHS - 1):
        first = previous_month(first)
    kept = {(row.joined_month, row.month): row for row in CohortMonth.objects.filter(joined_month__gte=first)}
    rows = []
    for counted in count_members():
        if counted.joined_month < first:
            continue
        cells, month = [], counted.joined_month
        while month <= today:
            cells.append(_cell(kept.get((counted.joined_month, month)), month, counted.members))
            month = next_month(month)
        rows.append(CohortRow(counted.joined_month, counted.members, cells))
    return rows


def list_tiers(days: Days) -> list[TierFigures]:
    """Each tier: its members by the last roll-over, who came up and down in a period, and what was bought at it."""
    bought = {row.tier: row for row in sum_tiers(days)}
    return [
        TierFigures(Tier(moves.tier), moves, bought.get(moves.tier, TierRow(moves.tier, 0, 0, 0, 0, 0)))
        for moves in count_tier_moves(days)
    ]


def _cell(row: CohortMonth | None, month: date, members: int) -> CohortCell:
    if row is None:
        return CohortCell(month, 0, 0, 0, 0, basis_points(0, members))
    return CohortCell(month, row.active, row.orders, row.sold_fen, row.refunded_fen, basis_points(row.active, members))
