"""The lists of ops and finance as files."""

import json
from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import Query, Schema
from pydantic import Field

from accounts.list_exports import export_pages
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from accounts.selectors import list_audit_entries, list_people
from aftersales.rules import CaseState
from aftersales.selectors.cases import list_cases
from aftersales.selectors.refunds import list_refunds
from brands.rules import BrandStatus
from brands.selectors.brands import list_brands
from console.labels import (
    AUDIT_ACTIONS,
    BRAND_STATES,
    ORDER_STATES,
    PARTIES,
    PHASES,
    ROLES,
    STATEMENT_STATES,
    SUBJECTS,
)
from flashsales.rules import Phase
from flashsales.selectors.sales import get_sale, list_items, list_sales
from kernel import clock
from membership.rules.tiers import Tier
from membership.selectors.people import MemberView, list_codes, list_members
from orders.rules.states import OrderState
from orders.selectors.consignments import list_consignments
from orders.selectors.line_rows import list_line_rows
from pricing.selectors.price_lists import list_frozen_rows
from settlement.rules.statements import StatementState
from settlement.selectors.statements import list_statements
from web.case_words import REASONS, REFUND_REASONS, STATES
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, money, text, time, words
from web.responses import ViewRouter
from web.schemas import Word

router = ViewRouter(tags=["exports"])
both = RoleAuth(Role.OPS, Role.FINANCE)

LABELLINGS = {"kept": _("留吊牌"), "cut": _("剪标")}


def _tier(member: MemberView) -> str:
    return member.tier.label(get_language())


ORDER_LINES = ExportedList(
    "orders",
    _("订单"),
    (
        integer(_("订单号"), "order_id"),
        text(_("状态"), words(ORDER_STATES, "state")),
        time(_("下单时间"), "placed_at"),
        time(_("付款时间"), "paid_at"),
        integer(_("会员号"), "reseller_id"),
        text(_("代购"), "reseller_name"),
        integer(_("明细号"), "line_id"),
        text(_("品牌"), "brand_name"),
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        text(_("颜色"), "colour"),
        text(_("尺码"), "size"),
        integer(_("件数"), "units"),
        money(_("单价（元）"), "price_fen"),
        money(_("金额（元）"), "total_fen"),
        money(_("运费（元）"), "freight_fen"),
        integer(_("退款件数"), "refunded_units"),
        money(_("退款额（元）"), "refunded_fen"),
        money(_("退回运费（元）"), "returned_freight_fen"),
        text(_("收货人"), "recipient"),
        code(_("电话"), "phone"),
        integer(_("已发件数"), "shipped_units"),
        time(_("发货时间"), "shipped_at"),
        text(_("快递公司"), "carriers"),
        code(_("快递单号"), "tracking_numbers"),
    ),
    holds_personal_data=True,
)
LATE = ExportedList(
    "late-consignments",
    _("超时发货"),
    (
        integer(_("发货单号"), "id"),
        integer(_("订单号"), "order_id"),
        text(_("品牌"), "brand_name"),
        time(_("最晚发货"), "ship_by"),
        integer(_("待发件数"), "unshipped_units"),
        text(_("收货人"), "name"),
        code(_("电话"), "phone"),
    ),
    holds_personal_data=True,
)
REFUNDS = ExportedList(
    "refunds",
    _("退款"),
    (
        integer(_("退款号"), "id"),
        time(_("时间"), "at"),
        integer(_("订单号"), "order_id"),
        integer(_("明细号"), "line_id"),
        text(_("商品"), "sku_name", 32),
        integer(_("件数"), "units"),
        money(_("金额（元）"), "amount_fen"),
        text(_("原因"), words(REFUND_REASONS, "reason")),
        text(_("承担方"), words(PARTIES, "borne_by")),
        text(_("备注"), "note", 32),
    ),
)
CASES = ExportedList(
    "cases",
    _("售后"),
    (
        integer(_("售后单号"), "id"),
        text(_("状态"), words(STATES, "state")),
        text(_("原因"), words(REASONS, "reason")),
        integer(_("订单号"), "order_id"),
        integer(_("会员号"), "reseller_id"),
        text(_("代购"), "reseller_name"),
        text(_("品牌"), "brand_name"),
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        text(_("颜色"), "colour"),
        text(_("尺码"), "size"),
        integer(_("件数"), "units"),
        money(_("金额（元）"), "amount_fen"),
        money(_("退款额（元）"), "refunded_fen"),
        text(_("责任方"), words(PARTIES, "fault")),
        text(_("承担方"), words(PARTIES, "borne_by")),
        text(_("说明"), "evidence", 40),
        text(_("处理意见"), "decision", 40),
        time(_("申请时间"), "requested_at"),
        time(_("截止时间"), "due_at"),
        time(_("结束时间"), "ended_at"),
    ),
    holds_personal_data=True,
)
AUDIT = ExportedList(
    "audit",
    _("操作记录"),
    (
        time(_("时间"), "at"),
        text(_("谁"), "who"),
        text(_("角色"), words(ROLES, "role")),
        text(_("做了什么"), words(AUDIT_ACTIONS, "action"), 24),
        text(_("对象"), words(SUBJECTS, "subject_kind")),
        integer(_("对象编号"), "subject_id"),
        text(_("详情"), lambda entry: json.dumps(entry.details, ensure_ascii=False) if entry.details else "", 60),
        code(_("请求编号"), "request_id"),
    ),
    holds_personal_data=True,
)
PEOPLE = ExportedList(
    "people",
    _("人员"),
    (
        integer(_("人员编号"), "id"),
        text(_("姓名"), "name"),
        code(_("登录名"), "login"),
        text(_("角色"), words(ROLES, "role")),
        time(_("建立时间"), "created_at"),
        time(_("最近登录"), "last_login"),
        time(_("停用时间"), "deactivated_at"),
        text(_("停用原因"), "deactivation_reason", 32),
    ),
    holds_personal_data=True,
)
MEMBERS = ExportedList(
    "members",
    _("会员"),
    (
        integer(_("会员号"), "id"),
        text(_("姓名"), "name"),
        text(_("等级"), _tier),
        integer(_("成长值"), "growth"),
        time(_("加入时间"), "joined_at"),
        integer(_("邀请人会员号"), "invited_by_id"),
    ),
    holds_personal_data=True,
)
CODES = ExportedList(
    "invitation-codes",
    _("邀请码"),
    (
        code(_("邀请码"), "code"),
        integer(_("会员号"), "reseller_id"),
        integer(_("可用次数"), "uses"),
        integer(_("已用次数"), "used"),
        time(_("建立时间"), "created_at"),
        time(_("有效期至"), "expires_at"),
        time(_("作废时间"), "revoked_at"),
    ),
)
BRANDS = ExportedList(
    "brands",
    _("品牌"),
    (
        integer(_("品牌号"), "id"),
        text(_("品牌名称"), "name", 24),
        text(_("状态"), words(BRAND_STATES, "status")),
        money(_("年销售额（元）"), "annual_sales_fen"),
        integer(_("线下门店数"), "offline_shops"),
        money(_("保证金（元）"), "deposit_fen"),
        money(_("应交保证金（元）"), "deposit_required_fen"),
        text(_("佣金率"), lambda brand: f"{brand.commission_rate:%}" if brand.commission_rate is not None else ""),
        text(_("联系人与电话"), "contact", 24),
        time(_("申请时间"), "applied_at"),
        time(_("决定时间"), "decided_at"),
        text(_("原因"), "reason", 32),
    ),
    holds_personal_data=True,
)
SALES = ExportedList(
    "sales",
    _("专场"),
    (
        integer(_("专场号"), "id"),
        text(_("品牌"), "brand_name"),
        text(_("标题"), "title", 32),
        text(_("状态"), words(PHASES, "phase")),
        time(_("预告时间"), "preview_at"),
        time(_("开始时间"), "starts_at"),
        time(_("结束时间"), "ends_at"),
        integer(_("限购"), "limit_units"),
        integer(_("返场自专场号"), "rerun_of_id"),
    ),
)
SALE_ITEMS = ExportedList(
    "sale-items",
    _("专场商品"),
    (
        integer(_("SKU"), "sku_id"),
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        text(_("颜色"), "colour"),
        text(_("尺码"), "size"),
        code(_("条码"), "barcode"),
        money(_("吊牌价（元）"), "tag_price_fen"),
        money(_("供货价（元）"), "base_price_fen"),
        integer(_("计划"), "planned"),
        integer(_("已放入专场"), "allotted"),
        integer(_("可抢"), "available"),
        integer(_("待付"), "held"),
        integer(_("已售"), "sold"),
        integer(_("已收回"), "returned"),
        integer(_("限购"), "limit_units"),
    ),
)
PRICE_ROWS = ExportedList(
    "price-list",
    _("价格表"),
    (
        integer(_("SKU"), "sku_id"),
        text(_("等级"), lambda row: Tier(row.tier).label(get_language())),
        money(_("拿货价（元）"), "wholesale_fen"),
        text(_("吊牌处理"), words(LABELLINGS, "labelling")),
        money(_("控价线（元）"), "retail_floor_fen"),
        money(_("货款单价（元）"), "brand_payable_fen"),
        money(_("佣金单价（元）"), "commission_fen"),
        money(_("吊牌价（元）"), "tag_price_fen"),
        money(_("供货价（元）"), "base_price_fen"),
    ),
)
STATEMENTS = ExportedList(
    "statements",
    _("结算单"),
    (
        integer(_("结算单号"), "id"),
        text(_("品牌"), "brand_name"),
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


class AuditSubject(Schema):
    kind: Word = ""
    id: int | None = Field(None, ge=1)


@router.get("/audit/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_audit(
    request: ActorRequest, file: Query[ExportQuery], subject: Query[AuditSubject]
) -> StreamingHttpResponse:
    """The audit log as a file, the newest first; `kind` and `id` select the entries of a kind of subject, or of one subject."""
    page_of = partial(list_audit_entries, subject_kind=subject.kind, subject_id=subject.id if subject.kind else None)
    return export_pages(request, AUDIT, page_of, file.format)


@router.get("/people/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_people(
    request: ActorRequest,
    file: Query[ExportQuery],
    q: Word = "",
    role: Role | None = None,
    deactivated: bool = False,
) -> StreamingHttpResponse:
    """Everybody who can sign in, or with `deactivated` could before, as a file."""
    page_of = partial(list_people, search=q, role=role, active=False if deactivated else None)
    return export_pages(request, PEOPLE, page_of, file.format)


@router.get("/resellers/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_members(
    request: ActorRequest, file: Query[ExportQuery], q: Word = "", tier: Tier | None = None
) -> StreamingHttpResponse:
    """The members with their tiers now as a file, the newest first."""
    page_of = partial(list_members, at=clock.now(), search=q, tier=tier)
    return export_pages(request, MEMBERS, page_of, file.format)


@router.get("/invitation-codes/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_codes(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """All invitation codes as a file, the newest first."""
    return export_pages(request, CODES, list_codes, file.format)


@router.get("/brands/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_brands(
    request: ActorRequest, file: Query[ExportQuery], status: BrandStatus | None = None
) -> StreamingHttpResponse:
    """The brands as a file, the newest application first."""
    return export_pages(request, BRANDS, partial(list_brands, status=status or ""), file.format)


@router.get("/sales/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_sales(request: ActorRequest, file: Query[ExportQuery], phase: Phase | None = None) -> StreamingHttpResponse:
    """The sales as a file, the newest first; those in one phase where it is given."""
    return export_pages(request, SALES, partial(list_sales, at=clock.now(), phase=phase), file.format)


@router.get("/sales/{int:sale_id}/items/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_sale_items(request: ActorRequest, sale_id: int, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The goods of a sale as a file, with their units."""
    sale = get_sale(sale_id, at=clock.now())
    return export_pages(request, SALE_ITEMS, partial(list_items, sale.id), file.format)


@router.get("/price-lists/{int:list_id}/rows/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_price_rows(
    request: ActorRequest, list_id: int, file: Query[ExportQuery], tier: Tier | None = None
) -> StreamingHttpResponse:
    """The rows of a frozen price list as a file, by SKU and tier; those of one tier where it is given."""
    return export_pages(request, PRICE_ROWS, partial(list_frozen_rows, list_id, tier=tier), file.format)


@router.get("/statements/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_statements(
    request: ActorRequest, file: Query[ExportQuery], state: StatementState | None = None
) -> StreamingHttpResponse:
    """The statements of all brands as a file, the newest first; those in one state where it is given."""
    return export_pages(request, STATEMENTS, partial(list_statements, state=state or ""), file.format)


class OrderFilters(Schema):
    q: Word = ""
    state: OrderState | None = None
    sale: int | None = Field(None, ge=1)


@router.get("/ops/orders/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_all_orders(
    request: ActorRequest, file: Query[ExportQuery], filters: Query[OrderFilters]
) -> StreamingHttpResponse:
    """The lines of all orders as a file, the newest first, with recipients masked; of a `sale` only its own lines."""
    page_of = partial(list_line_rows, query=filters.q.strip(), state=filters.state or "", sale_id=filters.sale)
    return export_pages(request, ORDER_LINES, page_of, file.format)


@router.get("/ops/late-consignments/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_late(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The late consignments as a file, the longest overdue first, with recipients masked."""
    return export_pages(request, LATE, partial(list_consignments, at=clock.now(), late_only=True), file.format)


@router.get("/refunds/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_refunds(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """All refunds as a file, the newest first."""
    return export_pages(request, REFUNDS, list_refunds, file.format)


@router.get("/ops/cases/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_all_cases(
    request: ActorRequest, file: Query[ExportQuery], state: CaseState | None = None
) -> StreamingHttpResponse:
    """Open cases as a file, the most urgent first; those in one state where it is given."""
    return export_pages(request, CASES, partial(list_cases, at=clock.now(), state=state or ""), file.format)
