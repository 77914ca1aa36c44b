"""Reports of faults by customers, as their reseller sees them (AFTER-19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from aftersales.models.fault_reports import FaultReport
from aftersales.rules import CaseReason, CaseState, FaultReportState
from aftersales.selectors.photos import PhotoView, photo_views
from kernel.refusal import Missing
from web.pagination import Page, paginate


class NoSuchFaultReport(Missing):
    code = "aftersales.no_such_fault_report"
    zh = "没有这条问题反馈（{report_id}）"
    en = "There is no report {report_id} of a fault"
    report_id: int


@dataclass(frozen=True, slots=True)
class FaultReportView:
    """A report: `units` of a line and what is wrong with them. `recipient` is who got the parcel.

    `may_reuse`: the customer allows that the photos are shown to others. `case_state` is that of the case that was opened from it.
    """

    id: int
    state: FaultReportState
    order_id: int
    line_id: int
    style_no: str
    name: str
    picture: str
    colour: str
    size: str
    recipient: str
    units: int
    reason: CaseReason
    text: str
    photos: tuple[PhotoView, ...]
    may_reuse: bool
    reported_at: datetime
    ended_at: datetime | None
    answer: str
    case_id: int | None
    case_state: CaseState | None


def list_fault_reports(
    reseller_id: int, *, state: str = "", cursor: str = "", limit: int = 20
) -> Page[FaultReportView]:
    """The reports of a reseller's customers, the newest first; those in one state where it is given."""
    rows = _reports().filter(reseller_id=reseller_id)
    if state:
        rows = rows.filter(state=state)
    return paginate(
        rows,
        name=f"aftersales.fault_reports:{reseller_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=fault_report_view,
    )


def get_own_fault_report(reseller_id: int, report_id: int) -> FaultReportView:
    row = _reports().filter(pk=report_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchFaultReport(report_id=report_id)
    return fault_report_view(row)


def count_open_fault_reports(reseller_id: int) -> int:
    """How many reports wait for the reseller."""
    return FaultReport.objects.filter(reseller_id=reseller_id, state=FaultReportState.OPEN.value).count()


def list_reports_of_page(source: str, line_ids: Sequence[int]) -> Mapping[int, list[FaultReportView]]:
    """By order line, what was reported from the page that `source` names, the first one first; withdrawn ones are left out."""
    rows = _reports().filter(source=source, line_id__in=line_ids).exclude(state=FaultReportState.WITHDRAWN.value)
    found: dict[int, list[FaultReportView]] = {line_id: [] for line_id in line_ids}
    for row in rows.order_by("pk"):
        found[row.line_id].append(fault_report_view(row))
    return found


def _reports() -> QuerySet[FaultReport]:
    """Reports with all that their views show, in two statements for any number of them."""
    rows = FaultReport.objects.select_related("line__sku__style", "line__recipient", "case")
    return rows.prefetch_related("report_photos__photo")


def fault_report_view(row: FaultReport) -> FaultReportView:
    sku = row.line.sku
    return FaultReportView(
        id=row.pk,
        state=FaultReportState(row.state),
        order_id=row.line.order_id,
        line_id=row.line_id,
        style_no=sku.style.style_no,
        name=sku.style.name,
        picture=sku.style.picture,
        colour=sku.colour,
        size=sku.size,
        recipient=row.line.recipient.name,
        units=row.units,
        reason=CaseReason(row.reason),
        text=row.text,
        photos=photo_views(each.photo for each in row.report_photos.all()),
        may_reuse=row.may_reuse,
        reported_at=row.reported_at,
        ended_at=row.ended_at,
        answer=row.answer,
        case_id=row.case_id,
        case_state=CaseState(row.case.state) if row.case else None,
    )
