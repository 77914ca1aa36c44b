"""The states of after-sales cases, each with its tone, their reasons and those of refunds in words, by the codes of `aftersales.rules`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATES: dict[str, tuple[Promise, str]] = {
    "requested": (_("待平台审核"), "wait"),
    "approved": (_("待寄回"), "wait"),
    "sent_back": (_("寄回途中"), "busy"),
    "received": (_("品牌已收到"), "busy"),
    "refunded": (_("已退款"), "good"),
    "resent": (_("品牌补发"), "good"),
    "rejected": (_("已拒绝"), "bad"),
    "withdrawn": (_("已撤回"), "plain"),
    "expired": (_("逾期未寄回"), "plain"),
}
REASONS: dict[str, Promise] = {
    "no_longer_wanted": _("不想要了"),
    "wrong_goods": _("发错货"),
    "faulty": _("质量问题"),
    "damaged": _("运输破损"),
    "missing": _("少件"),
}
REFUND_REASONS: dict[str, Promise] = {
    "changed_mind": _("发货前退款"),
    "out_of_stock": _("品牌缺货"),
    "returned": _("退货退款"),
    "refund_only": _("仅退款"),
    "allowance": _("部分退款，货不退"),
    "resend_short": _("补发缺货"),
}
