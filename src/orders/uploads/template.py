"""The empty workbook of orders, with the goods that a reseller may buy now beside it."""

from datetime import datetime

from accounts.rules import Actor
from flashsales.selectors.goods import list_goods_for_sale
from imports import order_sheet
from imports.order_sheet import OfferedGoods
from kernel.money import format_yuan
from kernel.refusal import Invalid
from membership.selectors.people import require_buyer

MAX_GOODS = 20_000


class TooManyGoods(Invalid):
    code = "orders.too_many_goods_for_template"
    zh = "正在抢购的商品超过 {max_goods} 种，一张表放不下；请选择一个专场再下载模板"
    en = "More than {max_goods} goods are on sale, which one sheet cannot hold; choose a sale and download its template"
    max_goods: int


def order_template(*, actor: Actor, sale_id: int | None = None, now: datetime) -> tuple[bytes, str]:
    """A workbook to fill in, and its file name.

    Its second sheet has the goods of live sales, or of one, that she may buy now: style number, colour, size, barcode, her price, how many
    units stock and limits leave her, and in which quantities the style is ordered (WORKBOOK-6).
    """
    buyer = require_buyer(actor, now)
    goods = list_goods_for_sale(
        tier=buyer.tier.value, reseller_id=buyer.id, at=now, sale_id=sale_id, limit=MAX_GOODS + 1
    )
    if len(goods) > MAX_GOODS:
        raise TooManyGoods(max_goods=MAX_GOODS)
    offered = [
        OfferedGoods(
            each.style_no,
            each.name,
            each.colour,
            each.size,
            each.barcode,
            format_yuan(each.price_fen),
            each.max_units,
            each.quantity_terms.zh if each.quantity_terms else "",
        )
        for each in goods
        if each.max_units
    ]
    return order_sheet.write((), offered), "尾仓代发订单模板.xlsx"
