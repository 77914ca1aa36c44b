"""The kinds of events and who is told of each (EVENT-1 to EVENT-4, see docs/rules/events.md)."""

import enum
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(days=365)
"""Events older than this are deleted: an inbox is no archive, and the audit log keeps who did what."""
MAX_TEXT = 200
"""Characters of one text among the data of an event."""
PERSONAL_DATA = frozenset({"name", "phone", "address", "recipient"})
"""Names that the data of an event may not have (EVENT-3)."""
MAX_UNREAD_COUNT = 99
"""Unread events are counted up to here; a larger number says no more to anybody."""


class Face(enum.StrEnum):
    """Whose inbox it is: that of a reseller, of a brand (all its clerks share it), or of the platform (ops and finance)."""

    SHOP = "shop"
    PORTAL = "portal"
    CONSOLE = "console"


class SubjectKind(enum.StrEnum):
    """What an event is about. Pages link it by its kind and id."""

    ORDER = "order"
    ORDER_LINE = "order_line"
    CONSIGNMENT = "consignment"
    CASE = "case"
    FAULT_REPORT = "fault_report"
    WISH = "wish"
    ENQUIRY = "enquiry"
    SALE = "sale"
    SALE_REMINDER = "sale_reminder"
    WAITING_ENTRY = "waiting_entry"
    STATEMENT = "statement"
    UPLOAD = "upload"
    ORDER_UPLOAD = "order_upload"
    SHIPPING_UPLOAD = "shipping_upload"
    RESELLER = "reseller"
    MONEY_REQUEST = "money_request"
    BANK_ACCOUNT = "bank_account"
    PROVIDER_PAYMENT = "provider_payment"
    TRANSFER_CLAIM = "transfer_claim"


class EventKind(enum.StrEnum):
    ORDER_PAID = "order_paid"
    ORDER_EXPIRED = "order_expired"
    LATE_PAYMENT_REFUNDED = "late_payment_refunded"
    LATE_PAYMENT_TO_SOURCE = "late_payment_to_source"
    SOURCE_REFUND_STARTED = "source_refund_started"
    SOURCE_REFUND_PAID_OUT = "source_refund_paid_out"
    SOURCE_REFUND_FAILED = "source_refund_failed"
    SOURCE_REFUND_ABNORMAL = "source_refund_abnormal"
    CONSIGNMENT_TO_SHIP = "consignment_to_ship"
    RESEND_TO_SHIP = "resend_to_ship"
    CONSIGNMENT_SHIPPED = "consignment_shipped"
    PARCEL_SIGNED = "parcel_signed"
    PARCEL_PROBLEM = "parcel_problem"
    LINE_SHORT = "line_short"
    SUBSTITUTE_OFFERED = "substitute_offered"
    SUBSTITUTE_ACCEPTED = "substitute_accepted"
    SUBSTITUTE_DECLINED = "substitute_declined"
    CASE_OPENED = "case_opened"
    CASE_DECIDED = "case_decided"
    CASE_SENT_BACK = "case_sent_back"
    CASE_REFUNDED = "case_refunded"
    FAULT_REPORTED = "fault_reported"
    ENQUIRY_OPENED = "enquiry_opened"
    ENQUIRY_ANSWERED = "enquiry_answered"
    ENQUIRY_PASSED = "enquiry_passed"
    ENQUIRY_ANSWERED_BY_BRAND = "enquiry_answered_by_brand"
    WISH_CREATED = "wish_created"
    WISH_ADDRESS_CHANGED = "wish_address_changed"
    CUSTOMER_WAITS = "customer_waits"
    CUSTOMERS_SIZE_IS_BACK = "customers_size_is_back"
    SALE_OPENED = "sale_opened"
    SALE_OPENS_SOON = "sale_opens_soon"
    WAITED_FOR_IS_BACK = "waited_for_is_back"
    PAYMENT_DUE_SOON = "payment_due_soon"
    SHIPPING_DUE_SOON = "shipping_due_soon"
    LEVEL_ABOUT_TO_FALL = "level_about_to_fall"
    STATEMENT_READY = "statement_ready"
    STATEMENT_SENT = "statement_sent"
    STATEMENT_CONFIRMED = "statement_confirmed"
    STATEMENT_DISPUTED = "statement_disputed"
    STATEMENT_ANSWERED = "statement_answered"
    TOP_UP_REVERSED = "top_up_reversed"
    DEPOSIT_REVERSED = "deposit_reversed"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    WITHDRAWAL_REFUSED = "withdrawal_refused"
    WITHDRAWAL_PAID = "withdrawal_paid"
    WITHDRAWAL_RETURNED = "withdrawal_returned"
    BRAND_TRANSFER_PAID = "brand_transfer_paid"
    BRAND_TRANSFER_RETURNED = "brand_transfer_returned"
    WALLET_CREDITED = "wallet_credited"
    WALLET_DEBITED = "wallet_debited"
    COMPENSATED = "compensated"
    DEPOSIT_DEDUCTED = "deposit_deducted"
    BANK_ACCOUNT_ENTERED = "bank_account_entered"
    BANK_ACCOUNT_APPROVED = "bank_account_approved"
    BRAND_ACCOUNT_ENTERED = "brand_account_entered"
    BRAND_ACCOUNT_APPROVED = "brand_account_approved"
    TRANSFER_NOT_FOUND = "transfer_not_found"
    UPLOAD_READY = "upload_ready"
    ORDER_UPLOAD_READY = "order_upload_ready"
    SHIPPING_UPLOAD_READY = "shipping_upload_ready"


@dataclass(frozen=True, slots=True)
class KindTerms:
    """What is said of a kind of event, and to whom.

    `zh` and `en` are sentences with the names of the event's data in braces; data that no sentence names may be there too, e.g.
    `order_id` for a link. `faces` are told; with `is_for_every_reseller` the shop's inboxes are those of all resellers.
    """

    subject: SubjectKind
    faces: frozenset[Face]
    zh: str
    en: str
    is_for_every_reseller: bool = False

    @property
    def named_data(self) -> frozenset[str]:
        """The names of the data without which the sentences cannot be said."""
        parsed = [*string.Formatter().parse(self.zh), *string.Formatter().parse(self.en)]
        return frozenset(name for _, name, _, _ in parsed if name)


def _terms(subject: SubjectKind, faces: str, zh: str, en: str) -> KindTerms:
    return KindTerms(subject, frozenset(Face(face) for face in faces.split()), zh, en)


TERMS: Mapping[EventKind, KindTerms] = {
    EventKind.ORDER_PAID: _terms(
        SubjectKind.ORDER,
        "shop",
        "订单 {order_id} 已付款 ¥{total}，共 {units} 件",
        "Order {order_id} was paid: ¥{total} for {units} units",
    ),
    EventKind.ORDER_EXPIRED: _terms(
        SubjectKind.ORDER,
        "shop",
        "订单 {order_id} 超时未付，{units} 件货已放回专场；还有货时可以一键找回",
        "Order {order_id} ran out unpaid and its {units} units went back; reclaim them while there is stock",
    ),
    EventKind.LATE_PAYMENT_REFUNDED: _terms(
        SubjectKind.ORDER,
        "shop",
        "为订单 {order_id} 付的 ¥{total} 到了：{reason_zh}，款在您的钱包里",
        "¥{total} arrived for order {order_id}: {reason_en}; it is in your wallet",
    ),
    EventKind.LATE_PAYMENT_TO_SOURCE: _terms(
        SubjectKind.ORDER,
        "shop",
        "为订单 {order_id} 付的 ¥{total} 到了：{reason_zh}，款正原路退回",
        "¥{total} arrived for order {order_id}: {reason_en}; it goes back to where it came from",
    ),
    EventKind.SOURCE_REFUND_STARTED: _terms(
        SubjectKind.PROVIDER_PAYMENT,
        "shop",
        "¥{amount} 正原路退回{provider_zh}，到账后再告诉您",
        "¥{amount} is on its way back to {provider_en}; you are told when it has arrived",
    ),
    EventKind.SOURCE_REFUND_PAID_OUT: _terms(
        SubjectKind.PROVIDER_PAYMENT,
        "shop",
        "¥{amount} 已原路退回{provider_zh}（退款编号 {number}）",
        "¥{amount} was paid back to {provider_en} (refund {number})",
    ),
    EventKind.SOURCE_REFUND_FAILED: _terms(
        SubjectKind.PROVIDER_PAYMENT,
        "shop",
        "{provider_zh}没有退成 ¥{amount}，钱在您的钱包里",
        "{provider_en} did not pay back ¥{amount}; it is in your wallet",
    ),
    EventKind.SOURCE_REFUND_ABNORMAL: _terms(
        SubjectKind.PROVIDER_PAYMENT,
        "console",
        "{provider_zh}退不出 ¥{amount}（退款编号 {number}），请到商户平台处理",
        "{provider_en} cannot pay out ¥{amount} (refund {number}); settle it at the merchant platform",
    ),
    EventKind.CONSIGNMENT_TO_SHIP: _terms(
        SubjectKind.CONSIGNMENT,
        "portal",
        "新发货单 {consignment_id}：{units} 件，须在 24 小时内发出",
        "New consignment {consignment_id}: {units} units, to be shipped within 24 hours",
    ),
    EventKind.RESEND_TO_SHIP: _terms(
        SubjectKind.CONSIGNMENT,
        "portal",
        "发货单 {consignment_id} 补发 {goods} {units} 件，须在 24 小时内发出",
        "Send {units} units of {goods} again for consignment {consignment_id}, within 24 hours",
    ),
    EventKind.CONSIGNMENT_SHIPPED: _terms(
        SubjectKind.CONSIGNMENT,
        "shop",
        "订单 {order_id} 已发货：{carrier} {tracking_no}，{units} 件",
        "Order {order_id} was shipped: {carrier_en} {tracking_no}, {units} units",
    ),
    EventKind.PARCEL_SIGNED: _terms(
        SubjectKind.CONSIGNMENT,
        "shop",
        "订单 {order_id} 的包裹已签收：{carrier} {tracking_no}",
        "A parcel of order {order_id} was delivered: {carrier_en} {tracking_no}",
    ),
    EventKind.PARCEL_PROBLEM: _terms(
        SubjectKind.CONSIGNMENT,
        "shop portal",
        "订单 {order_id} 的包裹有异常（{problem_zh}）：{carrier} {tracking_no}",
        "A parcel of order {order_id} has a problem ({problem_en}): {carrier_en} {tracking_no}",
    ),
    EventKind.LINE_SHORT: _terms(
        SubjectKind.ORDER_LINE,
        "shop console",
        "订单 {order_id} 的 {goods} 缺货 {units} 件，已退款 ¥{refund}",
        "{units} units of {goods} in order {order_id} cannot be shipped; ¥{refund} was refunded",
    ),
    EventKind.SUBSTITUTE_OFFERED: _terms(
        SubjectKind.ORDER_LINE,
        "shop",
        "订单 {order_id} 缺的 {goods}，品牌可以发同款 {new_goods} {units} 件；要就在订单里接受，不要就不用管",
        "For the missing {goods} of order {order_id} the brand offers {units} of {new_goods}; accept in the order, or do nothing",
    ),
    EventKind.SUBSTITUTE_ACCEPTED: _terms(
        SubjectKind.ORDER_LINE,
        "portal",
        "订单 {order_id} 接受了替代品 {new_goods} {units} 件，新订单 {new_order_id}",
        "Order {order_id} accepted {units} of {new_goods} as a substitute: order {new_order_id}",
    ),
    EventKind.SUBSTITUTE_DECLINED: _terms(
        SubjectKind.ORDER_LINE,
        "portal",
        "订单 {order_id} 谢绝了替代品 {new_goods}",
        "Order {order_id} declined the substitute {new_goods}",
    ),
    EventKind.CASE_OPENED: _terms(
        SubjectKind.CASE,
        "console",
        "新售后 {case_id}：订单 {order_id} 的 {goods} {units} 件",
        "New case {case_id}: {units} units of {goods} in order {order_id}",
    ),
    EventKind.CASE_DECIDED: _terms(
        SubjectKind.CASE,
        "shop",
        "售后 {case_id} 有了结果：{decision_zh}",
        "Case {case_id} was decided: {decision_en}",
    ),
    EventKind.CASE_REFUNDED: _terms(
        SubjectKind.CASE,
        "shop",
        "售后 {case_id} 已退款 ¥{refund}",
        "Case {case_id} was refunded: ¥{refund}",
    ),
    EventKind.CASE_SENT_BACK: _terms(
        SubjectKind.CASE,
        "portal",
        "售后 {case_id} 的 {goods} {units} 件已寄回：{carrier} {tracking_no}",
        "{units} units of {goods} of case {case_id} are on their way back: {carrier} {tracking_no}",
    ),
    EventKind.FAULT_REPORTED: _terms(
        SubjectKind.FAULT_REPORT,
        "shop",
        "顾客说订单 {order_id} 的 {goods} 有问题，{units} 件，等您处理",
        "A customer reports a fault in {units} units of {goods}, order {order_id}; it waits for you",
    ),
    EventKind.ENQUIRY_OPENED: _terms(
        SubjectKind.ENQUIRY, "console", "新咨询 {enquiry_id}，等待答复", "New enquiry {enquiry_id} waits for an answer"
    ),
    EventKind.ENQUIRY_ANSWERED: _terms(
        SubjectKind.ENQUIRY, "shop", "客服答复了咨询 {enquiry_id}", "Enquiry {enquiry_id} was answered"
    ),
    EventKind.ENQUIRY_PASSED: _terms(
        SubjectKind.ENQUIRY, "portal", "咨询 {enquiry_id} 请品牌答复", "Enquiry {enquiry_id} waits for your answer"
    ),
    EventKind.ENQUIRY_ANSWERED_BY_BRAND: _terms(
        SubjectKind.ENQUIRY,
        "shop console",
        "{brand}答复了咨询 {enquiry_id}",
        "Enquiry {enquiry_id} was answered by {brand}",
    ),
    EventKind.WISH_CREATED: _terms(
        SubjectKind.WISH,
        "shop",
        "新心愿 {wish_id}：{units} 件",
        "New wish {wish_id}: {units} units",
    ),
    EventKind.WISH_ADDRESS_CHANGED: _terms(
        SubjectKind.WISH,
        "shop",
        "顾客改了心愿 {wish_id} 的收货信息，下单前请核对",
        "A customer changed the recipient of wish {wish_id}; check it before you order",
    ),
    EventKind.CUSTOMER_WAITS: _terms(
        SubjectKind.WISH,
        "shop",
        "有顾客在等 {goods} 补货",
        "A customer waits for {goods} to come back",
    ),
    EventKind.CUSTOMERS_SIZE_IS_BACK: _terms(
        SubjectKind.WISH,
        "shop",
        "{goods} 有货了，您有 {customers} 位顾客在等，快去下单",
        "{goods} is available again and {customers} of your customers wait for it; order now",
    ),
    EventKind.SALE_OPENED: KindTerms(
        SubjectKind.SALE,
        frozenset({Face.SHOP}),
        "专场「{title}」开售了",
        "The sale “{title}” has opened",
        is_for_every_reseller=True,
    ),
    EventKind.SALE_OPENS_SOON: _terms(
        SubjectKind.SALE_REMINDER,
        "shop",
        "您要提醒的专场「{title}」{minutes} 分钟后开售",
        "The sale “{title}”, of which you wanted to be reminded, opens in {minutes} min",
    ),
    EventKind.WAITED_FOR_IS_BACK: _terms(
        SubjectKind.WAITING_ENTRY,
        "shop",
        "您等的 {goods} 补到 {units} 件，为您留 {minutes} 分钟",
        "{units} of {goods}, which you wait for, are back; they are kept for you for {minutes} minutes",
    ),
    EventKind.PAYMENT_DUE_SOON: _terms(
        SubjectKind.ORDER,
        "shop",
        "订单 {order_id} 还有 {minutes} 分钟就到付款时限，共 ¥{total}",
        "Order {order_id} must be paid within {minutes} minutes: ¥{total}",
    ),
    EventKind.SHIPPING_DUE_SOON: _terms(
        SubjectKind.CONSIGNMENT,
        "portal",
        "发货单 {consignment_id} 快到 24 小时发货时限，还剩 {hours} 小时",
        "Consignment {consignment_id} must be shipped within {hours} hours",
    ),
    EventKind.LEVEL_ABOUT_TO_FALL: _terms(
        SubjectKind.RESELLER,
        "shop",
        "这个月如果现在结束，您的等级会从 {before_zh} 降到 {after_zh}；看看还差多少",
        "If this month ended now, your tier would fall from {before_en} to {after_en}; see what is missing",
    ),
    EventKind.STATEMENT_READY: _terms(
        SubjectKind.STATEMENT,
        "portal",
        "结算单 {statement_id} 已结算，应付 ¥{payable}",
        "Statement {statement_id} was settled: ¥{payable} payable",
    ),
    EventKind.STATEMENT_SENT: _terms(
        SubjectKind.STATEMENT,
        "portal",
        "结算单 {statement_id} 已定稿，应付 ¥{payable}：请在 {days} 天内确认，或对明细提出异议；到期没有异议即为确认",
        "Statement {statement_id} is final, ¥{payable} payable: confirm it or dispute lines within {days} days; after that it counts as"
        " confirmed",
    ),
    EventKind.STATEMENT_CONFIRMED: _terms(
        SubjectKind.STATEMENT,
        "console",
        "品牌确认了结算单 {statement_id}，应付 ¥{payable}，可以结算",
        "The brand confirmed statement {statement_id}, ¥{payable} payable; it can be settled",
    ),
    EventKind.STATEMENT_DISPUTED: _terms(
        SubjectKind.STATEMENT,
        "console",
        "品牌对结算单 {statement_id} 的 {lines} 条明细有异议，请逐条答复",
        "The brand disputes {lines} lines of statement {statement_id}; answer each",
    ),
    EventKind.STATEMENT_ANSWERED: _terms(
        SubjectKind.STATEMENT,
        "portal",
        "结算单 {statement_id} 的异议已全部答复，应付 ¥{payable}：请在 {days} 天内确认",
        "All disputes of statement {statement_id} were answered, ¥{payable} payable: confirm it within {days} days",
    ),
    EventKind.TOP_UP_REVERSED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "钱包里流水号 {reference} 的充值 ¥{amount} 录错了，已冲正：{reason}",
        "The top-up of ¥{amount} with the reference {reference} was a mistake and was taken back: {reason}",
    ),
    EventKind.DEPOSIT_REVERSED: _terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "流水号 {reference} 的保证金 ¥{amount} 录错了，已冲正：{reason}",
        "The deposit of ¥{amount} with the reference {reference} was a mistake and was taken back: {reason}",
    ),
    EventKind.WITHDRAWAL_REQUESTED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "您申请提现 ¥{amount} 到{bank}尾号 {tail}，等财务审核；不是您申请的，请马上撤回并联系平台",
        "You asked for ¥{amount} at {bank} ending in {tail}; finance will check it. If it was not you, cancel it and tell the platform",
    ),
    EventKind.WITHDRAWAL_REFUSED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 没有通过：{reason}；钱已回到钱包",
        "The withdrawal of ¥{amount} was refused: {reason}; the money is in your wallet again",
    ),
    EventKind.WITHDRAWAL_PAID: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 已由银行付出，请查收",
        "The bank has carried out your withdrawal of ¥{amount}",
    ),
    EventKind.WITHDRAWAL_RETURNED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 没有付成：{reason}；钱已回到钱包，请核对收款账户",
        "The withdrawal of ¥{amount} was not paid: {reason}; the money is in your wallet again. Check your bank account",
    ),
    EventKind.BRAND_TRANSFER_PAID: _terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "平台付给品牌的{what_zh} ¥{amount} 已由银行付出，请查收",
        "The bank has carried out the payment of ¥{amount} to the brand: {what_en}",
    ),
    EventKind.BRAND_TRANSFER_RETURNED: _terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "平台付给品牌的 ¥{amount} 没有付成：{reason}；请核对收款账户",
        "The payment of ¥{amount} to the brand did not arrive: {reason}. Check the bank account",
    ),
    EventKind.WALLET_CREDITED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "平台给您的钱包加了 ¥{amount}：{reason}",
        "The platform has added ¥{amount} to your wallet: {reason}",
    ),
    EventKind.WALLET_DEBITED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "平台从您的钱包扣了 ¥{amount}：{reason}；有疑问请提咨询",
        "The platform has taken ¥{amount} from your wallet: {reason}. Ask if you do not agree",
    ),
    EventKind.COMPENSATED: _terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "{brand}赔付 ¥{amount}，已进钱包",
        "{brand} compensates you with ¥{amount}, which is in your wallet",
    ),
    EventKind.DEPOSIT_DEDUCTED: _terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "保证金扣了 ¥{amount}：{reason}；还有 ¥{left}。不同意请联系平台",
        "¥{amount} of the deposit were deducted: {reason}. ¥{left} are left. Tell the platform if you do not agree",
    ),
    EventKind.BANK_ACCOUNT_ENTERED: _terms(
        SubjectKind.BANK_ACCOUNT,
        "shop",
        "您的收款账户要改为{bank}尾号 {tail}，待审核；不是您要改的，请马上联系平台",
        "Your bank account is to become {bank} ending in {tail}, once approved; if you did not ask for it, tell the platform now",
    ),
    EventKind.BANK_ACCOUNT_APPROVED: _terms(
        SubjectKind.BANK_ACCOUNT,
        "shop",
        "收款账户{bank}尾号 {tail} 已审核，{hours} 小时后起付款到此账户",
        "The bank account at {bank} ending in {tail} was approved; it is paid to {hours} hours from now",
    ),
    EventKind.BRAND_ACCOUNT_ENTERED: _terms(
        SubjectKind.BANK_ACCOUNT,
        "portal",
        "品牌的收款账户要改为{bank}尾号 {tail}，待审核；不是您要改的，请马上联系平台",
        "The brand's bank account is to become {bank} ending in {tail}, once approved; if you did not ask for it, tell the platform now",
    ),
    EventKind.BRAND_ACCOUNT_APPROVED: _terms(
        SubjectKind.BANK_ACCOUNT,
        "portal",
        "收款账户{bank}尾号 {tail} 已审核，{hours} 小时后起付款到此账户",
        "The bank account at {bank} ending in {tail} was approved; it is paid to {hours} hours from now",
    ),
    EventKind.TRANSFER_NOT_FOUND: _terms(
        SubjectKind.TRANSFER_CLAIM,
        "shop",
        "您登记的 {paid_on} 转账 ¥{amount} 没有查到：{reason}",
        "The transfer of ¥{amount} on {paid_on} that you registered was not found: {reason}",
    ),
    EventKind.UPLOAD_READY: _terms(
        SubjectKind.UPLOAD,
        "portal",
        "库存表（上传 {upload_id}）{outcome_zh}",
        "Your stock workbook (upload {upload_id}) {outcome_en}",
    ),
    EventKind.ORDER_UPLOAD_READY: _terms(
        SubjectKind.ORDER_UPLOAD,
        "shop",
        "下单表格（上传 {upload_id}）{outcome_zh}",
        "Your order workbook (upload {upload_id}) {outcome_en}",
    ),
    EventKind.SHIPPING_UPLOAD_READY: _terms(
        SubjectKind.SHIPPING_UPLOAD,
        "portal",
        "发货表（上传 {upload_id}）{outcome_zh}",
        "Your shipping workbook (upload {upload_id}) {outcome_en}",
    ),
}


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What is said of a workbook that was read."""

    zh: str
    en: str


READ = UploadOutcome("已读完，请核对后确认", "was read; check it and confirm")
ASKED = UploadOutcome("有问题要您回答", "raises questions for you")
DONE = UploadOutcome("已处理，发货已登记", "was carried out; its parcels are recorded")
REFUSED = UploadOutcome("读不了，请看原因", "cannot be read; see why")


def missing_data(kind: EventKind, data: Mapping[str, object]) -> list[str]:
    """The names of data that the sentences of a kind need and `data` lacks."""
    return sorted(TERMS[kind].named_data - data.keys())


def sentences(kind: EventKind, data: Mapping[str, object]) -> tuple[str, str]:
    """What is said of an event, in Chinese and in English."""
    terms = TERMS[kind]
    return terms.zh.format_map(data), terms.en.format_map(data)


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event as a channel to the outside reads it: whom it concerns. What it says is in `selectors.sentences_of`."""

    id: int
    transaction_id: int
    kind: str
    subject_kind: str
    subject_id: int
    reseller_id: int | None
    brand_id: int | None
    for_reseller: bool
    for_brand: bool
    for_platform: bool
    for_every_reseller: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxPosition:
    """Up to where the outbox was read: events of earlier transactions, and of this one up to the event. `database` gave the numbers."""

    transaction_id: int
    event_id: int
    database: str
