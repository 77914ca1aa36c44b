"""Workbooks with tracking numbers as the brand sees them: how far one is, what it asks, and what it did (ORDER-13)."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, ClassVar

from accounts.rules import Actor
from aftersales.models.shipping_uploads import CarrierSpelling, ShippingLayoutAnswer, ShippingUpload
from aftersales.rules import ShippingUploadState
from brands.selectors.brands import require_own_brand
from db.rows import view_of
from inventory.uploads.views import QuestionView, question_view
from kernel.refusal import Missing
from orders.services.order_workbooks import LeftLine, RowMessage, ShippingResult
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY

CARRIER_FIELD = "carrier"


class NoSuchShippingUpload(Missing):
    code = "aftersales.no_such_shipping_upload"
    zh = "没有这次上传（{upload_id}）"
    en = "There is no upload {upload_id}"
    upload_id: int


@dataclass(frozen=True, slots=True)
class ShippingUploadView:
    """A workbook with tracking numbers.

    `stage`, `lines`, `lines_done`, `faults_found` and `seconds_left` tell how far the reader is. `result` is there once it is done; of
    each of its lists the first thousand. `unknown_carriers` are words that name no known carrier: the brand may say which one they mean.
    """

    id: int
    filename: str
    size_bytes: int
    received_at: datetime
    by: str
    state: ShippingUploadState
    stage: str
    lines: int
    lines_done: int
    faults_found: int
    seconds_left: int | None
    reason: str
    reason_zh: str
    reason_en: str
    questions: list[QuestionView]
    result: ShippingResult | None
    fault_count: int
    unknown_carriers: list[str]
    ended_at: datetime | None
    erased_at: Annotated[datetime | None, PAGES_ONLY]

    response_properties: ClassVar = ()

    @property
    def in_progress(self) -> bool:
        return self.state in (ShippingUploadState.RECEIVED, ShippingUploadState.READING)

    @property
    def can_be_answered(self) -> bool:
        """Whether every question has a column that may be the answer; a carrier can be one for all lines."""
        return all(question.candidates or question.field == CARRIER_FIELD for question in self.questions)


def get_shipping_upload(actor: Actor, upload_id: int) -> ShippingUploadView:
    """A workbook of the clerk's own brand; to all others there is none."""
    rows = ShippingUpload.objects.select_related("job", "person")
    row = rows.filter(pk=upload_id, brand_id=require_own_brand(actor).id).first()
    if row is None:
        raise NoSuchShippingUpload(upload_id=upload_id)
    return _view(row)


def list_shipping_uploads(actor: Actor, *, cursor: str = "", limit: int = 20) -> Page[ShippingUploadView]:
    """The workbooks of the clerk's own brand, the newest first."""
    rows = ShippingUpload.objects.select_related("job", "person").filter(brand_id=require_own_brand(actor).id)
    return paginate(rows, name="shipping.uploads", order=("-id",), cursor=cursor, limit=limit, view=_view)


def remembered_answers(brand_id: int) -> dict[str, dict[str, str]]:
    """Which column means what in the layouts that the brand answered questions about, by fingerprint."""
    return dict(ShippingLayoutAnswer.objects.filter(brand_id=brand_id).values_list("fingerprint", "columns"))


def own_spellings(brand_id: int) -> dict[str, str]:
    """The words of a brand for carriers, with the codes of the carriers. A carrier that is not active any more is not meant."""
    rows = CarrierSpelling.objects.filter(brand_id=brand_id, carrier__is_active=True)
    return dict(rows.order_by("pk").values_list("word", "carrier__code"))


def _view(row: ShippingUpload) -> ShippingUploadView:
    job = row.job
    return view_of(
        ShippingUploadView,
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


def _result(stored: dict[str, Any]) -> ShippingResult:
    counts = {each.name: stored[each.name] for each in fields(ShippingResult) if isinstance(stored[each.name], int)}
    return ShippingResult(
        **counts,
        faults=[RowMessage(**each) for each in stored["faults"]],
        warnings=[RowMessage(**each) for each in stored["warnings"]],
        left=[LeftLine(**each) for each in stored["left"]],
    )
