"""The kinds of accounts, postings and causes of the ledger in words, by the codes of `ledger.rules`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACCOUNT_KINDS: dict[str, Promise] = {
    "wallet": _("代购钱包"),
    "deposit": _("保证金"),
    "refund_in_transit": _("原路退回在途"),
    "brand_payable": _("未结货款"),
    "brand_settled": _("已结未付货款"),
    "brand_fee": _("扣款收入"),
    "brand_debt": _("品牌欠款"),
    "withdraw_in_transit": _("提现在途"),
    "deposit_in_transit": _("退保证金在途"),
    "commission": _("佣金"),
    "carrier_claim": _("快递索赔"),
    "clearing": _("银行存款"),
    "wechat_clearing": _("微信支付待结"),
    "provider_fee": _("渠道手续费"),
    "alipay_clearing": _("支付宝待结"),
}
POSTINGS: dict[str, Promise] = {
    "deposit": _("保证金"),
    "deposit_return": _("退还保证金"),
    "top_up": _("充值"),
    "withdrawal": _("提现"),
    "withdrawal_back": _("提现退回钱包"),
    "transfer": _("银行付出"),
    "bank_return": _("付款退回"),
    "adjustment": _("平台调整"),
    "deposit_deduction": _("扣保证金"),
    "payment": _("付款"),
    "refund": _("退款"),
    "settlement": _("结算"),
    "payout": _("付款给品牌"),
    "resend": _("补发货款"),
    "carrier_claim": _("快递索赔"),
    "provider_payment": _("在线充值"),
    "provider_fee": _("渠道手续费"),
    "provider_settlement": _("渠道提现到银行"),
    "refund_to_source": _("原路退回"),
    "refund_paid_out": _("渠道已退"),
    "refund_came_back": _("原路退回未成"),
    "reversal": _("冲正"),
}
WALLET_POSTINGS: dict[str, Promise] = {
    "top_up": _("充值"),
    "payment": _("付款"),
    "refund": _("退款"),
    "withdrawal": _("提现"),
    "withdrawal_back": _("提现退回钱包"),
    "bank_return": _("银行退回提现"),
    "adjustment": _("平台调整"),
    "deposit_deduction": _("品牌赔付"),
    "reversal": _("冲正"),
    "provider_payment": _("在线充值"),
    "refund_to_source": _("原路退回"),
    "refund_came_back": _("原路退回未成"),
}
"""The kinds of postings as the owner of a wallet reads them."""
BRAND_POSTINGS: dict[str, Promise] = POSTINGS | {
    "payment": _("订单付款"),
    "adjustment": _("结算后的退款"),
    "payout": _("平台付款"),
    "bank_return": _("银行退回"),
}
"""The kinds of postings as a brand reads them."""
CAUSES: dict[str, Promise] = {
    "order": _("订单"),
    "refund": _("退款"),
    "resend": _("补发"),
    "resend_short": _("补发缺货"),
    "statement": _("结算单"),
    "money_request": _("资金复核"),
    "provider_payment": _("在线付款"),
    "provider_refund": _("原路退回"),
    "provider_bill": _("渠道账单"),
    "carrier_claim": _("快递索赔"),
    "reseller": _("会员"),
    "brand": _("品牌"),
}


def cause_words(cause: str) -> str:
    """The row that caused a posting, as in order:12, in words."""
    kind, _colon, number = cause.partition(":")
    return f"{CAUSES.get(kind, kind)} {number}"
