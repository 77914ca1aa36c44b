"""Reads of refunds."""

from dataclasses import dataclass
from datetime import datetime

from aftersales.models import Refund
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class BrandRefundView:
    """A refund as the brand sees it, without the amount: that is the reseller's price. `sku_name`: style number, colour and size."""

    id: int
    order_id: int
    line_id: int
    sku_name: str
    reason: str
    note: str
    units: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundView(BrandRefundView):
    amount_fen: int


def list_refunds(*, cursor: str = "", limit: int = 50) -> Page[RefundView]:
    """All refunds, the newest first."""
    rows = Refund.objects.select_related("line__sku__style")
    return paginate(rows, name="aftersales.refunds", order=("-id",), cursor=cursor, limit=limit, view=refund_view)


def refund_view(row: Refund) -> RefundView:
    sku = row.line.sku
    return RefundView(
        id=row.pk,
        order_id=row.line.order_id,
        line_id=row.line_id,
        sku_name=f"{sku.style.style_no} {sku.colour} {sku.size}",
        reason=row.reason,
        note=row.note,
        units=row.units,
        amount_fen=row.amount_fen,
        at=row.at,
    )
