"""A reseller's lists about her customers as files."""

from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import FaultReportState
from aftersales.selectors.fault_reports import list_fault_reports
from membership.selectors.people import require_reseller
from web.case_words import REASONS
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, text, time, words
from web.responses import ViewRouter

router = ViewRouter(tags=["exports"])
reseller = RoleAuth(Role.RESELLER)

REPORT_STATES = {
    "open": _("等我处理"),
    "case": _("已申请售后"),
    "answered": _("已回复"),
    "withdrawn": _("顾客已撤回"),
    "expired": _("已过保存期"),
}

FAULT_REPORTS = ExportedList(
    "fault-reports",
    _("顾客反馈"),
    (
        integer(_("反馈号"), "id"),
        text(_("状态"), words(REPORT_STATES, "state")),
        time(_("反馈时间"), "reported_at"),
        text(_("收货人"), "recipient"),
        integer(_("订单号"), "order_id"),
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        text(_("颜色"), "colour"),
        text(_("尺码"), "size"),
        integer(_("件数"), "units"),
        text(_("原因"), words(REASONS, "reason")),
        text(_("说明"), "text", 40),
        text(_("回复"), "answer", 40),
        integer(_("售后单号"), "case_id"),
        time(_("结束时间"), "ended_at"),
    ),
    holds_personal_data=True,
)


@router.get("/fault-reports/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_fault_reports(
    request: ActorRequest, file: Query[ExportQuery], state: FaultReportState | None = None
) -> StreamingHttpResponse:
    """The faults that the reseller's customers reported as a file, the newest first; those in one state where it is given."""
    me = require_reseller(request.auth)
    return export_pages(request, FAULT_REPORTS, partial(list_fault_reports, me.id, state=state or ""), file.format)
