"""Disputes by a reconciliation list: the lines that differ, each with both figures in the reason (SETTLE-14)."""

from collections.abc import Collection
from datetime import datetime

from accounts.rules import Actor
from brands.selectors.brands import require_own_brand
from db.transactions import atomic_with_retry
from kernel.money import format_yuan
from kernel.refusal import Conflict, Invalid
from settlement.models import StatementComparison
from settlement.rules.comparison import AMOUNTS, ComparisonState
from settlement.rules.disputes import MAX_DISPUTES_AT_ONCE, MAX_REASON
from settlement.selectors.comparisons import (
    DifferenceView,
    FigurePair,
    NoSuchComparison,
    all_differences,
)
from settlement.selectors.statements import StatementView, get_statement
from settlement.services.disputes import DisputeDraft, dispute

_FIGURES = {
    "units": "售出件数",
    "refunded_units": "退款件数",
    "sold": "成交额",
    "refunded": "退款额",
    "commission": "佣金",
    "payable": "应结货款",
}


class NothingToDispute(Invalid):
    code = "settlement.nothing_to_dispute"
    zh = "没有选中可以提异议的明细"
    en = "No line is chosen that can be disputed"


class DifferenceNotDisputable(Conflict):
    code = "settlement.difference_not_disputable"
    zh = "第 {number} 条差异不能提异议：它不是结算单的一条明细、应结货款没有不同，或已经提过"
    en = "Difference {number} cannot be disputed: it is not of one line, its payable does not differ, or it was disputed before"
    number: int


class ListNotCompared(Conflict):
    code = "settlement.list_not_compared"
    zh = "这份对账表还没有比对完，请稍后再试"
    en = "The reconciliation list is not compared yet; try again later"


@atomic_with_retry
def dispute_differences(
    *, actor: Actor, comparison_id: int, numbers: Collection[int] | None, reason: str = "", now: datetime
) -> StatementView:
    """Dispute the lines of these differences, all or none, each with the figure of the list; None: of all that can be disputed.

    `reason` stands before the figures of each.
    """
    brand = require_own_brand(actor)
    row = StatementComparison.objects.filter(pk=comparison_id, brand_id=brand.id).first()
    if row is None:
        raise NoSuchComparison(comparison_id=comparison_id)
    if row.state != ComparisonState.DONE.value:
        raise ListNotCompared
    found = {each.number: each for each in all_differences(comparison_id)}
    if numbers is None:
        chosen = [each for each in found.values() if each.is_disputable]
    else:
        chosen = [_require(found.get(number), number) for number in sorted(set(numbers))]
    drafts = [_draft(row, each, reason) for each in chosen]
    if not drafts:
        raise NothingToDispute
    for start in range(0, len(drafts), MAX_DISPUTES_AT_ONCE):
        part = drafts[start : start + MAX_DISPUTES_AT_ONCE]
        dispute(actor=actor, statement_id=row.statement_id, lines=part, now=now)
    return get_statement(row.statement_id)


def _require(found: DifferenceView | None, number: int) -> DifferenceView:
    if found is None or not found.is_disputable:
        raise DifferenceNotDisputable(number=number)
    return found


def _draft(row: StatementComparison, found: DifferenceView, reason: str) -> DisputeDraft:
    if found.line_id is None or found.claimed_fen is None:
        raise DifferenceNotDisputable(number=found.number)
    place = f"{found.sheet}!" if found.sheet else ""
    figures = "；".join(f"{_said(place, each)}，结算单 {_figure(each, each.stated)}" for each in found.shown_figures)
    typed = f"{reason.strip()}。" if reason.strip() else ""
    whole = f"{typed}对账表《{row.filename[:60]}》第 {found.row} 行：{figures}"
    return DisputeDraft(found.line_id, found.claimed_fen, whole[:MAX_REASON])


def _said(place: str, pair: FigurePair) -> str:
    cell = f"（{place}{pair.cell}）" if pair.cell else ""
    return f"{_FIGURES[pair.figure]}{cell} {_figure(pair, pair.listed)}"


def _figure(pair: FigurePair, value: int | None) -> str:
    if value is None:
        return "—"
    return f"¥{format_yuan(value)}" if pair.figure in AMOUNTS else f"{value} 件"
