"""Workbooks of orders, for programs: send one, look at its preview, order it, take it back with the results."""

import io

from django.http import FileResponse
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from orders.rules.lines import MAX_LINES, Take
from orders.uploads import receive, selectors
from orders.uploads.commit import CommitView, Repeats, commit_upload
from orders.uploads.result_copy import result_copy
from orders.uploads.selectors import LineFilter
from orders.uploads.template import order_template
from orders.uploads.views import CellFaultView, OrderUploadLineView, OrderUploadView
from web.file_responses import ANY_FILE, XLSX, sends, workbook_answer
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Whole, Word
from web.uploads import too_large

router = ViewRouter(tags=["order workbooks"])
reseller = RoleAuth(Role.RESELLER)


class LayoutAnswersIn(Input):
    answers: dict[Word, dict[Word, Word]] = Field(max_length=200)


class ChoiceIn(Input):
    number: Whole
    item_id: Whole = Field(description="one of the `choices` of the line")


class ChoicesIn(Input):
    lines: list[ChoiceIn] = Field(min_length=1, max_length=MAX_LINES)


class LeaveOutIn(Input):
    numbers: list[Whole] = Field(min_length=1, max_length=MAX_LINES)
    left_out: bool = True


class CommitIn(Input):
    take: Take
    repeats: Repeats | None = Field(
        None, description="what becomes of lines that seem to repeat others; needed where there are any"
    )
    expected_total: YuanIn | None = Field(
        None, description="the total that the client showed: the most that may be paid"
    )
    pay_now: bool = Field(True, description="false: the order waits for its payment like any other")


@router.post("/order-uploads", response=201, auth=reseller)
def send_order_workbook(
    request: ActorRequest,
    file: UploadedFile | None = File(None),  # type: ignore[type-arg]  # noqa: B008
) -> OrderUploadView:
    """Send a workbook of orders (multipart, field `file`). It is read in the background; poll the upload until it is a `preview`.

    Nothing is ordered and no recipient is entered before the commit.
    """
    view = receive.receive_upload(
        actor=request.auth,
        filename=(file.name if file else "") or "",
        chunks=file.chunks() if file else (),
        cut_short=too_large(request),
        now=clock.now(),
    )
    enqueue_on_commit("orders.tasks.read_order_upload", view.id)
    return view


@router.get("/order-uploads", auth=reseller)
def list_order_uploads(request: ActorRequest, page: Query[PageQuery]) -> Page[OrderUploadView]:
    """The reseller's workbooks of orders, the newest first."""
    return selectors.list_order_uploads(request.auth, cursor=page.cursor, limit=page.limit)


@router.get("/order-uploads/template", auth=reseller, openapi_extra=sends(XLSX))
def get_order_template(request: ActorRequest, sale_id: int | None = None) -> FileResponse:
    """A workbook to fill in; its second sheet has the goods that she may buy now, of all live sales or of one."""
    return workbook_answer(*order_template(actor=request.auth, sale_id=sale_id, now=clock.now()))


@router.get("/order-uploads/{int:upload_id}", auth=reseller)
def show_order_upload(request: ActorRequest, upload_id: int) -> OrderUploadView:
    """How far a workbook has come, and what its lines come to."""
    return selectors.get_order_upload(request.auth, upload_id)


@router.get("/order-uploads/{int:upload_id}/lines", auth=reseller)
def list_order_upload_lines(
    request: ActorRequest, upload_id: int, page: Query[PageQuery], only: LineFilter | None = None
) -> Page[OrderUploadLineView]:
    """The lines in the order of the file: matched goods, price, what is left, recipient, what they seem to repeat, and the result."""
    return selectors.lines_of_upload(
        request.auth, upload_id, at=clock.now(), only=only, cursor=page.cursor, limit=page.limit
    )


@router.get("/order-uploads/{int:upload_id}/faults", auth=reseller)
def list_order_upload_faults(request: ActorRequest, upload_id: int, warnings: bool = False) -> list[CellFaultView]:
    """Cells that could not be read, or with `warnings` cells to look at; the first thousand."""
    return selectors.faults_of_upload(request.auth, upload_id, warnings=warnings)


@router.post("/order-uploads/{int:upload_id}/answers", auth=reseller)
def answer_order_upload(request: ActorRequest, upload_id: int, body: LayoutAnswersIn) -> OrderUploadView:
    """Say which column means what; remembered for her next workbook of the same layout."""
    view = receive.answer_upload(actor=request.auth, upload_id=upload_id, answers=body.answers, now=clock.now())
    enqueue_on_commit("orders.tasks.read_order_upload", view.id)
    return view


@router.post("/order-uploads/{int:upload_id}/goods", auth=reseller)
def choose_order_upload_goods(request: ActorRequest, upload_id: int, body: ChoicesIn) -> OrderUploadView:
    """Say which goods lines mean; remembered for the same words, also in her next workbooks."""
    choices = {each.number: each.item_id for each in body.lines}
    return receive.choose_goods(actor=request.auth, upload_id=upload_id, choices=choices, now=clock.now())


@router.post("/order-uploads/{int:upload_id}/left-out", auth=reseller)
def leave_out_order_upload_lines(request: ActorRequest, upload_id: int, body: LeaveOutIn) -> OrderUploadView:
    """Say that lines are not to be ordered, or with `left_out` false that they are after all."""
    return receive.leave_out(
        actor=request.auth, upload_id=upload_id, numbers=body.numbers, left_out=body.left_out, now=clock.now()
    )


@router.post("/order-uploads/{int:upload_id}/refresh", auth=reseller)
def refresh_order_upload(request: ActorRequest, upload_id: int) -> OrderUploadView:
    """Read prices and what is left anew."""
    return receive.refresh_preview(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.post("/order-uploads/{int:upload_id}/commit", auth=reseller)
def commit_order_upload(request: ActorRequest, upload_id: int, body: CommitIn) -> CommitView:
    """Order the lines as one order and pay it from the wallet. The upload is the idempotency key: a second call orders nothing more.

    Refused: `orders.preview_outdated` where a price has changed (the preview is new then), `orders.repeats_not_confirmed`,
    `orders.workbook_incomplete` with `take` `all`, `orders.upload_total_changed`, `orders.wallet_too_low_for_upload`.
    """
    return commit_upload(
        actor=request.auth,
        upload_id=upload_id,
        take=body.take,
        repeats=body.repeats,
        expected_total_fen=body.expected_total,
        pay_now=body.pay_now,
        now=clock.now(),
    )


@router.post("/order-uploads/{int:upload_id}/cancel", auth=reseller)
def cancel_order_upload(request: ActorRequest, upload_id: int) -> OrderUploadView:
    return receive.cancel_upload(actor=request.auth, upload_id=upload_id, now=clock.now())


@router.get("/order-uploads/{int:upload_id}/file", auth=reseller, openapi_extra=sends(ANY_FILE))
def download_order_workbook(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook as it was sent."""
    file = selectors.open_workbook(request.auth, upload_id)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@router.get("/order-uploads/{int:upload_id}/annotated", auth=reseller, openapi_extra=sends(ANY_FILE))
def download_order_result(request: ActorRequest, upload_id: int) -> FileResponse:
    """The workbook back with every line marked: before the commit what stands in the way, after it what was ordered."""
    data, name = result_copy(actor=request.auth, upload_id=upload_id)
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name)
