"""A reseller's lists as files. She sees her own customers whole."""

from datetime import timedelta
from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors.cases import list_own_cases
from aftersales.selectors.wallet import list_own_wallet_entries
from forwarding.rules.funnel import FunnelSpan
from forwarding.rules.wishes import WishState
from forwarding.selectors.forwards import list_forwards
from forwarding.selectors.funnel import MAX_DAYS, get_funnel
from forwarding.selectors.wishes import WishView, list_wishes
from kernel import clock
from kernel.period import SHANGHAI
from ledger.rules import PostingKind
from membership.selectors.people import list_invitees, require_reseller
from membership.selectors.tier_status import list_growth_entries
from orders.rules.states import OrderFilter, OrderState
from orders.selectors.customers import list_customers
from orders.selectors.line_rows import list_own_line_rows
from treasury.selectors.requests import MoneyRequestView, list_own_withdrawals
from web.case_words import REASONS, STATES
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, money, text, time, words
from web.ledger_words import WALLET_POSTINGS
from web.responses import ViewRouter
from web.schemas import Word

router = ViewRouter(tags=["exports"])
reseller = RoleAuth(Role.RESELLER)

WITHDRAWAL_STATES = {
    "waiting": _("等财务审核"),
    "approved": _("已审核，等银行付款"),
    "in_batch": _("银行付款中"),
    "paid": _("已付出"),
    "returned": _("没有付成，钱已回钱包"),
    "refused": _("没有通过，钱已回钱包"),
    "cancelled": _("已撤回"),
}


def _withdrawal_state(row: MoneyRequestView) -> str:
    return str(_("付不出去：收款账户换过了") if row.is_blocked else WITHDRAWAL_STATES[row.state.value])


GROWTH_KINDS = {
    "purchase": _("购货"),
    "refund": _("退款收回"),
    "invitation": _("邀请奖励"),
    "keep_bonus": _("保级奖励"),
    "adjustment": _("人工调整"),
    "tier_match": _("试用等级"),
    "cancellation": _("发货前取消"),
    "shipment": _("发货"),
    "shortage": _("缺货收回"),
}
REWARDS = {"waiting": _("等待中"), "granted": _("已发放"), "capped": _("已达上限"), "void": _("不发放")}
WISH_STATES = {
    "new": _("待处理"),
    "ordered": _("已下单"),
    "done": _("已处理"),
    "declined": _("已谢绝"),
    "withdrawn": _("顾客已撤回"),
}

ORDER_STATES = {"unpaid": _("待付款"), "paid": _("已付款"), "cancelled": _("已取消")}

ORDER_LINES = ExportedList(
    "orders",
    _("订单"),
    (
        integer(_("订单号"), "order_id"),
        text(_("状态"), words(ORDER_STATES, "state")),
        time(_("下单时间"), "placed_at"),
        time(_("付款时间"), "paid_at"),
        integer(_("明细号"), "line_id"),
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
        text(_("地址"), "address", 60),
        integer(_("已发件数"), "shipped_units"),
        time(_("发货时间"), "shipped_at"),
        text(_("快递公司"), "carriers"),
        code(_("快递单号"), "tracking_numbers"),
        text(_("备注"), "remark", 32),
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
        integer(_("订单号"), "order_id"),
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        text(_("颜色"), "colour"),
        text(_("尺码"), "size"),
        integer(_("件数"), "units"),
        money(_("金额（元）"), "amount_fen"),
        money(_("退款额（元）"), "refunded_fen"),
        text(_("说明"), "evidence", 40),
        text(_("处理意见"), "decision", 40),
        time(_("申请时间"), "requested_at"),
        time(_("截止时间"), "due_at"),
        time(_("结束时间"), "ended_at"),
    ),
    holds_personal_data=True,
)
WALLET_ENTRIES = ExportedList(
    "wallet-entries",
    _("收支明细"),
    (
        time(_("时间"), "at"),
        text(_("类型"), words(WALLET_POSTINGS, "kind")),
        money(_("金额（元）"), "amount_fen"),
        money(_("余额（元）"), "balance_fen"),
        integer(_("订单号"), "order_id"),
        integer(_("售后单号"), "case_id"),
        text(_("商品"), "goods", 24),
        integer(_("另有几种"), "more_goods"),
        text(_("事由"), "cause", 24),
        text(_("备注"), "note", 32),
        integer(_("流水号"), "id"),
    ),
)
RECIPIENTS = ExportedList(
    "recipients",
    _("收货人"),
    (
        text(_("收货人"), "name"),
        code(_("电话"), "phone"),
        text(_("地址"), "address", 60),
        text(_("标签"), "tags_text", 24),
        text(_("尺码"), "sizes_text", 24),
        text(_("备注"), "note", 32),
        integer(_("订单"), "orders"),
        integer(_("件数"), "units"),
        money(_("实付（元）"), "total_fen"),
        money(_("退款额（元）"), "refunded_fen"),
        time(_("最近下单"), "last_ordered_at"),
    ),
    holds_personal_data=True,
)


def goods_of_wish(wish: WishView) -> str:
    """Style number, colour, size and units of each line of a wish."""
    return "；".join(f"{line.style_no} {line.colour} {line.size} ×{line.units}" for line in wish.lines)


WISHES = ExportedList(
    "wishes",
    _("心愿"),
    (
        time(_("时间"), "created_at"),
        text(_("状态"), words(WISH_STATES, "state")),
        text(_("顾客"), "name"),
        code(_("电话"), "phone"),
        text(_("地址"), "address", 60),
        text(_("商品"), goods_of_wish, 60),
        integer(_("件数"), "units"),
        text(_("留言"), "note", 60),
        integer(_("订单号"), "order_id"),
    ),
    holds_personal_data=True,
)
FORWARDS = ExportedList(
    "forwards",
    _("转发"),
    (
        time(_("时间"), "created_at"),
        text(_("专场"), "sale_title", 24),
        code(_("款号"), "style_no"),
        text(_("品名"), "style_name", 24),
        integer(_("所选款数"), "selected_styles"),
        integer(_("浏览"), "views"),
        integer(_("心愿"), "wishes"),
        integer(_("订单"), "orders"),
        time(_("停止时间"), "stopped_at"),
    ),
)
SHARING = ExportedList(
    "sharing",
    _("转发效果"),
    (
        text(_("日期、渠道或转发"), "name", 24),
        integer(_("打开"), "views"),
        integer(_("心愿"), "wishes"),
        integer(_("心愿件数"), "wished_units"),
        integer(_("已下单心愿"), "ordered"),
        integer(_("下单件数"), "ordered_units"),
        integer(_("已付款心愿"), "paid"),
        integer(_("付款件数"), "paid_units"),
        money(_("卖给顾客（元）"), "revenue_fen"),
        money(_("我付的（元）"), "paid_fen"),
        money(_("赚（元）"), "profit_fen"),
    ),
)
WITHDRAWALS = ExportedList(
    "withdrawals",
    _("提现"),
    (
        integer(_("编号"), "id"),
        money(_("金额（元）"), "amount_fen"),
        text(_("状态"), _withdrawal_state, 24),
        time(_("申请时间"), "entered_at"),
        time(_("审核时间"), "decided_at"),
        time(_("银行已付"), "paid_at"),
        code(_("银行流水号"), "reference"),
        text(_("原因"), "decision_reason", 32),
    ),
)
GROWTH_ENTRIES = ExportedList(
    "growth-entries",
    _("成长值明细"),
    (
        time(_("时间"), "at"),
        text(_("类型"), words(GROWTH_KINDS, "kind")),
        text(_("成长值"), "growth"),
        money(_("金额（元）"), "amount_fen"),
        integer(_("订单号"), "order_id"),
        text(_("原因"), "reason", 32),
    ),
)
INVITEES = ExportedList(
    "invitees",
    _("我邀请的会员"),
    (
        text(_("会员"), "name"),
        time(_("加入时间"), "joined_at"),
        text(_("奖励"), words(REWARDS, "reward")),
        integer(_("成长值"), "growth"),
    ),
    holds_personal_data=True,
)


@router.get("/wallet/entries/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_wallet_entries(
    request: ActorRequest, file: Query[ExportQuery], kind: PostingKind | None = None
) -> StreamingHttpResponse:
    """The entries of the reseller's wallet as a file, the newest first; only those of a kind where it is given."""
    me = require_reseller(request.auth)
    return export_pages(request, WALLET_ENTRIES, partial(list_own_wallet_entries, me.id, kind=kind), file.format)


@router.get("/withdrawals/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_withdrawals(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The reseller's withdrawals as a file, the newest first."""
    me = require_reseller(request.auth)
    return export_pages(request, WITHDRAWALS, partial(list_own_withdrawals, me.id), file.format)


@router.get("/recipients/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_recipients(
    request: ActorRequest, file: Query[ExportQuery], q: Word = "", tag: Word = ""
) -> StreamingHttpResponse:
    """The reseller's customers with tags, sizes and what they paid, as a file; `q` and `tag` select as on the page."""
    me = require_reseller(request.auth)
    return export_pages(request, RECIPIENTS, partial(list_customers, me.id, query=q.strip(), tag=tag), file.format)


@router.get("/wishes/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_wishes(
    request: ActorRequest, file: Query[ExportQuery], state: WishState | None = None
) -> StreamingHttpResponse:
    """The wishes of the reseller's customers as a file, the newest first; those in one state where it is given."""
    me = require_reseller(request.auth)
    return export_pages(request, WISHES, partial(list_wishes, me.id, state=state or ""), file.format)


@router.get("/forwards/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_forwards(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The reseller's forwards with their views, wishes and orders as a file."""
    me = require_reseller(request.auth)
    return export_pages(request, FORWARDS, partial(list_forwards, me.id, at=clock.now()), file.format)


@router.get("/sharing/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_sharing(
    request: ActorRequest, file: Query[ExportQuery], by: FunnelSpan = FunnelSpan.CHANNEL, days: int = 30
) -> StreamingHttpResponse:
    """What became of shared pages in the last days, by day, channel or page, as a file."""
    me, today = require_reseller(request.auth), clock.now().astimezone(SHANGHAI).date()
    first_date = today - timedelta(days=max(1, min(days, MAX_DAYS)) - 1)
    view = get_funnel(me.id, span=by, first_date=first_date, last_date=today)
    return export_rows(request, SHARING, view.rows, file.format)


@router.get("/membership/entries/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_growth_entries(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The entries of the reseller's growth as a file, the newest first."""
    me = require_reseller(request.auth)
    return export_pages(request, GROWTH_ENTRIES, partial(list_growth_entries, me.id), file.format)


@router.get("/membership/invitees/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_invitees(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """Whom the reseller invited herself, as a file."""
    me = require_reseller(request.auth)
    return export_pages(request, INVITEES, partial(list_invitees, me.id), file.format)


@router.get("/orders/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_orders(
    request: ActorRequest,
    file: Query[ExportQuery],
    q: Word = "",
    state: OrderState | None = None,
    progress: OrderFilter | None = None,
) -> StreamingHttpResponse:
    """The lines of the reseller's orders as a file, the newest first. `q` finds by order, recipient, phone, style or tracking number."""
    me = require_reseller(request.auth)
    page_of = partial(list_own_line_rows, me.id, at=clock.now(), query=q.strip(), state=state or "", progress=progress)
    return export_pages(request, ORDER_LINES, page_of, file.format)


@router.get("/cases/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_cases(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The reseller's after-sales cases as a file, the newest first."""
    me = require_reseller(request.auth)
    return export_pages(request, CASES, partial(list_own_cases, me.id, at=clock.now()), file.format)
