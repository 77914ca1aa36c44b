"""A reseller's cart, workbooks of orders and enquiries as files."""

from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors.enquiries import list_own_enquiries
from kernel import clock
from membership.selectors.people import require_buyer, require_reseller
from orders.selectors.cart import get_cart
from orders.uploads.selectors import list_order_uploads
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, money, text, time, words
from web.responses import ViewRouter

router = ViewRouter(tags=["exports"])
reseller = RoleAuth(Role.RESELLER)

ENQUIRY_STATES = {"open": _("待答复"), "answered": _("已答复"), "closed": _("已结束")}
ORDER_UPLOAD_STATES = {
    "received": _("排队中"),
    "reading": _("读取中"),
    "question": _("待您回答"),
    "preview": _("待下单"),
    "refused": _("无法读取"),
    "committed": _("已下单"),
    "cancelled": _("已取消"),
}
CART = ExportedList(
    "cart",
    _("购物车"),
    (
        integer(_("订单号"), "order_id"),
        time(_("付款期限"), "pay_before"),
        code(_("款号"), "line.style_no"),
        text(_("品名"), "line.name", 24),
        text(_("颜色"), "line.colour"),
        text(_("尺码"), "line.size"),
        integer(_("件数"), "line.units"),
        money(_("单价（元）"), "line.price_fen"),
        money(_("金额（元）"), "line.total_fen"),
        money(_("运费（元）"), "line.freight_fen"),
        text(_("收货人"), "line.recipient.name"),
        code(_("电话"), "line.recipient.phone"),
        text(_("地址"), "line.recipient.address", 60),
        text(_("备注"), "line.remark", 24),
    ),
    holds_personal_data=True,
)
ORDER_UPLOADS = ExportedList(
    "order-uploads",
    _("表格下单"),
    (
        integer(_("上传号"), "id"),
        text(_("文件"), "filename", 32),
        text(_("状态"), words(ORDER_UPLOAD_STATES, "state")),
        integer(_("行数"), "totals.lines"),
        integer(_("已下单的行"), "totals.ordered"),
        integer(_("已下单件数"), "totals.ordered_units"),
        integer(_("没下单的行"), "totals.not_ordered"),
        integer(_("订单号"), "order_id"),
        time(_("上传时间"), "received_at"),
        time(_("结束时间"), "ended_at"),
    ),
)
ENQUIRIES = ExportedList(
    "enquiries",
    _("咨询"),
    (
        integer(_("咨询号"), "id"),
        text(_("状态"), words(ENQUIRY_STATES, "state")),
        integer(_("订单号"), "order_id"),
        code(_("款号"), "style_no"),
        text(_("最后一条"), "last_text", 40),
        time(_("提问时间"), "opened_at"),
        time(_("最后一条的时间"), "last_message_at"),
    ),
    holds_personal_data=True,
)


@router.get("/cart/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_cart(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The unpaid lines of the reseller's cart as a file."""
    now = clock.now()
    buyer = require_buyer(request.auth, now)
    view = get_cart(buyer.id, tier=buyer.tier.value, at=now)
    return export_rows(request, CART, [line for sale in view.sales for line in sale.lines], file.format)


@router.get("/order-uploads/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_order_uploads(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The reseller's workbooks of orders as a file, the newest first."""
    return export_pages(request, ORDER_UPLOADS, partial(list_order_uploads, request.auth), file.format)


@router.get("/enquiries/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_own_enquiries(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The reseller's enquiries as a file, the newest first."""
    page_of = partial(list_own_enquiries, require_reseller(request.auth).id, at=clock.now())
    return export_pages(request, ENQUIRIES, page_of, file.format)
