"""What is said of refunds, statements, transfers and bank accounts."""

from collections.abc import Mapping

from events.rules.kinds import EventKind, KindTerms, SubjectKind, terms

TERMS_OF_MONEY: Mapping[EventKind, KindTerms] = {
    EventKind.SOURCE_REFUND_STARTED: terms(
        SubjectKind.PROVIDER_PAYMENT,
        "shop",
        "¥{amount} 正原路退回{provider_zh}，到账后再告诉您",
        "¥{amount} is on its way back to {provider_en}; you are told when it has arrived",
    ),
    EventKind.SOURCE_REFUND_PAID_OUT: terms(
        SubjectKind.PROVIDER_PAYMENT,
        "shop",
        "¥{amount} 已原路退回{provider_zh}（退款编号 {number}）",
        "¥{amount} was paid back to {provider_en} (refund {number})",
    ),
    EventKind.SOURCE_REFUND_FAILED: terms(
        SubjectKind.PROVIDER_PAYMENT,
        "shop",
        "{provider_zh}没有退成 ¥{amount}，钱在您的钱包里",
        "{provider_en} did not pay back ¥{amount}; it is in your wallet",
    ),
    EventKind.SOURCE_REFUND_ABNORMAL: terms(
        SubjectKind.PROVIDER_PAYMENT,
        "console",
        "{provider_zh}退不出 ¥{amount}（退款编号 {number}），请到商户平台处理",
        "{provider_en} cannot pay out ¥{amount} (refund {number}); settle it at the merchant platform",
    ),
    EventKind.STATEMENT_READY: terms(
        SubjectKind.STATEMENT,
        "portal",
        "结算单 {statement_id} 已结算，应付 ¥{payable}",
        "Statement {statement_id} was settled: ¥{payable} payable",
    ),
    EventKind.STATEMENT_SENT: terms(
        SubjectKind.STATEMENT,
        "portal",
        "结算单 {statement_id} 已定稿，应付 ¥{payable}：请在 {days} 天内确认，或对明细提出异议；到期没有异议即为确认",
        "Statement {statement_id} is final, ¥{payable} payable: confirm it or dispute lines within {days} days; after that it counts as"
        " confirmed",
    ),
    EventKind.STATEMENT_CONFIRMED: terms(
        SubjectKind.STATEMENT,
        "console",
        "品牌确认了结算单 {statement_id}，应付 ¥{payable}，可以结算",
        "The brand confirmed statement {statement_id}, ¥{payable} payable; it can be settled",
    ),
    EventKind.STATEMENT_DISPUTED: terms(
        SubjectKind.STATEMENT,
        "console",
        "品牌对结算单 {statement_id} 的 {lines} 条明细有异议，请逐条答复",
        "The brand disputes {lines} lines of statement {statement_id}; answer each",
    ),
    EventKind.STATEMENT_ANSWERED: terms(
        SubjectKind.STATEMENT,
        "portal",
        "结算单 {statement_id} 的异议已全部答复，应付 ¥{payable}：请在 {days} 天内确认",
        "All disputes of statement {statement_id} were answered, ¥{payable} payable: confirm it within {days} days",
    ),
    EventKind.TOP_UP_BOOKED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "您转来的 ¥{amount}（流水号 {reference}）已进钱包",
        "Your transfer of ¥{amount} with the reference {reference} is in your wallet",
    ),
    EventKind.TOP_UP_REVERSED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "钱包里流水号 {reference} 的充值 ¥{amount} 录错了，已冲正：{reason}",
        "The top-up of ¥{amount} with the reference {reference} was a mistake and was taken back: {reason}",
    ),
    EventKind.DEPOSIT_BOOKED: terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "您转来的保证金 ¥{amount}（流水号 {reference}）已入账",
        "Your deposit of ¥{amount} with the reference {reference} is booked",
    ),
    EventKind.DEPOSIT_REVERSED: terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "流水号 {reference} 的保证金 ¥{amount} 录错了，已冲正：{reason}",
        "The deposit of ¥{amount} with the reference {reference} was a mistake and was taken back: {reason}",
    ),
    EventKind.WITHDRAWAL_REQUESTED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "您申请提现 ¥{amount} 到{bank}尾号 {tail}，等财务审核；不是您申请的，请马上撤回并联系平台",
        "You asked for ¥{amount} at {bank} ending in {tail}; finance will check it. If it was not you, cancel it and tell the platform",
    ),
    EventKind.WITHDRAWAL_REFUSED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 没有通过：{reason}；钱已回到钱包",
        "The withdrawal of ¥{amount} was refused: {reason}; the money is in your wallet again",
    ),
    EventKind.WITHDRAWAL_BLOCKED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 暂时付不出去：申请时用的收款账户不再使用了。财务会把钱退回钱包，到时请再申请一次，付到新的收款账户",
        "Your withdrawal of ¥{amount} cannot be paid now: the bank account for which you asked is no longer used. Finance give the money"
        " back to your wallet; then ask again, for your new account",
    ),
    EventKind.WITHDRAWAL_PAID: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 已由银行付出，请查收",
        "The bank has carried out your withdrawal of ¥{amount}",
    ),
    EventKind.WITHDRAWAL_RETURNED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "提现 ¥{amount} 没有付成：{reason}；钱已回到钱包，请核对收款账户",
        "The withdrawal of ¥{amount} was not paid: {reason}; the money is in your wallet again. Check your bank account",
    ),
    EventKind.BRAND_TRANSFER_PAID: terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "平台付给品牌的{what_zh} ¥{amount} 已由银行付出，请查收",
        "The bank has carried out the payment of ¥{amount} to the brand: {what_en}",
    ),
    EventKind.BRAND_TRANSFER_RETURNED: terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "平台付给品牌的 ¥{amount} 没有付成：{reason}；请核对收款账户",
        "The payment of ¥{amount} to the brand did not arrive: {reason}. Check the bank account",
    ),
    EventKind.WALLET_CREDITED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "平台给您的钱包加了 ¥{amount}：{reason}",
        "The platform has added ¥{amount} to your wallet: {reason}",
    ),
    EventKind.REFUNDED_LATE: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "订单 {order_id} 补退 ¥{amount}，已进钱包：{reason}",
        "¥{amount} of order {order_id} was refunded into your wallet: {reason}",
    ),
    EventKind.WALLET_DEBITED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "平台从您的钱包扣了 ¥{amount}：{reason}；有疑问请提咨询",
        "The platform has taken ¥{amount} from your wallet: {reason}. Ask if you do not agree",
    ),
    EventKind.COMPENSATED: terms(
        SubjectKind.MONEY_REQUEST,
        "shop",
        "{brand}赔付 ¥{amount}，已进钱包",
        "{brand} compensates you with ¥{amount}, which is in your wallet",
    ),
    EventKind.DEPOSIT_DEDUCTED: terms(
        SubjectKind.MONEY_REQUEST,
        "portal",
        "保证金扣了 ¥{amount}：{reason}；还有 ¥{left}。不同意请联系平台",
        "¥{amount} of the deposit were deducted: {reason}. ¥{left} are left. Tell the platform if you do not agree",
    ),
    EventKind.BANK_ACCOUNT_ENTERED: terms(
        SubjectKind.BANK_ACCOUNT,
        "shop",
        "新填的收款账户{bank}尾号 {tail} 待审核，通过后付款到此账户；不是您要填的，请马上联系平台",
        "A bank account at {bank} ending in {tail} was entered and is paid to once approved; if it was not you, tell the platform now",
    ),
    EventKind.BANK_ACCOUNT_APPROVED: terms(
        SubjectKind.BANK_ACCOUNT,
        "shop",
        "收款账户{bank}尾号 {tail} 已审核，{hours} 小时后起付款到此账户",
        "The bank account at {bank} ending in {tail} was approved; it is paid to {hours} hours from now",
    ),
    EventKind.BANK_ACCOUNT_REFUSED: terms(
        SubjectKind.BANK_ACCOUNT,
        "shop",
        "收款账户{bank}尾号 {tail} 没有通过：{reason}；请核对后重新填写",
        "The bank account at {bank} ending in {tail} was refused: {reason}. Check it and enter it again",
    ),
    EventKind.BRAND_ACCOUNT_ENTERED: terms(
        SubjectKind.BANK_ACCOUNT,
        "portal",
        "品牌新填的收款账户{bank}尾号 {tail} 待审核，通过后付款到此账户；不是您要填的，请马上联系平台",
        "A bank account of the brand at {bank} ending in {tail} was entered and is paid to once approved; if it was not you, tell the"
        " platform now",
    ),
    EventKind.BRAND_ACCOUNT_APPROVED: terms(
        SubjectKind.BANK_ACCOUNT,
        "portal",
        "收款账户{bank}尾号 {tail} 已审核，{hours} 小时后起付款到此账户",
        "The bank account at {bank} ending in {tail} was approved; it is paid to {hours} hours from now",
    ),
    EventKind.BRAND_ACCOUNT_REFUSED: terms(
        SubjectKind.BANK_ACCOUNT,
        "portal",
        "收款账户{bank}尾号 {tail} 没有通过：{reason}；请核对后重新填写",
        "The bank account at {bank} ending in {tail} was refused: {reason}. Check it and enter it again",
    ),
    EventKind.TRANSFER_NOT_FOUND: terms(
        SubjectKind.TRANSFER_CLAIM,
        "shop",
        "您登记的 {paid_on} 转账 ¥{amount} 没有查到：{reason}",
        "The transfer of ¥{amount} on {paid_on} that you registered was not found: {reason}",
    ),
    EventKind.INVOICE_ISSUED: terms(
        SubjectKind.INVOICE,
        "shop",
        "发票已开：{title}，¥{amount}，号码 {number}",
        "Your invoice is issued: {title}, ¥{amount}, number {number}",
    ),
    EventKind.INVOICE_REFUSED: terms(
        SubjectKind.INVOICE,
        "shop",
        "开票申请没有通过：{title}，¥{amount}；{reason}",
        "Your invoice request was refused: {title}, ¥{amount}. {reason}",
    ),
    EventKind.BRAND_INVOICE_ISSUED: terms(
        SubjectKind.INVOICE,
        "portal",
        "平台给品牌的发票已开：{title}，¥{amount}，号码 {number}",
        "The platform's invoice to the brand is issued: {title}, ¥{amount}, number {number}",
    ),
    EventKind.BRAND_INVOICE_REFUSED: terms(
        SubjectKind.INVOICE,
        "portal",
        "品牌的开票申请没有通过：{title}，¥{amount}；{reason}",
        "The brand's invoice request was refused: {title}, ¥{amount}. {reason}",
    ),
    EventKind.RED_LETTER_NEEDED: terms(
        SubjectKind.INVOICE,
        "portal console",
        "品牌给开票申请 {request_id} 开的发票后来退了款，要红冲 ¥{amount}：请开红字发票，再登记号码",
        "The brand's invoice for request {request_id} was refunded later: issue a red letter of ¥{amount}, then enter its number",
    ),
    EventKind.PLATFORM_RED_LETTER_NEEDED: terms(
        SubjectKind.INVOICE,
        "console",
        "平台给开票申请 {request_id} 开的发票后来退了款，要红冲 ¥{amount}：请开红字发票，再登记号码",
        "The platform's invoice for request {request_id} was refunded later: issue a red letter of ¥{amount}, then enter its number",
    ),
    EventKind.INVOICE_CORRECTION_ASKED: terms(
        SubjectKind.INVOICE,
        "portal console",
        "品牌给开票申请 {request_id} 开的发票 {number} 抬头开错了，要改成“{title}”：{reason}。请整张红冲，或说明为什么不改",
        "The title of the brand's invoice {number} for request {request_id} is wrong, the right one is {title}: {reason}."
        " Take the whole invoice back by a red letter, or say why not",
    ),
    EventKind.PLATFORM_INVOICE_CORRECTION_ASKED: terms(
        SubjectKind.INVOICE,
        "console",
        "平台给开票申请 {request_id} 开的发票 {number} 抬头开错了，要改成“{title}”：{reason}。请整张红冲，或说明为什么不改",
        "The title of the platform's invoice {number} for request {request_id} is wrong, the right one is {title}: {reason}."
        " Take the whole invoice back by a red letter, or say why not",
    ),
    EventKind.INVOICE_NOT_CORRECTED: terms(
        SubjectKind.INVOICE,
        "shop",
        "发票 {number} 的抬头没有更正：{reason}",
        "The title of invoice {number} was not corrected: {reason}",
    ),
    EventKind.BRAND_INVOICE_NOT_CORRECTED: terms(
        SubjectKind.INVOICE,
        "portal",
        "平台给品牌的发票 {number} 的抬头没有更正：{reason}",
        "The title of the platform's invoice {number} to the brand was not corrected: {reason}",
    ),
    EventKind.INVOICE_REOPENED: terms(
        SubjectKind.INVOICE,
        "shop",
        "发票 {number} 已整张红冲，按抬头“{title}”重开 ¥{amount}（申请 {request_id}）",
        "Invoice {number} was taken back as a whole; ¥{amount} are invoiced again to {title} (request {request_id})",
    ),
    EventKind.BRAND_INVOICE_REOPENED: terms(
        SubjectKind.INVOICE,
        "portal",
        "平台给品牌的发票 {number} 已整张红冲，按抬头“{title}”重开 ¥{amount}（申请 {request_id}）",
        "The platform's invoice {number} to the brand was taken back as a whole; ¥{amount} are invoiced again to {title} (request"
        " {request_id})",
    ),
    EventKind.INVOICES_TO_ISSUE: terms(
        SubjectKind.INVOICE_EXPORT,
        "portal",
        "有 {requests} 张发票要由品牌开，共 ¥{amount}：请下载清单，开好后填上号码和日期传回",
        "The brand issues {requests} invoices of ¥{amount}: download the list, and send it back with numbers and days",
    ),
}
