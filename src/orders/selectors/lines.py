"""Order lines as other apps read them, so that these need not know the tables of orders."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from orders.models.lines import OrderLine

LINES = """(
    SELECT l.*, l.units - l.refunded_units AS kept_units, l.refunded_units * l.price_fen + l.refund_adjustment_fen AS refunded_fen,
           l.freight_fen - l.returned_freight_fen - l.return_freight_fen AS kept_freight_fen,
           (l.units - l.refunded_units) * l.payable_fen + l.payable_adjustment_fen
               + l.freight_fen - l.returned_freight_fen - l.return_freight_fen AS brand_fen,
           (l.units - l.refunded_units) * l.commission_fen - l.refund_adjustment_fen - l.payable_adjustment_fen + l.carrier_claim_fen
               AS platform_fen,
           l.units - l.shipped_units - l.cancelled_units + l.resending_units AS unshipped_units,
           o.reseller_id, o.tier, o.state AS order_state, o.paid_at
    FROM orders_orderline l
    LEFT JOIN orders_order o ON o.id = l.order_id
)"""
"""Every order line with its order, what was refunded of it, and what brand and platform keep of it (`PaidLine`).

`refunded_fen` is about goods; `kept_freight_fen` is what the brand keeps of the freight, less the return freight that it bears, and
is a part of `brand_fen`.

To stand after FROM or JOIN. PostgreSQL leaves out a join of which a statement reads no column."""

LINE_FACTS = """(
    SELECT l.id, l.brand_id, l.sale_id, l.price_fen, l.payable_fen, l.shipped_units, l.short_units, l.shipped_at,
           CASE WHEN l.resent_units > 0 THEN c.ship_by ELSE coalesce(c.paid_ship_by, c.ship_by) END AS ship_by,
           (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date AS placed_on
    FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN orders_consignment c ON c.id = l.consignment_id
)"""
"""Every paid order line with what a contract of its brand asks about: when it was ordered, due and shipped, and what was short.

To stand after FROM or JOIN."""

PARCEL_NUMBERS = """(
    SELECT m.line_id, p.tracking_no FROM orders_parcelline m JOIN orders_parcel p ON p.id = m.parcel_id
)"""
"""The numbers under which units of order lines were shipped. To stand after FROM or JOIN."""


@dataclass(frozen=True, slots=True)
class LineOfSale:
    """Whose line it is, what it is of, and the unit price in fen that was paid."""

    line_id: int
    order_id: int
    reseller_id: int
    brand_id: int
    recipient_id: int
    item_id: int
    sale_id: int
    sale_title: str
    sale_ends_at: datetime
    style_id: int
    price_fen: int
    remark: str


def get_line_of_sale(line_id: int) -> LineOfSale | None:
    row = OrderLine.objects.select_related("order", "sale", "sku").filter(pk=line_id).first()
    if row is None:
        return None
    return LineOfSale(
        line_id=row.pk,
        order_id=row.order_id,
        reseller_id=row.order.reseller_id,
        brand_id=row.brand_id,
        recipient_id=row.recipient_id,
        item_id=row.item_id,
        sale_id=row.sale_id,
        sale_title=row.sale.title,
        sale_ends_at=row.sale.ends_at,
        style_id=row.sku.style_id,
        price_fen=row.price_fen,
        remark=row.remark,
    )


def get_brand_part_fen(line_id: int) -> int:
    """What the brand keeps of a paid line, in fen, without the part of units that are left to ship: these may still be refunded.

    What was paid for shipping counts once nothing of its order, sale and recipient is left to ship: until then it may go back, also with
    another line (ORDER-16).
    """
    row = OrderLine.objects.get(pk=line_id)
    unshipped_units = row.units - row.shipped_units - row.cancelled_units + row.resending_units
    kept_units = row.units - row.refunded_units - unshipped_units
    goods_fen = kept_units * row.payable_fen + row.payable_adjustment_fen - row.return_freight_fen
    group = OrderLine.objects.filter(order=row.order_id, sale=row.sale_id, recipient=row.recipient_id)
    sent_units = F("shipped_units") + F("cancelled_units") - F("resending_units")
    if group.filter(units__gt=sent_units).exists():
        return goods_fen
    return goods_fen + row.freight_fen - row.returned_freight_fen
