"""Uploads as the API and the pages show them, and how they are made from rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from django.db.models import Q

from db.rows import view_of
from inventory.models import Movement, Upload, UploadChange, UploadFault, UploadStyle
from inventory.rules import OPEN_STATES, ChangeKind, FaultKind, MovementKind, UploadState
from inventory.size_chart_models import UploadSizeChart
from kernel.money import format_yuan
from web.responses import PAGES_ONLY


@dataclass(frozen=True, slots=True)
class Candidate:
    col: str
    header: str
    samples: list[str]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """Which column is `field`? Answer by the column's letters under the layout's fingerprint. `headings` are those of the whole table."""

    sheet: str
    row: int
    field: str
    fingerprint: str
    message_zh: str
    message_en: str
    headings: list[str]
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload as its brand sees it. Counts are SKUs; `rows` are the accepted ones, `faults` and `warnings` count places in the file.

    `stage`, `lines`, `lines_done`, `faults_found` and `seconds_left` tell how far the reader is. `annotation_failure` is the reader's code
    for why there is no annotated copy. After an undo, `removed_skus` and `removed_styles` of what it added are deleted, and `kept_skus` are
    kept unlisted because rows refer to them.
    """

    id: int
    brand_id: Annotated[int, PAGES_ONLY]
    filename: str
    sha256: str
    size_bytes: int
    received_at: datetime
    by: str
    state: UploadState
    stage: str
    lines: int
    lines_done: int
    faults_found: int
    seconds_left: int | None
    reason: str
    reason_zh: str
    reason_en: str
    questions: list[QuestionView]
    rows: int
    added: int
    changed: int
    unchanged: int
    missing: int
    zeroed: int
    styles_changed: int
    size_charts: int
    faults: int
    warnings: int
    ignored_lines: int
    price_jumps: int
    annotated_name: Annotated[str, PAGES_ONLY]
    annotation_failure: str
    ended_at: datetime | None
    undone_at: datetime | None
    removed_skus: int
    removed_styles: int
    kept_skus: int
    may_undo: bool

    response_properties: ClassVar = ("is_annotated",)

    @property
    def is_annotated(self) -> bool:
        """Whether the annotated copy can be downloaded."""
        return bool(self.annotated_name)

    @property
    def in_progress(self) -> bool:
        return self.state in (UploadState.RECEIVED, UploadState.READING)

    @property
    def can_be_answered(self) -> bool:
        """Whether every question has a column that may be the answer; where a column is simply not there, only another file helps."""
        return all(question.candidates for question in self.questions)

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.styles_changed or self.size_charts or self.zeroed)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field with its old and new value; prices are decimal strings of yuan."""

    field: str
    old: Any
    new: Any
    is_money: Annotated[bool, PAGES_ONLY] = False


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What the upload does to one SKU, and where in the file. `fields` are those that differ; `price_jump` names a price to look at again,
    which was compared with `baseline_fen`."""

    id: int
    kind: ChangeKind
    sku_id: int
    sheet: str
    row: int | None
    col: str
    style_no: str
    colour: str
    size: str
    barcode: str | None
    tag_price_fen: int
    base_price_fen: int
    on_hand: int
    on_hand_delta: int
    fields: list[FieldChange]
    price_jump: str
    baseline_fen: int | None
    zeroed: bool
    allotted: int


@dataclass(frozen=True, slots=True)
class StyleChangeView:
    id: int
    is_new: bool
    sheet: str
    row: int | None
    style_no: str
    name: str
    category: str
    season: str
    year: int | None
    gender: str
    picture: str
    defects: str
    fields: list[FieldChange]


@dataclass(frozen=True, slots=True)
class ChartChangeView:
    """A size chart that the upload sets: of a style (`style_no`), of a category, or of all goods of the brand. `lines` begin with the
    heading."""

    id: int
    style_no: str
    category: str
    sheet: str
    row: int
    lines: list[list[str]]


@dataclass(frozen=True, slots=True)
class FaultView:
    """A cell that is wrong or should be checked, what is wrong with it, and how to correct it."""

    id: int
    kind: FaultKind
    sheet: str
    row: int
    col: str
    header: str
    code: str
    value: str
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class IgnoredView:
    sheet: str
    row: int
    to_row: int
    why: str


def upload_view(row: Upload) -> UploadView:
    state, job = UploadState(row.state), row.job
    return view_of(
        UploadView,
        row,
        by=row.person.name if row.person else "",
        state=state,
        stage=job.stage,
        lines=job.lines,
        lines_done=job.lines_done,
        faults_found=job.faults_found,
        seconds_left=job.seconds_left,
        questions=[question_view(each) for each in row.questions],
        zeroed=_zeroed(row),
        may_undo=state is UploadState.APPLIED and _may_undo(row),
    )


def _zeroed(row: Upload) -> int:
    return UploadChange.objects.of(row).filter(kind=ChangeKind.MISSING.value, zeroed=True).count() if row.missing else 0


def _may_undo(row: Upload) -> bool:
    """Whether an undo would be let through as things stand; the service decides anew."""
    others = Upload.objects.filter(brand_id=row.brand_id)
    open_states = [state.value for state in OPEN_STATES]
    if others.filter(Q(state__in=open_states) | Q(pk__gt=row.pk, state=UploadState.APPLIED.value)).exists():
        return False
    changed = UploadChange.objects.of(row).filter(~Q(kind=ChangeKind.MISSING.value) | Q(zeroed=True))
    # The query begins with the few movements since the upload was applied. Looked up SKU by SKU, it would take as long as applying.
    since = Movement.objects.filter(pk__gt=row.applied_at_seq, kind=MovementKind.ALLOT.value)
    return not since.exists() or not since.filter(sku_id__in=changed.values("sku_id")).exists()


def question_view(question: dict[str, Any]) -> QuestionView:
    """A question as `parse.stored_questions` keeps it."""
    return QuestionView(
        sheet=question["sheet"] or "",
        row=question["row"],
        field=question["field"],
        fingerprint=question["fingerprint"],
        message_zh=question["message_zh"],
        message_en=question["message_en"],
        headings=question.get("headings", []),  # a question asked before 0.3 has none
        candidates=[Candidate(**each) for each in question["candidates"]],
    )


def change_view(row: UploadChange, allotted: int) -> ChangeView:
    return view_of(
        ChangeView,
        row,
        fields=[_field_change(name, old, getattr(row, name)) for name, old in row.old.items()],
        allotted=allotted,
    )


def style_view(row: UploadStyle, names: dict[int, str]) -> StyleChangeView:
    fields = [
        FieldChange("category", names.get(old, ""), row.category.name if row.category else "")
        if name == "category_id"
        else _field_change(name, old, getattr(row, name))
        for name, old in row.old.items()
    ]
    return view_of(
        StyleChangeView, row, is_new=not row.exists, category=row.category.name if row.category else "", fields=fields
    )


def chart_change_view(row: UploadSizeChart) -> ChartChangeView:
    return view_of(ChartChangeView, row, category=row.category.name if row.category else "", lines=row.rows)


def fault_view(row: UploadFault) -> FaultView:
    return view_of(FaultView, row)


def _field_change(name: str, old: Any, new: Any) -> FieldChange:
    if not name.endswith("_fen"):
        return FieldChange(name, old, new)
    return FieldChange(name.removesuffix("_fen"), format_yuan(old), format_yuan(new), is_money=True)
