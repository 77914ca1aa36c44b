"""The lists of price rules, planned sales, enquiries, money and carrier claims as files, for ops and finance."""

from functools import partial
from typing import Annotated, Any

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import Query
from pydantic import Field

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import ClaimState, EnquiryState
from aftersales.selectors.carrier_claims import list_claims
from aftersales.selectors.enquiries import list_enquiries
from bank_statements.rules import LineState
from bank_statements.selectors.lines import list_lines
from console.labels import (
    ACTIONS,
    BANK_ACCOUNT_STATES,
    BANK_STATEMENT_LINE_STATES,
    BATCH_STATES,
    BILL_DIFFERENCES,
    BILL_KINDS,
    CLAIM_STATES,
    ENDINGS,
    MONEY_REQUEST_KINDS,
    MONEY_REQUEST_STATES,
    PAYMENT_DIFFERENCES,
    PAYMENT_OUTCOMES,
    PAYMENT_WAYS,
    PROVIDER_BILL_STATES,
    PROVIDER_PAYMENT_STATES,
    PROVIDERS,
    RECEIVED_STATES,
    SOURCE_REFUND_STATES,
)
from console.selectors import all_brands, category_tree
from flashsales.selectors.scheduled import list_scheduled_sales
from kernel import clock
from ledger.rules import MAX_BANK_REFERENCE
from orders.rules.payments import ReceivedState
from orders.selectors.provider_payments import list_named_payments
from orders.selectors.received_payments import list_received_payments
from payments.rules.bills import BillState
from payments.rules.payments import PaymentFilter
from payments.rules.refunds import RefundState
from payments.selectors.bills import list_bills, list_differences_of
from payments.selectors.refunds import list_refunds
from pricing.selectors.price_rules import list_commissions, list_controls, list_drafts, list_terms
from treasury.rules.bank_accounts import AccountState
from treasury.rules.requests import RequestState
from treasury.selectors.bank_accounts import list_accounts
from treasury.selectors.batches import list_batches
from treasury.selectors.requests import list_requests
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, every_view, integer, money, text, time, words
from web.responses import ViewRouter

router = ViewRouter(tags=["exports"])
both = RoleAuth(Role.OPS, Role.FINANCE)
ops = RoleAuth(Role.OPS)

ENQUIRY_STATES = {"open": _("待答复"), "answered": _("已答复"), "closed": _("已结束")}


def _scope(row: Any) -> str:
    return str(row.scope_en if get_language() == "en" else row.scope_zh)


def _percent(row: Any, name: str) -> str:
    rate = getattr(row, name)
    return "" if rate is None else f"{rate * 100:.6f}".rstrip("0").rstrip(".") + "%"


CONTROLS = ExportedList(
    "price-controls",
    _("控价与剪标"),
    (
        integer(_("规则号"), "id"),
        text(_("品牌"), "brand"),
        text(_("范围"), _scope, 24),
        text(_("控价：吊牌价的百分比"), lambda row: _percent(row, "floor_rate")),
        money(_("控价：金额（元）"), "floor_fen"),
        text(_("低于控价时"), words(ACTIONS, "action")),
        text(_("剪标商品再降（%）"), lambda row: _percent(row, "cut_rate")),
        text(_("从哪天起"), lambda row: row.starts_on.isoformat()),
        text(_("到哪天止"), lambda row: row.ends_on.isoformat() if row.ends_on else ""),
    ),
)
TERMS = ExportedList(
    "platform-terms",
    _("平台条款"),
    (
        integer(_("规则号"), "id"),
        time(_("从何时起"), "from_at"),
        text(
            _("等级优惠（%）"),
            lambda row: " ".join(f"{each * 100:.4f}".rstrip("0").rstrip(".") for each in row.discounts),
            32,
        ),
        text(_("平台最低毛利（占供货价 %）"), lambda row: _percent(row, "margin_rate")),
        text(_("价格尾数"), words(ENDINGS, "ending")),
    ),
)
COMMISSIONS = ExportedList(
    "commissions",
    _("佣金"),
    (
        integer(_("规则号"), "row.id"),
        text(_("品牌"), "brand"),
        text(_("类目"), "category"),
        text(_("佣金率（%）"), lambda each: _percent(each.row, "rate")),
        time(_("从何时起"), "row.from_at"),
    ),
)
DRAFTS = ExportedList(
    "rule-drafts",
    _("规则草稿"),
    (
        integer(_("草稿号"), "id"),
        text(_("草稿名称"), "name", 32),
        time(_("建立时间"), "created_at"),
        time(_("采用时间"), "adopted_at"),
        time(_("放弃时间"), "discarded_at"),
    ),
)
SCHEDULED = ExportedList(
    "scheduled-sales",
    _("排期专场"),
    (
        integer(_("专场号"), "sale.id"),
        text(_("标题"), "sale.title", 32),
        text(_("品牌"), "sale.brand_name"),
        time(_("开始时间"), "sale.starts_at"),
        time(_("结束时间"), "sale.ends_at"),
        time(_("定价时间"), "priced_at"),
        integer(_("SKU 数"), "skus"),
        integer(_("会不同的 SKU"), "differing"),
        integer(_("没有定价的 SKU"), "unpriced"),
    ),
)
ENQUIRIES = ExportedList(
    "enquiries",
    _("咨询"),
    (
        integer(_("咨询号"), "id"),
        text(_("状态"), words(ENQUIRY_STATES, "state")),
        integer(_("会员号"), "reseller_id"),
        text(_("代购"), "reseller_name"),
        integer(_("订单号"), "order_id"),
        code(_("款号"), "style_no"),
        text(_("品牌"), "brand_name"),
        text(_("最后一条"), "last_text", 40),
        time(_("提问时间"), "opened_at"),
        time(_("最后一条的时间"), "last_message_at"),
        time(_("答复期限"), "due_at"),
        time(_("品牌答复期限"), "brand_due_at"),
    ),
    holds_personal_data=True,
)


RECEIVED_PAYMENTS = ExportedList(
    "received-payments",
    _("订单到账"),
    (
        code(_("银行流水号"), "reference"),
        integer(_("订单号"), "order_id"),
        text(_("代购"), "reseller_name"),
        money(_("金额（元）"), "amount_fen"),
        text(_("状态"), words(RECEIVED_STATES, "state")),
        text(_("结果"), lambda row: str(PAYMENT_OUTCOMES[row.outcome.value]), 32),
        text(_("经手人"), "person_name"),
        time(_("入账时间"), "at"),
    ),
)
MONEY_REQUESTS = ExportedList(
    "money-requests",
    _("资金复核"),
    (
        integer(_("编号"), "id"),
        text(_("事项"), words(MONEY_REQUEST_KINDS, "kind")),
        text(_("对象"), "owner_name"),
        money(_("金额（元）"), "amount_fen"),
        code(_("银行流水号"), "reference"),
        text(_("状态"), words(MONEY_REQUEST_STATES, "state")),
        text(_("原因"), "reason", 24),
        text(_("录入人"), "entered_by"),
        time(_("录入时间"), "entered_at"),
        text(_("复核人"), "decided_by"),
        time(_("复核时间"), "decided_at"),
        integer(_("付款批次"), "batch_id"),
        time(_("银行已付"), "paid_at"),
    ),
)
TRANSFER_BATCHES = ExportedList(
    "transfer-batches",
    _("付款批次"),
    (
        integer(_("编号"), "id"),
        text(_("状态"), words(BATCH_STATES, "state")),
        integer(_("笔数"), "request_count"),
        integer(_("退回笔数"), "returned_requests"),
        money(_("金额（元）"), "amount_fen"),
        text(_("制作人"), "created_by"),
        time(_("制作时间"), "created_at"),
        text(_("下载人"), "downloaded_by"),
        time(_("下载时间"), "downloaded_at"),
        text(_("确认人"), "confirmed_by"),
        time(_("确认时间"), "confirmed_at"),
        code(_("银行流水号"), "bank_reference"),
        code(_("文件指纹"), "sha256"),
    ),
)
PROVIDER_PAYMENTS = ExportedList(
    "provider-payments",
    _("在线付款"),
    (
        code(_("付款编号"), "number"),
        text(_("代购"), "reseller_name"),
        text(_("付款方式"), words(PAYMENT_WAYS, "way")),
        money(_("金额（元）"), "amount_fen"),
        text(_("状态"), words(PROVIDER_PAYMENT_STATES, "state")),
        text(_("不符"), lambda row: str(PAYMENT_DIFFERENCES[row.difference][0]) if row.difference else ""),
        code(_("渠道流水号"), "transaction_id"),
        time(_("发起"), "created_at"),
        time(_("渠道收款时间"), "paid_at"),
        time(_("入账时间"), "booked_at"),
    ),
)
PROVIDER_BILLS = ExportedList(
    "provider-bills",
    _("渠道账单"),
    (
        text(_("账单日"), lambda row: row.day.isoformat()),
        text(_("渠道"), words(PROVIDERS, "provider")),
        text(_("账单"), words(BILL_KINDS, "kind")),
        text(_("状态"), words(PROVIDER_BILL_STATES, "state")),
        integer(_("行数"), "lines_count"),
        money(_("手续费（元）"), "fee_fen"),
        money(_("提现到银行（元）"), "to_bank_fen"),
        text(_("没取到的原因"), "failure"),
        time(_("下载时间"), "taken_at"),
    ),
)
BILL_DIFFERENCES_OF_DAY = ExportedList(
    "bill-differences",
    _("渠道对账差异"),
    (
        text(_("差在哪里"), words(BILL_DIFFERENCES, "kind")),
        code(_("编号"), "number"),
        code(_("渠道流水号"), "transaction_id"),
        money(_("账单（元）"), "bill_fen"),
        money(_("入账（元）"), "booked_fen"),
        time(_("时间"), "at"),
    ),
)
SOURCE_REFUNDS = ExportedList(
    "source-refunds",
    _("原路退回"),
    (
        code(_("退款编号"), "number"),
        code(_("付款编号"), "payment_number"),
        text(_("渠道"), words(PROVIDERS, "provider")),
        integer(_("订单"), "order_id"),
        money(_("金额（元）"), "amount_fen"),
        text(_("状态"), words(SOURCE_REFUND_STATES, "state")),
        text(_("渠道拒绝"), "refusal"),
        code(_("渠道退款号"), "provider_refund_id"),
        time(_("发起"), "created_at"),
        time(_("结束"), "ended_at"),
    ),
)
BANK_ACCOUNTS = ExportedList(
    "bank-accounts",
    _("收款账户"),
    (
        integer(_("编号"), "id"),
        text(_("对象"), "owner_name"),
        text(_("户名"), "holder"),
        text(_("账号"), "number"),
        text(_("开户银行"), "bank"),
        text(_("开户支行"), "branch"),
        text(_("状态"), words(BANK_ACCOUNT_STATES, "state")),
        text(_("录入人"), "entered_by"),
        time(_("录入时间"), "entered_at"),
        text(_("审核人"), "decided_by"),
        time(_("起付"), "payable_from"),
    ),
)
BANK_STATEMENT_LINES = ExportedList(
    "bank-statement-lines",
    _("流水行"),
    (
        integer(_("编号"), "id"),
        text(_("状态"), words(BANK_STATEMENT_LINE_STATES, "state")),
        text(_("日期"), lambda line: line.booked_on.isoformat()),
        money(_("金额"), "amount_fen"),
        text(_("对方"), "counterparty"),
        text(_("对方账号"), "counterparty_account"),
        text(_("附言"), "remark"),
        text(_("流水号"), "reference"),
        text(_("本方账号"), "account"),
    ),
    holds_personal_data=True,
)
CARRIER_CLAIMS = ExportedList(
    "carrier-claims",
    _("快递索赔"),
    (
        integer(_("索赔号"), "id"),
        text(_("状态"), words(CLAIM_STATES, "state")),
        text(_("快递公司"), lambda row: row.carrier_name_en if get_language() == "en" else row.carrier_name_zh),
        code(_("快递单号"), "tracking_no"),
        integer(_("订单号"), "order_id"),
        integer(_("售后单号"), "case_id"),
        text(_("品牌"), "brand_name"),
        text(_("商品"), "sku_name", 24),
        money(_("索赔额（元）"), "amount_fen"),
        money(_("已赔（元）"), "paid_fen"),
        money(_("平台承担（元）"), "lost_fen"),
        code(_("凭证号"), "reference"),
        time(_("退款时间"), "opened_at"),
        time(_("索赔时间"), "claimed_at"),
        time(_("结束时间"), "ended_at"),
    ),
)


class _Commission:
    """A commission with the names of what it is about."""

    __slots__ = ("brand", "category", "row")

    def __init__(self, row: Any, brand: str, category: str) -> None:
        self.row, self.brand, self.category = row, brand, category


@router.get("/price-controls/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_controls(
    request: ActorRequest, file: Query[ExportQuery], brand: int | None = None, draft: int | None = None
) -> StreamingHttpResponse:
    """Price controls and label rules as a file, the newest first: of one brand, and of a draft, where they are given."""
    return export_pages(request, CONTROLS, partial(list_controls, brand_id=brand, draft_id=draft), file.format)


@router.get("/platform-terms/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_terms(request: ActorRequest, file: Query[ExportQuery], draft: int | None = None) -> StreamingHttpResponse:
    """The platform's terms over time as a file, the latest first."""
    return export_pages(request, TERMS, partial(list_terms, draft_id=draft), file.format)


@router.get("/commissions/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_commissions(
    request: ActorRequest, file: Query[ExportQuery], draft: int | None = None
) -> StreamingHttpResponse:
    """The commissions of brands and categories as a file, the newest first."""
    brands = {each.id: each.name for each in all_brands()}
    is_english = get_language() == "en"
    categories = {each.id: each.name_en if is_english else each.name_zh for each in category_tree()}
    rows = (
        _Commission(row, brands.get(row.brand_id or 0, ""), categories.get(row.category_id or 0, ""))
        for row in every_view(partial(list_commissions, draft_id=draft))
    )
    return export_rows(request, COMMISSIONS, rows, file.format)


@router.get("/rule-drafts/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_drafts(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """Drafts of price rules as a file, the newest first."""
    return export_pages(request, DRAFTS, list_drafts, file.format)


@router.get("/scheduled-sales/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_scheduled(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """Sales that are not published yet as a file, with how many SKUs the rules of now would price otherwise."""
    return export_pages(request, SCHEDULED, partial(list_scheduled_sales, at=clock.now()), file.format)


@router.get("/ops/enquiries/export", auth=ops, openapi_extra=SENDS_EXPORT)
def export_enquiries(
    request: ActorRequest, file: Query[ExportQuery], state: EnquiryState = EnquiryState.OPEN
) -> StreamingHttpResponse:
    """Enquiries of one state as a file; those that wait for an answer where none is given."""
    return export_pages(request, ENQUIRIES, partial(list_enquiries, at=clock.now(), state=state), file.format)


@router.get("/ops/received-payments/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_received_payments(
    request: ActorRequest,
    file: Query[ExportQuery],
    state: ReceivedState | None = None,
    q: Annotated[str, Field(max_length=MAX_BANK_REFERENCE)] = "",
) -> StreamingHttpResponse:
    """Money that arrived for orders as a file, the newest first; of one state or a search where they are given."""
    read = partial(list_received_payments, state=state or "", query=q)
    return export_pages(request, RECEIVED_PAYMENTS, read, file.format)


@router.get("/ops/money-requests/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_money_requests(
    request: ActorRequest,
    file: Query[ExportQuery],
    state: RequestState = RequestState.WAITING,
    q: Annotated[str, Field(max_length=MAX_BANK_REFERENCE)] = "",
) -> StreamingHttpResponse:
    """Money requests as a file, the newest first: of one state, those that wait where none is given."""
    return export_pages(request, MONEY_REQUESTS, partial(list_requests, state=state, query=q), file.format)


@router.get("/ops/transfer-batches/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_transfer_batches(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """Files for the bank as a list, the newest first."""
    return export_pages(request, TRANSFER_BATCHES, list_batches, file.format)


@router.get("/ops/provider-payments/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_provider_payments(
    request: ActorRequest,
    file: Query[ExportQuery],
    state: PaymentFilter | None = None,
    q: Annotated[str, Field(max_length=64)] = "",
) -> StreamingHttpResponse:
    """Payments through providers as a file, the newest first; of one state or a search where they are given."""
    read = partial(list_named_payments, state=state or "", query=q)
    return export_pages(request, PROVIDER_PAYMENTS, read, file.format)


@router.get("/ops/provider-bills/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_provider_bills(
    request: ActorRequest, file: Query[ExportQuery], state: BillState | None = None
) -> StreamingHttpResponse:
    """Daily bills of payment providers as a file, the newest day first; of one state where it is given."""
    return export_pages(request, PROVIDER_BILLS, partial(list_bills, state=state or ""), file.format)


@router.get("/ops/provider-bills/{int:bill_id}/differences/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_bill_differences(request: ActorRequest, bill_id: int, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """In what the bills of the day of a bill and the bookings differ, as a file."""
    read = partial(list_differences_of, bill_id)
    return export_pages(request, BILL_DIFFERENCES_OF_DAY, read, file.format)


@router.get("/ops/source-refunds/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_source_refunds(
    request: ActorRequest,
    file: Query[ExportQuery],
    state: RefundState | None = None,
    q: Annotated[str, Field(max_length=64)] = "",
) -> StreamingHttpResponse:
    """Refunds to the source as a file, the newest first; of one state or a search where they are given."""
    return export_pages(request, SOURCE_REFUNDS, partial(list_refunds, state=state or "", query=q), file.format)


@router.get("/ops/bank-accounts/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_bank_accounts(
    request: ActorRequest,
    file: Query[ExportQuery],
    state: AccountState = AccountState.WAITING,
    q: Annotated[str, Field(max_length=MAX_BANK_REFERENCE)] = "",
) -> StreamingHttpResponse:
    """Bank accounts of payees with masked numbers as a file: of one state, those that wait where none is given."""
    return export_pages(request, BANK_ACCOUNTS, partial(list_accounts, state=state, query=q), file.format)


@router.get("/carrier-claims/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_carrier_claims(
    request: ActorRequest, file: Query[ExportQuery], state: ClaimState | None = None
) -> StreamingHttpResponse:
    """Claims against carriers as a file, the newest first; those of one state where it is given."""
    return export_pages(request, CARRIER_CLAIMS, partial(list_claims, state=state or ""), file.format)


@router.get("/ops/bank-statement-lines/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_bank_statement_lines(
    request: ActorRequest, file: Query[ExportQuery], state: LineState = LineState.OPEN
) -> StreamingHttpResponse:
    """Lines of bank statements as a file, the newest first: of one state, those that nobody decided where none is given."""
    return export_pages(request, BANK_STATEMENT_LINES, partial(list_lines, state=state), file.format)
