"""Reads of refunds."""

from dataclasses import dataclass
from datetime import datetime

from aftersales.models import Refund
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class RefundView:
    id: int
    order_id: int
    line_id: int
    goods: str
    reason: str
    note: str
    units: int
    amount_fen: int
    at: datetime


def list_refunds(*, cursor: str = "", limit: int = 50) -> Page[RefundView]:
    """All refunds, the newest first."""
    rows = Refund.objects.select_related("line__sku__style")
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=refund_view)


def refund_view(row: Refund) -> RefundView:
    sku = row.line.sku
    goods = f"{sku.style.style_no} {sku.colour} {sku.size}"
    return RefundView(
        row.pk, row.line.order_id, row.line_id, goods, row.reason, row.note, row.units, row.amount_fen, row.at
    )
