"""The carriers, and the parcels that somebody should look after, as files for ops and finance."""

from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from orders.rules.parcels import ParcelAttention
from orders.selectors.carriers import CarrierView, list_carriers
from orders.selectors.parcel_events import TroubledParcelView, list_troubled_parcels
from web.carriers import PARCEL_STATUSES
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, text, time, words
from web.responses import ViewRouter

router = ViewRouter(tags=["exports"])
both = RoleAuth(Role.OPS, Role.FINANCE)


def _active(row: CarrierView) -> str:
    return str(_("可选用") if row.is_active else _("已停用"))


def _carrier(row: TroubledParcelView) -> str:
    return row.carrier_en if get_language() == "en" else row.carrier_zh


def _problem(row: TroubledParcelView) -> str:
    return row.problem_en if get_language() == "en" else row.problem_zh


CARRIERS = ExportedList(
    "carriers",
    _("快递公司"),
    (
        text(_("中文名"), "name"),
        text(_("英文名"), "name_en"),
        code(_("编码"), "code"),
        text(_("别名"), lambda row: "、".join(row.aliases), 30),
        code(_("快递100 编码"), "kuaidi100_code"),
        code(_("快递鸟编码"), "kdniao_code"),
        code(_("单号格式"), lambda row: " | ".join(row.number_patterns)),
        text(_("状态"), _active),
    ),
)

TROUBLED_PARCELS = ExportedList(
    "parcels",
    _("包裹异常"),
    (
        text(_("快递公司"), _carrier),
        code(_("快递单号"), "tracking_no"),
        text(_("情况"), words(PARCEL_STATUSES, "status")),
        text(_("问题"), _problem, 24),
        time(_("最近动态"), "last_event_at"),
        integer(_("订单号"), "order_id"),
        text(_("品牌"), "brand_name"),
        time(_("发货时间"), "shipped_at"),
    ),
)


@router.get("/carriers/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_carriers(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The table of carriers as a file."""
    return export_rows(request, CARRIERS, list_carriers(), file.format)


@router.get("/parcels/troubled/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_troubled_parcels(
    request: ActorRequest, file: Query[ExportQuery], kind: ParcelAttention = ParcelAttention.PROBLEM
) -> StreamingHttpResponse:
    """Parcels with a problem as a file, or those that stand still (TRACK-7)."""
    page_of = partial(list_troubled_parcels, kind, at=clock.now())
    return export_pages(request, TROUBLED_PARCELS, page_of, file.format)
