"""Fields of a sheet: what a column can mean, by the names that code, answers and JSON use, and by their names for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

STYLE_NO, COLOUR, SIZE, BARCODE = "style_no", "colour", "size", "barcode"
TAG_PRICE, BASE_PRICE, DISCOUNT, QUANTITY = "tag_price", "base_price", "discount", "quantity"
COLOUR_CODE, SIZE_GROUP, WAREHOUSE, TOTAL = "colour_code", "size_group", "warehouse", "total"
COST, AMOUNT, UNCLEAR_PRICE, UNUSED = "cost", "amount", "unclear_price", "unused"
COLOUR_AND_SIZE, SIZE_PARENT, LOCATION = "colour_and_size", "size_parent", "location"
REMARK, CONDITION = "remark", "condition"

REQUIRED: Final = (STYLE_NO, SIZE, TAG_PRICE, BASE_PRICE, QUANTITY)
TEXTS: Final = ("name", "category", "season", "gender", "brand", "remark", "fabric", "origin", "selling_point")
"""Fields that are read as text, without a check."""
OPTIONAL: Final = (*TEXTS, "year", "picture")

NAMES: Final[dict[str, tuple[str, str]]] = {
    "style_no": ("款号", "style number"),
    "colour": ("颜色", "colour"),
    "size": ("尺码", "size"),
    "barcode": ("条码", "barcode"),
    "tag_price": ("吊牌价", "tag price"),
    "base_price": ("供货价", "supply price"),
    "discount": ("折扣", "discount"),
    "quantity": ("库存数量", "quantity"),
    "name": ("品名", "name"),
    "category": ("类目", "category"),
    "season": ("季节", "season"),
    "year": ("年份", "year"),
    "gender": ("性别", "gender"),
    "brand": ("品牌", "brand"),
    "remark": ("备注", "remark"),
    "picture": ("图片", "picture"),
    "fabric": ("面料成分", "fabric"),
    "origin": ("产地", "place of origin"),
    "selling_point": ("卖点", "selling point"),
    "consignment_no": ("发货单号", "consignment number"),
    "carrier": ("快递公司", "carrier"),
    "tracking_no": ("快递单号", "tracking number"),
    "recipient": ("收货人", "recipient"),
    "phone": ("电话", "phone"),
    "address": ("收货地址", "address"),
    "units": ("数量", "units"),
    "line_no": ("明细号", "line number"),
    "short_units": ("缺货数", "units out of stock"),
    "order_ref": ("订单号", "order reference"),
    "mobile": ("手机号", "mobile number"),
    "contact": ("收货信息", "recipient in one cell"),
    "address2": ("地址第二行", "second address line"),
    "colour_and_size": ("规格", "colour and size"),
    "order_no": ("订单号", "order number"),
    "refunded_units": ("退款件数", "refunded units"),
    "sold": ("成交额", "sold"),
    "refunded": ("退款额", "refunded"),
    "commission": ("佣金", "commission"),
    "payable": ("应结货款", "payable"),
}


def joined_names(fields: Iterable[str]) -> tuple[str, str]:
    """The names of fields for a sentence, in Chinese and English."""
    names = [NAMES[name] for name in dict.fromkeys(fields)]
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)
