"""Reads of workbooks of orders: how far one has come, its lines, what is wrong in it."""

import enum
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Concat

from accounts.rules import Actor
from flashsales.selectors.offers import get_offers
from kernel.refusal import Missing
from membership.selectors.people import require_buyer, require_reseller
from orders.models.uploads import OrderUpload, OrderUploadLine
from orders.rules.uploads import OrderUploadLineState
from orders.uploads.freight import UploadFreight, freight_of_uploads
from orders.uploads.preview import wording_of
from orders.uploads.views import (
    CellFaultView,
    LineTotals,
    OrderUploadLineView,
    OrderUploadView,
    line_view,
    upload_view,
)
from storage.files import StoredFile, content_key, get_store
from storage.objects import ObjectMissing
from web.pagination import Page, paginate

WORKBOOKS = "order-workbooks"
"""The folder of the store in which the workbooks lie, by the hash of their bytes."""


class LineFilter(enum.StrEnum):
    """Which lines of a workbook are listed."""

    READY = "ready"
    CHOOSE = "choose"
    REFUSED = "refused"
    SHORT = "short"
    """Ready, and not all units are left."""
    REPEATED = "repeated"
    LEFT_OUT = "left_out"
    NOT_ORDERED = "not_ordered"
    """Not ordered, or not in full."""


_READY = Q(state=OrderUploadLineState.READY.value)
_WANTED = _READY & Q(left_out=False)
_FILTERS = {
    "ready": _WANTED,
    "choose": Q(state=OrderUploadLineState.CHOOSE.value, left_out=False),
    "refused": Q(state=OrderUploadLineState.REFUSED.value, left_out=False),
    "short": _WANTED & Q(left_units__lt=F("units")),
    "repeated": _WANTED & ~Q(repeats=[]),
    "left_out": Q(left_out=True),
    "not_ordered": Q(ordered_units__lt=F("units")),
}


class NoSuchOrderUpload(Missing):
    code = "orders.no_such_upload"
    zh = "没有这次上传（{upload_id}）"
    en = "There is no upload {upload_id}"
    upload_id: int


class WorkbookErased(Missing):
    code = "orders.workbook_erased"
    zh = "此文件已超过保留期限并删除"
    en = "The file was deleted when its time of keeping was over"


def get_order_upload(actor: Actor, upload_id: int) -> OrderUploadView:
    """A workbook of the reseller's own; to all others there is none."""
    row = own_upload(actor, upload_id)
    return upload_view(row, _totals([row.pk]).get(row.pk, LineTotals()))


def own_upload(actor: Actor, upload_id: int) -> OrderUpload:
    """The row of the reseller's own upload with its job."""
    reseller_id = require_reseller(actor).id
    row = OrderUpload.objects.select_related("job").filter(pk=upload_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchOrderUpload(upload_id=upload_id)
    return row


def list_order_uploads(actor: Actor, *, cursor: str = "", limit: int = 20) -> Page[OrderUploadView]:
    """The reseller's workbooks of orders, the newest first."""
    rows = OrderUpload.objects.select_related("job").filter(reseller_id=require_reseller(actor).id)
    page = paginate(rows, name="orders.uploads", order=("-id",), cursor=cursor, limit=limit, view=lambda row: row)
    totals = _totals([row.pk for row in page.items])
    return Page([upload_view(row, totals.get(row.pk, LineTotals())) for row in page.items], page.next_cursor)


def lines_of_upload(
    actor: Actor, upload_id: int, *, at: datetime, only: LineFilter | None = None, cursor: str = "", limit: int = 50
) -> Page[OrderUploadLineView]:
    """The lines of a workbook in the order of the file."""
    upload, buyer = own_upload(actor, upload_id), require_buyer(actor, at)
    rows = OrderUploadLine.objects.filter(upload=upload)
    if only:
        rows = rows.filter(_FILTERS[only])
    page = paginate(
        rows,
        name=f"orders.upload_lines:{upload_id}",
        order=("number",),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    items = {item_id for row in page.items for item_id in (row.item_id, *row.choices) if item_id is not None}
    offers = get_offers(item_ids=sorted(items), tier=buyer.tier.value, reseller_id=buyer.id, at=at)
    return Page([line_view(row, str(wording_of(row)), offers) for row in page.items], page.next_cursor)


def faults_of_upload(actor: Actor, upload_id: int, *, warnings: bool = False) -> list[CellFaultView]:
    """Cells that are wrong, or with `warnings` cells to look at; the first thousand."""
    row = own_upload(actor, upload_id)
    return [CellFaultView(**each) for each in (row.warnings if warnings else row.faults)]


def open_workbook(actor: Actor, upload_id: int) -> StoredFile:
    """The workbook as it was sent; the caller closes it."""
    row = own_upload(actor, upload_id)
    if row.erased_at is not None:
        raise WorkbookErased
    try:
        return StoredFile(get_store().open(content_key(WORKBOOKS, row.sha256)), row.filename)
    except ObjectMissing as cause:
        raise WorkbookErased from cause


def _totals(upload_ids: Sequence[int]) -> dict[int, LineTotals]:
    """What the lines of each upload come to, in two statements."""
    freight = freight_of_uploads(upload_ids, _WANTED)
    rows = (
        OrderUploadLine.objects.filter(upload_id__in=upload_ids)
        .values("upload_id")
        .annotate(
            lines=Count("pk"),
            ready=Count("pk", filter=_WANTED),
            choose=Count("pk", filter=_FILTERS["choose"]),
            refused=Count("pk", filter=_FILTERS["refused"]),
            excluded=Count("pk", filter=_FILTERS["left_out"]),
            short=Count("pk", filter=_FILTERS["short"]),
            repeated=Count("pk", filter=_FILTERS["repeated"]),
            units_wanted=Sum("units", filter=_WANTED, default=0),
            units_left=Sum("left_units", filter=_WANTED, default=0),
            total_fen=Sum(F("price_fen") * F("units"), filter=_WANTED, default=0),
            left_total_fen=Sum(F("price_fen") * F("left_units"), filter=_WANTED, default=0),
            new_people=Count(
                Concat("name", Value("\n"), "phone", Value("\n"), "address"),
                distinct=True,
                filter=_WANTED & Q(is_known_recipient=False),
            ),
            missing=Count("pk", filter=_FILTERS["not_ordered"]),
            ordered=Count("pk", filter=Q(ordered_units__gt=0)),
            units_ordered=Sum("ordered_units", default=0),
        )
    )
    return {
        row["upload_id"]: LineTotals(
            lines=row["lines"],
            ready=row["ready"],
            choose=row["choose"],
            refused=row["refused"],
            left_out=row["excluded"],
            short=row["short"],
            repeated=row["repeated"],
            units=row["units_wanted"],
            left_units=row["units_left"],
            total_fen=int(row["total_fen"]) + freight.get(row["upload_id"], UploadFreight()).all_fen,
            left_total_fen=int(row["left_total_fen"]) + freight.get(row["upload_id"], UploadFreight()).left_fen,
            left_freight_fen=freight.get(row["upload_id"], UploadFreight()).left_fen,
            new_recipients=row["new_people"],
            ordered=row["ordered"],
            not_ordered=row["missing"],
            ordered_units=row["units_ordered"],
        )
        for row in rows
    }
