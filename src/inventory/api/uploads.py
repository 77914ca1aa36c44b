"""Stock workbooks, for programs: send one, follow it, look at its preview, apply it, undo it."""

from django.http import FileResponse
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from inventory.rules import ChangeKind, FaultKind
from inventory.uploads import annotate, receive, selectors
from inventory.uploads.apply import StockAllottedMeanwhile, apply_upload
from inventory.uploads.undo import undo_upload
from inventory.uploads.views import ChangeView, ChartChangeView, FaultView, IgnoredView, StyleChangeView, UploadView
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from web.file_responses import ANY_FILE, XLSX, sends, workbook_answer
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Word
from web.uploads import too_large

router = ViewRouter(tags=["uploads"])
clerk = RoleAuth(Role.BRAND)
clerk_or_ops = RoleAuth(Role.BRAND, Role.OPS)


class AnswersIn(Input):
    answers: dict[Word, dict[Word, Word]] = Field(max_length=200)


class MissingIn(Input):
    """`sku_ids` null: all SKUs that the file does not name and that have no units allotted to sales."""

    sku_ids: list[int] | None = None
    zero: bool = True


class ApplyIn(Input):
    confirm_prices: bool = False


@router.post("/uploads", response=201, auth=clerk)
def send_workbook(request: ActorRequest, file: UploadedFile | None = File(None)) -> UploadView:  # type: ignore[type-arg]  # noqa: B008
    """Send a stock workbook (multipart, field `file`). It is read in the background; poll the upload. One at a time per brand."""
    view = receive.receive_upload(
        actor=request.auth,
        filename=(file.name if file else "") or "",
        chunks=file.chunks() if file else (),
        cut_short=too_large(request),
        now=clock.now(),
    )
    enqueue_on_commit("inventory.tasks.read_upload", view.id)
    return view


@router.get("/uploads", auth=clerk)
def list_uploads(request: ActorRequest, page: Query[PageQuery]) -> Page[UploadView]:
    """The brand's uploads, the newest first."""
    return selectors.list_uploads(request.auth, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/template", auth=clerk, openapi_extra=sends(XLSX))
def get_template(request: ActorRequest) -> FileResponse:
    """An empty workbook to fill in."""
    data, name = annotate.stock_template()
    return workbook_answer(data, name)


@router.get("/uploads/{int:upload_id}", auth=clerk_or_ops)
def show_upload(request: ActorRequest, upload_id: int) -> UploadView:
    """How far an upload has come, and the counts of its preview."""
    return selectors.get_upload_for(request.auth, upload_id)


@router.get("/uploads/{int:upload_id}/changes", auth=clerk_or_ops)
def list_changes(
    request: ActorRequest,
    upload_id: int,
    page: Query[PageQuery],
    kind: ChangeKind | None = None,
    price_jumps: bool = False,
) -> Page[ChangeView]:
    """What would be added, what changed field by field, and the SKUs that the file does not name (`missing`)."""
    view = selectors.get_upload_for(request.auth, upload_id)
    return selectors.changes_of_upload(
        view.id, kind=kind.value if kind else "", price_jumps=price_jumps, cursor=page.cursor, limit=page.limit
    )


@router.get("/uploads/{int:upload_id}/styles", auth=clerk_or_ops)
def list_styles(request: ActorRequest, upload_id: int, page: Query[PageQuery]) -> Page[StyleChangeView]:
    """Styles that would be added, or whose name, category, season, year, gender or picture changes."""
    view = selectors.get_upload_for(request.auth, upload_id)
    return selectors.styles_of_upload(view.id, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/{int:upload_id}/size-charts", auth=clerk_or_ops)
def list_charts_of_upload(request: ActorRequest, upload_id: int, page: Query[PageQuery]) -> Page[ChartChangeView]:
    """The size charts of the workbook that differ from what is set; they are set when the upload is applied."""
    view = selectors.get_upload_for(request.auth, upload_id)
    return selectors.charts_of_upload(view.id, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/{int:upload_id}/faults", auth=clerk_or_ops)
def list_faults(
    request: ActorRequest, upload_id: int, page: Query[PageQuery], kind: FaultKind = FaultKind.FAULT
) -> Page[FaultView]:
    """Every cell that is refused (or, with `kind=warning`, should be checked)."""
    view = selectors.get_upload_for(request.auth, upload_id)
    return selectors.faults_of_upload(view.id, kind=kind.value, cursor=page.cursor, limit=page.limit)


@router.get("/uploads/{int:upload_id}/ignored", auth=clerk_or_ops)
def list_ignored_rows(request: ActorRequest, upload_id: int) -> list[IgnoredView]:
    """Lines that are neither SKUs nor faults: titles, blanks, subtotals; the first thousand ranges of lines."""
    return selectors.ignored_of_upload(selectors.get_upload_for(request.auth, upload_id).id)


@router.post("/uploads/{int:upload_id}/answers", auth=clerk)
def answer_questions(request: ActorRequest, upload_id: int, body: AnswersIn) -> UploadView:
    """Say which column means what; remembered for the brand's next upload of the same layout."""
    view = receive.answer_upload(actor=request.auth, upload_id=upload_id, answers=body.answers, now=clock.now())
    enqueue_on_commit("inventory.tasks.read_upload", view.id)
    return view


@router.post("/uploads/{int:upload_id}/missing", auth=clerk)
def zero_missing(request: ActorRequest, upload_id: int, body: MissingIn) -> UploadView:
    """Choose which SKUs that the file does not name are set to zero when it is applied."""
    return receive.zero_missing(
        actor=request.auth, upload_id=upload_id, sku_ids=body.sku_ids, zero=body.zero, now=clock.now()
    )


@router.post("/uploads/{int:upload_id}/apply", auth=clerk)
def apply(request: ActorRequest, upload_id: int, body: ApplyIn) -> UploadView:
    """Apply the preview in one transaction. Rows with faults are left out. Price jumps need `confirm_prices`."""
    try:
        view = apply_upload(
            actor=request.auth, upload_id=upload_id, confirm_prices=body.confirm_prices, now=clock.now()
        )
    except StockAllottedMeanwhile:
        enqueue_on_commit("inventory.tasks.read_upload", upload_id)
        raise
    enqueue_on_commit("inventory.tasks.follow_picture_links")
    return view


@router.post("/uploads/{int:upload_id}/cancel", auth=clerk)
def cancel(request: ActorRequest, upload_id: int) -> UploadView:
    return receive.cancel_upload(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.post("/uploads/{int:upload_id}/undo", auth=clerk)
def undo(request: ActorRequest, upload_id: int) -> UploadView:
    """Put the stock back as it was, until the first unit of it is allotted to a sale."""
    return undo_upload(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.get("/uploads/{int:upload_id}/file", auth=clerk_or_ops, openapi_extra=sends(ANY_FILE))
def download_workbook(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook as it was sent."""
    file = selectors.open_workbook(selectors.get_upload_for(request.auth, upload_id).id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@router.get("/uploads/{int:upload_id}/annotated", auth=clerk_or_ops, openapi_extra=sends(ANY_FILE))
def download_annotated_copy(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook back with every wrong cell marked; 503 while it is being made, 404 where nothing is wrong."""
    file = selectors.open_annotated_copy(selectors.get_upload_for(request.auth, upload_id).id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)
