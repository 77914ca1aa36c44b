"""What can still be given back of a line whose statement was sent (SETTLE-15)."""

from dataclasses import dataclass

from django.db.models import Sum

from brands.rules import BrandStatus
from kernel.refusal import Conflict
from settlement.models import BrandDebt, StatementItem


class LineNotSettled(Conflict):
    code = "settlement.line_not_settled"
    zh = "明细 {line_id} 还不在已定稿的结算单里，请按售后退款"
    en = "Line {line_id} is in no statement that was sent; refund it as after-sales"
    line_id: int


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line of a statement that was sent. `left_fen` is what was paid for its goods and not refunded, with late refunds; `brand_left_fen`
    the part of it that the statement gave the brand."""

    line_id: int
    statement_id: int
    order_id: int
    brand_id: int
    brand_name: str
    is_brand_closed: bool
    goods: str
    units: int
    reseller_id: int
    price_fen: int
    payable_fen: int
    before_fen: int
    left_fen: int
    brand_left_fen: int


def get_settled_line(line_id: int, *, late_before_fen: int) -> SettledLine:
    """The line with what is left of it. `late_before_fen` is what was refunded late of it. Refuses a line that no sent statement has."""
    item = StatementItem.objects.select_related("line__order", "line__brand", "line__sku__style").filter(line=line_id)
    found = item.first()
    if found is None:
        raise LineNotSettled(line_id=line_id)
    line = found.line
    borne = BrandDebt.objects.filter(line=line_id).aggregate(fen=Sum("amount_fen", default=0))["fen"]
    parts = (line.sku.style.style_no, line.sku.colour, line.sku.size)
    return SettledLine(
        line_id=line_id,
        statement_id=found.statement_id,
        order_id=line.order_id,
        brand_id=line.brand_id,
        brand_name=line.brand.name,
        is_brand_closed=line.brand.status == BrandStatus.CLOSED.value,
        goods=" ".join(part for part in parts if part),
        units=line.units,
        reseller_id=line.order.reseller_id,
        price_fen=line.price_fen,
        payable_fen=line.payable_fen,
        before_fen=late_before_fen,
        left_fen=line.units * line.price_fen - found.refunded_fen - late_before_fen,
        brand_left_fen=found.payable_fen - found.freight_fen - borne,
    )
