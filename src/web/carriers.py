"""Carriers and what they report, in words. Forms offer carriers and store their Chinese names."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, Promise] = {
    "顺丰速运": _("顺丰速运"),
    "中通快递": _("中通快递"),
    "圆通速递": _("圆通速递"),
    "申通快递": _("申通快递"),
    "韵达快递": _("韵达快递"),
    "极兔速递": _("极兔速递"),
    "京东快递": _("京东快递"),
    "邮政EMS": _("邮政EMS"),
    "德邦快递": _("德邦快递"),
}
PARCEL_STATUSES: dict[str, Promise] = {
    "shipped": _("已发出"),
    "in_transit": _("运输中"),
    "delivering": _("派送中"),
    "at_pickup": _("待取件"),
    "delivered": _("已签收"),
    "problem": _("物流异常"),
    "returning": _("退回中"),
    "returned": _("已退回"),
}


def in_words(name: str) -> str:
    """A carrier in the language of the page; one that somebody typed stays as it was typed."""
    return str(NAMES.get(name, name))
