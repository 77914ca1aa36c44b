"""Disputes by a reconciliation list: the lines that differ, each with both figures in the reason (SETTLE-14)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from accounts.rules import Actor
from brands.selectors.brands import require_own_brand
from db.transactions import atomic_with_retry
from kernel.money import display_yuan
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

MAX_FILENAME, SHORT_FILENAME, MAX_SHEET = 60, 24, 24
MIN_TYPED = 60
"""So much of what was typed stays before further figures do."""


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
    pairs = sorted(found.shown_figures, key=lambda pair: pair.figure != "payable")
    place = f"「{shortened(found.sheet, MAX_SHEET)}」" if found.sheet else ""
    figures = [f"{_said(each)}，结算单 {_figure(each, each.stated)}" for each in pairs]
    text = list_reason(typed=reason, filename=row.filename, place=f"{place}第 {found.row} 行", figures=figures)
    return DisputeDraft(found.line_id, found.claimed_fen, text)


def list_reason(*, typed: str, filename: str, place: str, figures: Sequence[str]) -> str:
    """The reason of a dispute by a list: what was typed, where the list says it, and its figures, in at most MAX_REASON characters.

    The first figure is what is claimed and always stands whole. Where all is too long, the file's name is shortened, then further figures
    are left out from the last until what was typed has MIN_TYPED characters, and it is shortened to the rest.
    """
    typed, kept = typed.strip(), list(figures)
    while True:
        place_and_figures = f"{place}：{'；'.join(kept)}"
        whole, short = (
            f"对账表《{shortened(filename, length)}》{place_and_figures}" for length in (MAX_FILENAME, SHORT_FILENAME)
        )
        facts = whole if len(typed) + 1 + len(whole) <= MAX_REASON else short
        room = MAX_REASON - 1 - len(facts)
        if len(kept) == 1 or room >= min(len(typed), MIN_TYPED):
            return f"{shortened(typed, room)}。{facts}" if typed else facts
        kept.pop()


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _said(pair: FigurePair) -> str:
    cell = f"（{pair.cell}）" if pair.cell else ""
    return f"{_FIGURES[pair.figure]}{cell} {_figure(pair, pair.listed)}"


def _figure(pair: FigurePair, value: int | None) -> str:
    if value is None:
        return "—"
    return f"{display_yuan(value)}" if pair.figure in AMOUNTS else f"{value} 件"
