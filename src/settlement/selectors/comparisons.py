"""Reads of reconciliation lists and what their comparison gave (SETTLE-13)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from django.db.models import OuterRef, Subquery

from accounts.rules import Actor, Role
from brands.selectors.brands import NoSuchBrand, require_staff
from db.rows import view_of
from inventory.uploads.views import QuestionView, question_view
from kernel.money import format_yuan
from kernel.refusal import Missing
from settlement.models import ComparisonDifference, ListLayoutAnswer, StatementComparison, StatementDispute
from settlement.rules.comparison import AMOUNTS, FIGURES, ComparisonState, DifferenceKind, claim_of
from settlement.rules.disputes import DisputeState
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY

_FOR_A_LINE = ("units", "payable")
"""What is shown of a line that the list does not have."""


class NoSuchComparison(Missing):
    code = "settlement.no_such_comparison"
    zh = "没有这份对账表（{comparison_id}）"
    en = "There is no reconciliation list {comparison_id}"
    comparison_id: int


@dataclass(frozen=True, slots=True)
class RowReport:
    """What is said of a row of the list: a fault for which it was not compared, or something to look at."""

    sheet: str
    row: int
    col: str
    header: str
    code: str
    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class IgnoredRows:
    """Rows that are no lines, such as titles and totals; both ends included."""

    sheet: str
    row: int
    to_row: int
    why: str


@dataclass(frozen=True, slots=True)
class FigureSums:
    """The sums of a figure as programs read them: decimal strings, of units or of yuan by the figure."""

    figure: str
    listed: str | None
    stated: str
    differs: str
    only_list: str
    only_statement: str
    unread: str
    tolerated: str
    not_stated: str


@dataclass(frozen=True, slots=True)
class SumsOfFigure:
    """The sums of a figure by both sides: listed − stated is the sum of the other parts. `listed` is None where the list has it nowhere."""

    figure: str
    listed: int | None
    stated: int
    differs: int
    only_list: int
    only_statement: int
    unread: int
    tolerated: int
    not_stated: int

    @property
    def gap(self) -> int:
        return (self.listed or 0) - self.stated

    @property
    def in_text(self) -> FigureSums:
        def text(value: int) -> str:
            return _in_text(self.figure, value)

        return FigureSums(
            figure=self.figure,
            listed=None if self.listed is None else text(self.listed),
            stated=text(self.stated),
            differs=text(self.differs),
            only_list=text(self.only_list),
            only_statement=text(self.only_statement),
            unread=text(self.unread),
            tolerated=text(self.tolerated),
            not_stated=text(self.not_stated),
        )


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """What a comparison gave. Of faults, warnings and ignored rows the first thousand; the counts are of all."""

    row_count: int
    line_count: int
    same_count: int
    tolerated_count: int
    counts: dict[str, int]
    sums: Annotated[list[SumsOfFigure], PAGES_ONLY]
    faults: list[RowReport]
    warnings: list[RowReport]
    warning_count: int
    ignored: list[IgnoredRows]
    ignored_count: int

    response_properties: ClassVar = ("figure_sums",)

    @property
    def figure_sums(self) -> list[FigureSums]:
        """Per figure the sums of both sides; `listed` less `stated` is the sum of all that follow."""
        return [each.in_text for each in self.sums]


@dataclass(frozen=True, slots=True)
class ListComparisonView:
    """A reconciliation list of a statement. `stage`, `lines`, `lines_done` and `seconds_left` tell how far its reader is."""

    id: int
    statement_id: int
    brand_id: int
    filename: str
    size_bytes: int
    tolerance_fen: int
    received_at: datetime
    by: str
    state: ComparisonState
    stage: str
    lines: int
    lines_done: int
    faults_found: int
    seconds_left: int | None
    reason: str
    reason_zh: str
    reason_en: str
    questions: list[QuestionView]
    result: ComparisonResult | None
    difference_count: int
    fault_count: int
    ended_at: datetime | None
    erased_at: datetime | None

    response_properties: ClassVar = ()

    @property
    def in_progress(self) -> bool:
        return self.state in (ComparisonState.RECEIVED, ComparisonState.READING)

    @property
    def can_be_answered(self) -> bool:
        return all(question.candidates for question in self.questions)


@dataclass(frozen=True, slots=True)
class FigureTexts:
    """A figure by both sides as programs read it: decimal strings, of units or of yuan; null where a side does not say it."""

    figure: str
    listed: str | None
    stated: str | None
    differs: bool
    cell: str


@dataclass(frozen=True, slots=True)
class FigurePair:
    """A figure by both sides, None where a side does not say it, and the cell of the list."""

    figure: str
    listed: int | None
    stated: int | None
    differs: bool
    cell: str

    @property
    def gap(self) -> int | None:
        return None if self.listed is None or self.stated is None else self.listed - self.stated

    @property
    def in_text(self) -> FigureTexts:
        listed, stated = (None if each is None else _in_text(self.figure, each) for each in (self.listed, self.stated))
        return FigureTexts(self.figure, listed, stated, self.differs, self.cell)


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A difference. `claimed_fen` is what a dispute of it would claim, None where the line cannot be disputed by the list."""

    number: int
    kind: DifferenceKind
    line_id: int | None
    line_count: int
    row_count: int
    order_no: str
    goods: str
    sheet: str
    row: int | None
    figures: Annotated[list[FigurePair], PAGES_ONLY]
    claimed_fen: int | None
    dispute: DisputeState | None
    elsewhere_id: int | None

    response_properties: ClassVar = ("both_figures", "is_uncertain", "is_disputable")

    @property
    def both_figures(self) -> list[FigureTexts]:
        return [each.in_text for each in self.figures]

    @property
    def shown_figures(self) -> list[FigurePair]:
        """The figures that differ; of a row that only the list has, those that it says; of other lines, units and payable."""
        if self.kind is DifferenceKind.DIFFERS:
            return [each for each in self.figures if each.differs]
        if self.kind is DifferenceKind.ONLY_LIST:
            return [each for each in self.figures if each.listed is not None]
        return [each for each in self.figures if each.figure in _FOR_A_LINE]

    @property
    def is_uncertain(self) -> bool:
        """Whether rows of the list may be about a line of the order that the statement does not have."""
        return self.kind is DifferenceKind.DIFFERS and (
            self.elsewhere_id is not None or (self.line_id is None and self.line_count == 1)
        )

    @property
    def is_disputable(self) -> bool:
        return self.claimed_fen is not None and self.dispute is None


def get_comparison(actor: Actor, comparison_id: int) -> ListComparisonView:
    """A list, for clerks of its brand, ops and finance; to all others there is none."""
    row = StatementComparison.objects.select_related("job", "person").filter(pk=comparison_id).first()
    if row is None:
        raise NoSuchComparison(comparison_id=comparison_id)
    try:
        require_staff(actor, row.brand_id, Role.OPS, Role.FINANCE)
    except NoSuchBrand as cause:
        raise NoSuchComparison(comparison_id=comparison_id) from cause
    return _view(row)


def list_comparisons(statement_id: int, *, cursor: str = "", limit: int = 20) -> Page[ListComparisonView]:
    """The lists of a statement, the newest first."""
    rows = StatementComparison.objects.select_related("job", "person").filter(statement_id=statement_id)
    return paginate(
        rows, name=f"settlement.comparisons:{statement_id}", order=("-id",), cursor=cursor, limit=limit, view=_view
    )


def list_differences(
    comparison_id: int, *, kind: DifferenceKind | None = None, cursor: str = "", limit: int = 200
) -> Page[DifferenceView]:
    """The differences that were kept, in the order of the list; then what only the statement has."""
    rows = _differences(comparison_id)
    if kind is not None:
        rows = rows.filter(kind=kind.value)
    return paginate(
        rows,
        name=f"settlement.differences:{comparison_id}",
        order=("number",),
        cursor=cursor,
        limit=limit,
        view=_difference,
    )


def all_differences(comparison_id: int) -> list[DifferenceView]:
    return [_difference(row) for row in _differences(comparison_id).order_by("number")]


def remembered_answers(brand_id: int) -> dict[str, dict[str, str]]:
    """Which column means what in the layouts that the brand answered questions about, by fingerprint."""
    return dict(ListLayoutAnswer.objects.filter(brand_id=brand_id).values_list("fingerprint", "columns"))


def _in_text(figure: str, value: int) -> str:
    return format_yuan(value) if figure in AMOUNTS else str(value)


def _differences(comparison_id: int) -> Any:
    disputes = StatementDispute.objects.filter(
        statement=OuterRef("comparison__statement"), line=OuterRef("line"), deduction=None
    )
    rows = ComparisonDifference.objects.filter(comparison_id=comparison_id).select_related("line")
    return rows.annotate(dispute_state=Subquery(disputes.values("state")[:1]))


def _view(row: StatementComparison) -> ListComparisonView:
    job = row.job
    return view_of(
        ListComparisonView,
        row,
        by=row.person.name,
        stage=job.stage,
        lines=job.lines,
        lines_done=job.lines_done,
        faults_found=job.faults_found,
        seconds_left=job.seconds_left,
        questions=[question_view(each) for each in row.questions],
        result=None if row.result is None else _result(row.result),
    )


def _result(stored: dict[str, Any]) -> ComparisonResult:
    return ComparisonResult(
        row_count=stored["row_count"],
        line_count=stored["line_count"],
        same_count=stored["same_count"],
        tolerated_count=stored["tolerated_count"],
        counts={kind.value: stored["counts"][kind.value] for kind in DifferenceKind},
        sums=[SumsOfFigure(figure=name, **stored["sums"][name]) for name in FIGURES],
        faults=[RowReport(**each) for each in stored["faults"]],
        warnings=[RowReport(**each) for each in stored["warnings"]],
        warning_count=stored["warning_count"],
        ignored=[IgnoredRows(**each) for each in stored["ignored"]],
        ignored_count=stored["ignored_count"],
    )


def _difference(row: Any) -> DifferenceView:
    pairs = [
        FigurePair(
            figure=name,
            listed=row.listed[at],
            stated=None if row.stated is None else row.stated[at],
            differs=at in row.differing,
            cell=f"{row.cells[name]}{row.row}" if name in row.cells and row.row else "",
        )
        for at, name in enumerate(FIGURES)
    ]
    sold_fen = row.line.units * row.line.price_fen + row.line.freight_fen if row.line else 0
    return view_of(
        DifferenceView,
        row,
        figures=pairs,
        claimed_fen=claim_of(row.listed, row.stated, sold_fen=sold_fen) if row.line and row.kind == "differs" else None,
        dispute=DisputeState(row.dispute_state) if row.dispute_state else None,
    )
