"""A brand's lists as files."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import CaseState
from aftersales.selectors.cases import list_brand_cases
from brands.selectors.brands import require_own_brand
from flashsales.rules import Phase
from flashsales.selectors.sales import NoSuchSale, get_sale, list_items, list_sales
from inventory.selectors.stock import skus_of_brand
from kernel import clock
from orders.rules.states import ConsignmentState
from orders.selectors.consignments import ConsignmentLineView, ConsignmentView, list_consignments
from orders.services.shipping_lists import mark_listed
from portal.labels import CONSIGNMENT_STATES, PHASES, STATEMENT_STATES
from settlement.selectors.statements import list_statements
from treasury.selectors.requests import list_deposit_requests
from web.case_words import REASONS, STATES
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, every_view, integer, money, text, time, words
from web.responses import ViewRouter
from web.schemas import Word

router = ViewRouter(tags=["exports"])
clerk = RoleAuth(Role.BRAND)

_GOODS = (
    code(_("款号"), "style_no"),
    text(_("品名"), "name", 24),
    text(_("颜色"), "colour"),
    text(_("尺码"), "size"),
    code(_("条码"), "barcode"),
    money(_("吊牌价（元）"), "tag_price_fen"),
    money(_("供货价（元）"), "base_price_fen"),
)
STOCK = ExportedList(
    "stock",
    _("库存"),
    (
        *_GOODS,
        text(_("类目"), "category"),
        integer(_("在库"), "on_hand"),
        integer(_("已放入专场"), "allotted"),
        integer(_("可用"), "free"),
        text(_("瑕疵说明"), "defects", 32),
    ),
)
SALES = ExportedList(
    "sales",
    _("专场"),
    (
        integer(_("专场号"), "id"),
        text(_("标题"), "title", 32),
        text(_("状态"), words(PHASES, "phase")),
        time(_("预告时间"), "preview_at"),
        time(_("开始时间"), "starts_at"),
        time(_("结束时间"), "ends_at"),
    ),
)
SALE_ITEMS = ExportedList(
    "sale-items",
    _("专场商品"),
    (
        *_GOODS,
        integer(_("已放入专场"), "allotted"),
        integer(_("可抢"), "available"),
        integer(_("待付"), "held"),
        integer(_("已售"), "sold"),
        integer(_("已收回"), "returned"),
    ),
)
STATEMENTS = ExportedList(
    "statements",
    _("结算单"),
    (
        integer(_("结算单号"), "id"),
        text(_("专场"), "title", 32),
        text(_("状态"), words(STATEMENT_STATES, "state")),
        integer(_("售出件数"), "totals.units"),
        integer(_("退款件数"), "totals.refunded_units"),
        money(_("成交额（元）"), "totals.sold_fen"),
        money(_("退款额（元）"), "totals.refunded_fen"),
        money(_("快递承担（元）"), "totals.carrier_claims_fen"),
        money(_("运费（元）"), "totals.freight_fen"),
        money(_("佣金（元）"), "totals.commission_fen"),
        money(_("扣款（元）"), "totals.deductions_fen"),
        money(_("抵扣前欠（元）"), "totals.netted_fen"),
        money(_("异议更正（元）"), "totals.adjustments_fen"),
        money(_("不足部分转下期（元）"), "totals.carried_fen"),
        money(_("应结货款（元）"), "totals.payable_fen"),
        time(_("生成时间"), "generated_at"),
        time(_("结算时间"), "settled_at"),
        time(_("打款时间"), "paid_at"),
        code(_("流水号"), "payout_reference"),
    ),
)


@dataclass(frozen=True, slots=True)
class PackedLine:
    """A line of a consignment, whose recipient is whole while units are left to ship and masked afterwards."""

    consignment: ConsignmentView
    line: ConsignmentLineView

    @property
    def tracking_numbers(self) -> str:
        parcels = (
            parcel
            for parcel in self.consignment.parcels
            if self.line.line_id in {each.line_id for each in parcel.lines}
        )
        return "、".join(f"{parcel.carrier} {parcel.tracking_no}" for parcel in parcels)


CONSIGNMENTS = ExportedList(
    "consignments",
    _("发货单"),
    (
        integer(_("发货单号"), "consignment.id"),
        integer(_("订单号"), "consignment.order_id"),
        text(_("状态"), words(CONSIGNMENT_STATES, "consignment.state")),
        time(_("最晚发货"), "consignment.ship_by"),
        integer(_("明细号"), "line.line_id"),
        code(_("款号"), "line.style_no"),
        text(_("品名"), "line.name", 24),
        text(_("颜色"), "line.colour"),
        text(_("尺码"), "line.size"),
        code(_("条码"), "line.barcode"),
        integer(_("件数"), "line.units"),
        integer(_("已发件数"), "line.shipped_units"),
        text(_("收货人"), "consignment.name"),
        code(_("电话"), "consignment.phone"),
        text(_("地址"), "consignment.address", 60),
        code(_("快递单号"), "tracking_numbers"),
        time(_("发货时间"), "consignment.shipped_at"),
    ),
    holds_personal_data=True,
)
CASES = ExportedList(
    "cases",
    _("售后"),
    (
        integer(_("售后单号"), "id"),
        text(_("状态"), words(STATES, "state")),
        text(_("原因"), words(REASONS, "reason")),
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        text(_("颜色"), "colour"),
        text(_("尺码"), "size"),
        integer(_("件数"), "units"),
        text(_("说明"), "evidence", 40),
        time(_("申请时间"), "requested_at"),
        text(_("快递公司"), "carrier"),
        code(_("快递单号"), "tracking_no"),
        time(_("寄回时间"), "sent_back_at"),
        time(_("收到时间"), "received_at"),
        time(_("结束时间"), "ended_at"),
    ),
    holds_personal_data=True,
)


DEPOSIT_KINDS = {"deposit": _("交入"), "deposit_return": _("退还"), "deposit_deduction": _("扣款")}
DEPOSIT_STATES = {
    "approved": _("已复核"),
    "in_batch": _("银行付款中"),
    "paid": _("银行已付"),
    "returned": _("没有付成，仍在保证金里"),
    "reversed": _("录错，已冲正"),
}
DEPOSIT_MOVES = ExportedList(
    "deposit",
    _("保证金"),
    (
        integer(_("编号"), "id"),
        text(_("事项"), words(DEPOSIT_KINDS, "kind")),
        money(_("金额（元）"), "amount_fen"),
        text(_("状态"), words(DEPOSIT_STATES, "state"), 24),
        text(_("原因"), "reason", 32),
        text(_("依据"), "evidence", 32),
        time(_("时间"), "decided_at"),
    ),
)


@router.get("/brand/consignments/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_consignments(
    request: ActorRequest,
    file: Query[ExportQuery],
    q: Word = "",
    state: ConsignmentState | Literal["late"] | None = None,
) -> StreamingHttpResponse:
    """The lines of the brand's consignments as a file; those in one state, or `late`, where it is given.

    The list to ship out, which comes back filled in, is `GET /consignments/workbook`.
    """
    now, brand_id = clock.now(), require_own_brand(request.auth).id
    mark_listed(brand_id=brand_id, state=ConsignmentState.TO_SHIP if state == "late" else state or "", now=now)
    page_of = partial(
        list_consignments,
        at=now,
        brand_id=brand_id,
        listed_only=True,
        query=q.strip(),
        state="" if state is None or state == "late" else state,
        late_only=state == "late",
    )
    lines = (PackedLine(each, line) for each in every_view(page_of) for line in each.lines)
    return export_rows(request, CONSIGNMENTS, lines, file.format)


@router.get("/brand/cases/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_brand_cases(
    request: ActorRequest, file: Query[ExportQuery], state: CaseState | None = None
) -> StreamingHttpResponse:
    """The cases about the brand's goods as a file, the newest first; those in one state where it is given."""
    brand = require_own_brand(request.auth)
    return export_pages(request, CASES, partial(list_brand_cases, brand.id, state=state or ""), file.format)


@router.get("/stock/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_stock(
    request: ActorRequest, file: Query[ExportQuery], q: Word = "", free_only: bool = False
) -> StreamingHttpResponse:
    """The brand's stock as a file. `q` finds by style number, name or barcode; `free_only` leaves out what is all in sales."""
    brand = require_own_brand(request.auth)
    return export_pages(request, STOCK, partial(skus_of_brand, brand.id, search=q, free_only=free_only), file.format)


@router.get("/sales/mine/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_own_sales(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The brand's sales as a file, the newest first; without those that are not published yet."""
    brand = require_own_brand(request.auth)
    sales = every_view(partial(list_sales, at=clock.now(), brand_id=brand.id))
    return export_rows(request, SALES, (sale for sale in sales if sale.phase is not Phase.DRAFT), file.format)


@router.get("/sales/mine/{int:sale_id}/items/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_own_sale_items(request: ActorRequest, sale_id: int, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The goods of one of the brand's sales as a file, with their units."""
    brand = require_own_brand(request.auth)
    sale = get_sale(sale_id, at=clock.now())
    if sale.brand_id != brand.id or sale.phase is Phase.DRAFT:
        raise NoSuchSale(sale_id=sale_id)
    return export_pages(request, SALE_ITEMS, partial(list_items, sale.id), file.format)


@router.get("/brand/statements/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_own_statements(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The brand's statements as a file, the newest first."""
    brand = require_own_brand(request.auth)
    return export_pages(request, STATEMENTS, partial(list_statements, brand_id=brand.id), file.format)


@router.get("/brands/mine/deposit/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_own_deposit(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """What moved the brand's deposit as a file, the newest first."""
    brand = require_own_brand(request.auth)
    return export_pages(request, DEPOSIT_MOVES, partial(list_deposit_requests, brand.id), file.format)
