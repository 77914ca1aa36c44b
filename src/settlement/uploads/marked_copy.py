"""A brand's own reconciliation list back, with what differs marked in it (SETTLE-13)."""

import threading
from collections.abc import Sequence

from accounts.rules import Actor
from imports.annotated_copy.in_child import annotate_in_child
from imports.report import FaultWithText
from kernel.money import display_yuan
from kernel.refusal import Busy, Conflict
from settlement.models import StatementComparison
from settlement.rules.comparison import AMOUNTS, ComparisonState, DifferenceKind
from settlement.selectors.comparisons import (
    DifferenceView,
    FigurePair,
    ListComparisonView,
    all_differences,
    get_comparison,
    remembered_answers,
)
from settlement.uploads.queue import LISTS
from storage.files import content_key, get_store
from storage.objects import ObjectMissing

_WAIT_SECONDS = 10.0
_one_at_a_time = threading.Lock()
"""In a process: the copy is made while its reader waits, and each takes a child with a processor of its own."""
_FIGURES = {
    "units": ("售出件数", "units"),
    "refunded_units": ("退款件数", "refunded units"),
    "sold": ("成交额", "sold"),
    "refunded": ("退款额", "refunded"),
    "commission": ("佣金", "commission"),
    "payable": ("应结货款", "payable"),
}


class NoMarkedCopy(Conflict):
    code = "settlement.no_marked_copy"
    zh = "这份对账表没有比对完，或文件已超过保留期限，没有标注副本"
    en = "The reconciliation list is not compared, or its file was deleted after its term, so there is no marked copy"


class MarkedCopyBusy(Busy):
    code = "settlement.marked_copy_busy"
    zh = "正在生成别的标注副本，请稍后再下载"
    en = "Other marked copies are being made; try again in a moment"


class MarkedCopyImpossible(Conflict):
    code = "settlement.marked_copy_impossible"
    zh = "这个文件无法生成标注副本，请看页面上每一行的结果"
    en = "No marked copy can be made of this file; see the result of each line on the page"


def marked_copy(*, actor: Actor, comparison_id: int) -> tuple[bytes, str]:
    """The bytes and the file name of the marked copy. It is made when it is asked for and kept nowhere."""
    view = get_comparison(actor, comparison_id)
    if view.state is not ComparisonState.DONE or view.erased_at is not None:
        raise NoMarkedCopy
    sha256 = StatementComparison.objects.values_list("sha256", flat=True).get(pk=comparison_id)
    try:
        data = get_store().read(content_key(LISTS, sha256))
    except ObjectMissing as cause:
        raise NoMarkedCopy from cause
    if not _one_at_a_time.acquire(timeout=_WAIT_SECONDS):
        raise MarkedCopyBusy
    try:
        copy = annotate_in_child(
            data,
            view.filename,
            kind="reconciliation",
            answers=remembered_answers(view.brand_id),
            faults=_marks(all_differences(comparison_id)),
            opening=_opening(view),
        )
    finally:
        _one_at_a_time.release()
    if copy.reason:
        raise MarkedCopyImpossible
    return copy.data, copy.name


def _marks(differences: Sequence[DifferenceView]) -> list[FaultWithText]:
    """A mark per cell that differs; lines that only the list has are marked as a whole. What only the statement has stands in no cell."""
    marks = []
    for each in differences:
        if each.row is None:
            continue
        if each.kind is DifferenceKind.ONLY_LIST:
            zh = "结算单里没有这一行。" + (f"订单在结算单 {each.elsewhere_id}。" if each.elsewhere_id else "")
            en = "The statement has no such line." + (
                f" The order is in statement {each.elsewhere_id}." if each.elsewhere_id else ""
            )
            marks.append(_mark(each, None, "only_list", zh, en))
        elif each.kind is DifferenceKind.DIFFERS:
            marks += [_mark(each, pair, f"differs_{pair.figure}", *_words(each, pair)) for pair in each.shown_figures]
    return marks


def _words(found: DifferenceView, pair: FigurePair) -> tuple[str, str]:
    zh, en = _FIGURES[pair.figure]
    listed, stated = (_figure(pair, value) for value in (pair.listed, pair.stated))
    rows = found.row_count > 1
    more_zh, more_en = (f"（共 {found.row_count} 行之和）", f" (sum of {found.row_count} rows)") if rows else ("", "")
    if found.is_uncertain:
        elsewhere = found.elsewhere_id
        more_zh += f"，也可能是结算单 {elsewhere} 的明细" if elsewhere else "，也可能是还没结算的明细"
        more_en += f", maybe of statement {elsewhere}" if elsewhere else ", maybe of a line that is not settled yet"
    return (
        f"{zh}：对账表 {listed}{more_zh}，结算单 {stated}。",
        f"{en}: the list says {listed}{more_en}, the statement {stated}.",
    )


def _figure(pair: FigurePair, value: int | None) -> str:
    if value is None:
        return "—"
    return f"{display_yuan(value)}" if pair.figure in AMOUNTS else str(value)


def _mark(found: DifferenceView, pair: FigurePair | None, code: str, zh: str, en: str) -> FaultWithText:
    col = pair.cell.rstrip("0123456789") or None if pair else None
    return FaultWithText(found.sheet or None, found.row or 0, col, None, code, None, (), (zh, en, "", ""))


def _opening(view: ListComparisonView) -> list[str]:
    counts = view.result.counts if view.result else {}
    differs, only_list, only_statement = (
        counts.get(kind.value, 0)
        for kind in (DifferenceKind.DIFFERS, DifferenceKind.ONLY_LIST, DifferenceKind.ONLY_STATEMENT)
    )
    return [
        f"尾仓 · 对账结果 Reconciliation · 结算单 statement {view.statement_id}",
        f"数字不同 {differs} 条，只在对账表 {only_list} 条，只在结算单 {only_statement} 条（后者不在本表，请看页面）。",
        f"{differs} lines differ, {only_list} are only in the list, {only_statement} only in the statement (see the page).",
    ]
