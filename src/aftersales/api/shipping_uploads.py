"""Workbooks with tracking numbers, for programs: send one, answer its questions, read what it did."""

from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors import shipping_uploads as selectors
from aftersales.selectors.shipping_uploads import ShippingUploadView
from aftersales.services import shipping_uploads as services
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Whole, Word
from web.uploads import too_large

router = ViewRouter(tags=["shipping workbooks"])
clerk = RoleAuth(Role.BRAND)


class ShippingAnswersIn(Input):
    """By the layout's fingerprint: column letters → field, or `=` with a text that stands for all lines → field."""

    answers: dict[Word, dict[Word, Word]] = Field(max_length=200)


class CarrierChoiceIn(Input):
    word: Word = Field(description="one of the `unknown_carriers` of the workbook")
    carrier_id: Whole


class CarrierChoicesIn(Input):
    carriers: list[CarrierChoiceIn] = Field(min_length=1, max_length=200)


@router.post("/shipping-uploads", response=201, auth=clerk)
def send_shipping_workbook(
    request: ActorRequest,
    file: UploadedFile | None = File(None),  # type: ignore[type-arg]  # noqa: B008
) -> ShippingUploadView:
    """Send a workbook with tracking numbers (multipart, field `file`). It is read and shipped in the background; poll until it is `done`.

    `POST /consignments/workbook` ships at once, and refuses a workbook that has a question.
    """
    view = services.receive_shipping_upload(
        actor=request.auth,
        filename=(file.name if file else "") or "",
        chunks=file.chunks() if file else (),
        cut_short=too_large(request),
        now=clock.now(),
    )
    enqueue_on_commit("aftersales.tasks.read_shipping_upload", view.id)
    return view


@router.get("/shipping-uploads", auth=clerk)
def list_shipping_uploads(request: ActorRequest, page: Query[PageQuery]) -> Page[ShippingUploadView]:
    """The brand's workbooks, the newest first."""
    return selectors.list_shipping_uploads(request.auth, cursor=page.cursor, limit=page.limit)


@router.get("/shipping-uploads/{int:upload_id}", auth=clerk)
def show_shipping_upload(request: ActorRequest, upload_id: int) -> ShippingUploadView:
    """How far a workbook has come, what it asks, and what it did."""
    return selectors.get_shipping_upload(request.auth, upload_id)


@router.post("/shipping-uploads/{int:upload_id}/answers", auth=clerk)
def answer_shipping_upload(request: ActorRequest, upload_id: int, body: ShippingAnswersIn) -> ShippingUploadView:
    """Say which column means what; remembered for the brand's next workbook of the same layout."""
    view = services.answer_shipping_upload(
        actor=request.auth, upload_id=upload_id, answers=body.answers, now=clock.now()
    )
    enqueue_on_commit("aftersales.tasks.read_shipping_upload", view.id)
    return view


@router.post("/shipping-uploads/{int:upload_id}/carriers", auth=clerk)
def choose_carriers(request: ActorRequest, upload_id: int, body: CarrierChoicesIn) -> ShippingUploadView:
    """Say which carriers unknown words mean; remembered for the brand. The rows that they kept back are shipped then."""
    choices = {each.word: each.carrier_id for each in body.carriers}
    view = services.choose_carriers(actor=request.auth, upload_id=upload_id, choices=choices, now=clock.now())
    enqueue_on_commit("aftersales.tasks.read_shipping_upload", view.id)
    return view


@router.post("/shipping-uploads/{int:upload_id}/cancel", auth=clerk)
def cancel_shipping_upload(request: ActorRequest, upload_id: int) -> ShippingUploadView:
    """Cancel a workbook that waits for an answer."""
    return services.cancel_shipping_upload(actor=request.auth, upload_id=upload_id, now=clock.now())
