"""Stock workbooks, for programs: send one, follow it, look at its preview, land it, undo it."""

from datetime import datetime
from typing import Any

from django.http import FileResponse
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from inventory.rules import ChangeKind, FaultKind, UploadState
from inventory.uploads import annotate, apply, selectors
from inventory.uploads import receive as inventory_receive
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.money import format_yuan
from web.file_responses import ANY_FILE, XLSX, sends, workbook_answer
from web.money import YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Word
from web.uploads import too_large

router = Router(tags=["uploads"])
clerk = RoleAuth(Role.BRAND)
clerk_or_ops = RoleAuth(Role.BRAND, Role.OPS)


class CandidateOut(Schema):
    col: str
    header: str
    samples: list[str]


class QuestionOut(Schema):
    """Which column is `field`? Answer `{fingerprint: {col: field}}`; the field `ignore` drops a column."""

    sheet: str
    row: int
    field: str
    fingerprint: str
    message_zh: str
    message_en: str
    candidates: list[CandidateOut]


class UploadOut(Schema):
    """`state`: received, reading, asks, preview, refused, committed, cancelled, undone.

    Counts are SKUs, rows those that are taken; faults and warnings, places. unmarkable says why there is no marked copy.
    Once undone, removed_skus and removed_styles are deleted; kept_skus stay unlisted because something names them.
    """

    id: int
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
    questions: list[QuestionOut]
    rows: int
    added: int
    changed: int
    unchanged: int
    absent: int
    zeroed: int
    styles_changed: int
    faults: int
    warnings: int
    ignored_lines: int
    jumps: int
    marked: bool
    unmarkable: str
    ended_at: datetime | None
    undone_at: datetime | None
    removed_skus: int
    removed_styles: int
    kept_skus: int
    may_undo: bool

    @staticmethod
    def resolve_marked(view: selectors.UploadView) -> bool:
        return bool(view.marked)


class FieldChangeOut(Schema):
    """A field with its old and new value; prices are decimal strings."""

    field: str
    old: Any
    new: Any

    @staticmethod
    def resolve_old(change: selectors.FieldChange) -> Any:
        return format_yuan(change.old) if change.is_money else change.old

    @staticmethod
    def resolve_new(change: selectors.FieldChange) -> Any:
        return format_yuan(change.new) if change.is_money else change.new

    @staticmethod
    def resolve_field(change: selectors.FieldChange) -> str:
        return change.field.removesuffix("_fen")


class ChangeOut(Schema):
    """One SKU: what it becomes, and in `fields` what differs. `jump` names a price to look at again, `norm` what it was held against."""

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
    tag_price: YuanOut = fen_of("tag_price_fen")
    base_price: YuanOut = fen_of("base_price_fen")
    on_hand: int
    on_hand_delta: int
    fields: list[FieldChangeOut]
    jump: str
    norm: YuanOut | None = fen_of("norm_fen")
    zeroed: bool
    allotted: int


class StyleChangeOut(Schema):
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
    fields: list[FieldChangeOut]


class FaultOut(Schema):
    """A cell (`col` empty: the whole line), what is wrong with it and how to mend it."""

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


class IgnoredOut(Schema):
    sheet: str
    row: int
    to_row: int
    why: str


class AnswersIn(Input):
    answers: dict[Word, dict[Word, Word]] = Field(max_length=200)


class AbsentIn(Input):
    """`sku_ids` null: all goods that the file does not name and no sale has bound."""

    sku_ids: list[int] | None = None
    zero: bool = True


class CommitIn(Input):
    confirm_prices: bool = False


@router.post("/uploads", response={201: UploadOut}, auth=clerk)
def receive(request: ActorRequest, file: UploadedFile | None = File(None)) -> Any:  # type: ignore[type-arg]  # noqa: B008
    """Send a stock workbook (multipart, field `file`). It is read in the background; poll the upload. One at a time per brand."""
    view = inventory_receive.receive_upload(
        actor=request.auth,
        filename=(file.name if file else "") or "",
        chunks=file.chunks() if file else (),
        cut_short=too_large(request),
        now=clock.now(),
    )
    enqueue_on_commit("inventory.tasks.read_upload", view.id)
    return Status(201, view)


@router.get("/uploads", response=PageOut[UploadOut], auth=clerk)
def list_uploads(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """The brand's uploads, the newest first."""
    return selectors.uploads_of(request.auth, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/template", auth=clerk, openapi_extra=sends(XLSX))
def get_template(request: ActorRequest) -> FileResponse:
    """An empty workbook to fill in."""
    data, name = annotate.stock_template()
    return workbook_answer(data, name)


@router.get("/uploads/{int:upload_id}", response=UploadOut, auth=clerk_or_ops)
def show(request: ActorRequest, upload_id: int) -> Any:
    """How far an upload has come, and the counts of its preview."""
    return selectors.upload_for(request.auth, upload_id)


@router.get("/uploads/{int:upload_id}/changes", response=PageOut[ChangeOut], auth=clerk_or_ops)
def changes(
    request: ActorRequest, upload_id: int, page: Query[PageQuery], kind: ChangeKind | None = None, jumps: bool = False
) -> Any:
    """What would be added, what changed field by field, and what the file does not name (`absent`)."""
    view = selectors.upload_for(request.auth, upload_id)
    return selectors.changes_of_upload(
        view.id, kind=kind.value if kind else "", jumps=jumps, cursor=page.cursor, limit=page.limit
    )


@router.get("/uploads/{int:upload_id}/styles", response=PageOut[StyleChangeOut], auth=clerk_or_ops)
def styles(request: ActorRequest, upload_id: int, page: Query[PageQuery]) -> Any:
    """Styles that would be added, or whose name, category, season, year, gender or picture changes."""
    view = selectors.upload_for(request.auth, upload_id)
    return selectors.styles_of_upload(view.id, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/{int:upload_id}/faults", response=PageOut[FaultOut], auth=clerk_or_ops)
def faults(request: ActorRequest, upload_id: int, page: Query[PageQuery], kind: FaultKind = FaultKind.FAULT) -> Any:
    """Every cell that is refused (or, with `kind=warning`, deserves a look)."""
    view = selectors.upload_for(request.auth, upload_id)
    return selectors.faults_of_upload(view.id, kind=kind.value, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/{int:upload_id}/ignored", response=list[IgnoredOut], auth=clerk_or_ops)
def ignored(request: ActorRequest, upload_id: int) -> Any:
    """Lines that are neither goods nor faults: titles, blanks, subtotals; the first thousand stretches."""
    return selectors.ignored_of_upload(selectors.upload_for(request.auth, upload_id).id)


@router.post("/uploads/{int:upload_id}/answers", response=UploadOut, auth=clerk)
def answer(request: ActorRequest, upload_id: int, body: AnswersIn) -> Any:
    """Say which column means what; remembered for the brand's next upload of the same layout."""
    view = inventory_receive.answer_upload(
        actor=request.auth, upload_id=upload_id, answers=body.answers, now=clock.now()
    )
    enqueue_on_commit("inventory.tasks.read_upload", view.id)
    return view


@router.post("/uploads/{int:upload_id}/absent", response=UploadOut, auth=clerk)
def zero_absent(request: ActorRequest, upload_id: int, body: AbsentIn) -> Any:
    """Choose which goods that the file does not name are set to zero when it is committed."""
    return inventory_receive.zero_absent(
        actor=request.auth, upload_id=upload_id, sku_ids=body.sku_ids, zero=body.zero, now=clock.now()
    )


@router.post("/uploads/{int:upload_id}/commit", response=UploadOut, auth=clerk)
def commit(request: ActorRequest, upload_id: int, body: CommitIn) -> Any:
    """Land the preview, all or nothing. Faulty rows stay out. Prices that jump need `confirm_prices`."""
    try:
        return apply.commit_upload(
            actor=request.auth, upload_id=upload_id, confirm_prices=body.confirm_prices, now=clock.now()
        )
    except apply.StockBoundMeanwhile:
        enqueue_on_commit("inventory.tasks.read_upload", upload_id)
        raise


@router.post("/uploads/{int:upload_id}/cancel", response=UploadOut, auth=clerk)
def cancel(request: ActorRequest, upload_id: int) -> Any:
    return inventory_receive.cancel_upload(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.post("/uploads/{int:upload_id}/undo", response=UploadOut, auth=clerk)
def undo(request: ActorRequest, upload_id: int) -> Any:
    """Put the stock back as it was, until the first unit of it is allotted to a sale."""
    return apply.undo_upload(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.get("/uploads/{int:upload_id}/file", auth=clerk_or_ops, openapi_extra=sends(ANY_FILE))
def original(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook as it was sent."""
    file = selectors.open_workbook(selectors.upload_for(request.auth, upload_id).id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@router.get("/uploads/{int:upload_id}/marked", auth=clerk_or_ops, openapi_extra=sends(ANY_FILE))
def marked(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook back with every wrong cell marked; 503 while it is being made, 404 where nothing is wrong."""
    file = selectors.open_annotated_copy(selectors.upload_for(request.auth, upload_id).id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)
