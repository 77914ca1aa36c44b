"""Reads of refunds."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from aftersales.models.cases import Resend
from aftersales.models.refunds import Refund
from aftersales.rules import Party, RefundReason
from web.pagination import Page, paginate

FAULT_RETURNS = """(
    SELECT r.line_id, r.units, r.at FROM aftersales_refund r JOIN aftersales_case c ON c.refund_id = r.id
    WHERE c.fault = 'brand' AND c.reason IN ('faulty', 'wrong_goods')
)"""
"""The refunds of cases about faulty or wrong goods by the fault of the brand. To stand after FROM or JOIN."""


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
    """A refund with its amount and at whose cost it is: brand, platform or carrier.

    Beside the amount she got `freight_fen` of what she paid for shipping, or `return_freight_fen` for sending the goods back.
    """

    amount_fen: int
    freight_fen: int
    return_freight_fen: int
    borne_by: Party


@dataclass(frozen=True, slots=True)
class ShortUnits:
    """How many units of how many lines a brand could not ship."""

    brand_id: int
    brand_name: str
    lines: int
    units: int


def list_short_units(*, since: datetime) -> list[ShortUnits]:
    """The shortages that were reported since then, by brand, the most units first (AFTER-2)."""
    rows = (
        Refund.objects.filter(
            reason__in=(RefundReason.OUT_OF_STOCK.value, RefundReason.RESEND_SHORT.value), at__gte=since
        )
        .values_list("line__brand_id", "line__brand__name")
        .annotate(lines=Count("line", distinct=True), short=Sum("units"))
        .order_by("-short", "line__brand_id")
    )
    return [ShortUnits(brand_id, name, lines, short) for brand_id, name, lines, short in rows]


def list_refunds(*, cursor: str = "", limit: int = 50) -> Page[RefundView]:
    """All refunds, the newest first."""
    rows = Refund.objects.select_related("line__sku__style")
    return paginate(rows, name="aftersales.refunds", order=("-id",), cursor=cursor, limit=limit, view=refund_view)


def get_brand_borne_fen(line_id: int) -> int:
    """What the brand has borne of the refunds of a line so far."""
    rows = Refund.objects.filter(line_id=line_id, borne_by=Party.BRAND.value)
    borne_fen: int = rows.aggregate(fen=Sum("amount_fen", default=0))["fen"]
    return borne_fen


def count_short_resends(line_id: int) -> int:
    """How many units of a line were to be sent again and were refunded instead."""
    rows = Refund.objects.filter(line_id=line_id, reason=RefundReason.RESEND_SHORT.value)
    units: int = rows.aggregate(units=Sum("units", default=0))["units"]
    return units


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
        freight_fen=row.freight_fen,
        return_freight_fen=row.return_freight_fen,
        borne_by=Party(row.borne_by),
        at=row.at,
    )


def find_order_of_refund(refund_id: int) -> int | None:
    """The order of which something was refunded; None where there is no such refund."""
    return Refund.objects.filter(pk=refund_id).values_list("line__order_id", flat=True).first()


def find_order_of_resend(resend_id: int) -> int | None:
    """The order of which something was sent again; None where there is no such resend."""
    return Resend.objects.filter(pk=resend_id).values_list("line__order_id", flat=True).first()
