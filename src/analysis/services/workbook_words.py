"""The columns and the explanations of an analysis workbook."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """A column of the flat sheets: the field of `sql.flat.FlatRow`, or the month. `is_sum`: it is added up in the sheets of sums."""

    field: str
    heading: str
    is_sum: bool = False

    @property
    def is_money(self) -> bool:
        return self.field.endswith("_fen")


COLUMNS = (
    FlatColumn("day", "付款日"),
    FlatColumn("month", "月份"),
    FlatColumn("order_id", "订单号"),
    FlatColumn("line_id", "明细号"),
    FlatColumn("brand", "品牌"),
    FlatColumn("sale_id", "专场号"),
    FlatColumn("sale", "专场"),
    FlatColumn("category", "类目"),
    FlatColumn("style_no", "款号"),
    FlatColumn("name", "品名"),
    FlatColumn("colour", "颜色"),
    FlatColumn("size", "尺码"),
    FlatColumn("tier", "下单时等级"),
    FlatColumn("joined_month", "加入月份"),
    FlatColumn("units", "付款件数", is_sum=True),
    FlatColumn("shipped_units", "已发件数", is_sum=True),
    FlatColumn("on_time_units", "准时件数", is_sum=True),
    FlatColumn("late_units", "超时件数", is_sum=True),
    FlatColumn("short_units", "缺货件数", is_sum=True),
    FlatColumn("refunded_units", "退款件数", is_sum=True),
    FlatColumn("returned_units", "发货后退款件数", is_sum=True),
    FlatColumn("sold_fen", "成交额（元）", is_sum=True),
    FlatColumn("refunded_fen", "退款额（元）", is_sum=True),
    FlatColumn("commission_fen", "佣金（元）", is_sum=True),
    FlatColumn("discount_fen", "让利（元）", is_sum=True),
    FlatColumn("brand_fen", "货款（元）", is_sum=True),
    FlatColumn("platform_fen", "平台留下（元）", is_sum=True),
)
_NOT_FOR_BRANDS = frozenset(
    {"brand", "tier", "joined_month", "sold_fen", "refunded_fen", "commission_fen", "discount_fen", "platform_fen"}
)
BRAND_COLUMNS = tuple(each for each in COLUMNS if each.field not in _NOT_FOR_BRANDS)
"""What a brand sees: its own part of the price, neither the reseller's price nor who she is."""
SUM_HEADERS = ("准时率", "退货率", "缺货率")
SALE_HEADERS = ("专场号", "专场", "开售日", "投放", "售出", "动销率")
README = (
    ("按付款日", "每条明细算在付款那天；之后的发货、缺货、退款都算回那天，所以早先的数字会变。"),
    ("动销率", "这段时间开售的专场：付款件数 ÷ 投放件数。退货不减售出。"),
    ("准时率", "期限前发出的件数 ÷（已发件数 + 过了期限没发的件数）。取消的不算；补发不影响。"),
    ("退货率", "发货后退款的件数（不论货是否寄回）÷ 已发件数。"),
    ("缺货率", "品牌没有货的件数 ÷ 付款件数。"),
    ("佣金", "件数 ×（基准拿货价 − 货款单价），未减让利。"),
    ("让利", "件数 ×（基准拿货价 − 成交单价）：等级折扣、降价和剪标减价。"),
    ("平台留下", "佣金减去让利和平台承担的退款、补发。快递没赔的索赔另计，见分析页的毛利。"),
    ("怎么用", "带月份名的表是明细，可以直接做数据透视表；其余表的数字都是公式，从明细加总而来。"),
)
