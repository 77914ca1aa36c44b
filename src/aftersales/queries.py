"""Reads of refunds, and the check of the books: what was refunded is what lines and wallets say (invariant 3)."""

from dataclasses import dataclass
from datetime import datetime

from aftersales.models import Refund
from kernel.books import Breach
from wire import sql
from wire.pages import Page, cut


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


def refunds(*, after: str = "", size: int = 50) -> Page[RefundView]:
    """All refunds, the newest first."""
    rows = Refund.objects.select_related("line__sku__style")
    return cut(rows, order=("-id",), after=after, size=size, view=refund_view)


def refund_view(row: Refund) -> RefundView:
    sku = row.line.sku
    goods = f"{sku.style.style_no} {sku.colour} {sku.size}"
    return RefundView(
        row.pk, row.line.order_id, row.line_id, goods, row.reason, row.note, row.units, row.amount_fen, row.at
    )


def breaches() -> list[Breach]:
    lines = sql.rows(
        """
        SELECT l.id, l.refunded_units, coalesce(r.units, 0) AS units FROM orders_orderline l
        LEFT JOIN (SELECT line_id, sum(units) AS units FROM aftersales_refund GROUP BY 1) r ON r.line_id = l.id
        WHERE l.refunded_units <> coalesce(r.units, 0)
        """,
        {},
    )
    amounts = sql.rows(
        """
        SELECT r.id FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
        LEFT JOIN ledger_posting p ON p.key = 'refund:' || r.id
        LEFT JOIN (SELECT e.posting_id, sum(e.amount_fen) AS fen FROM ledger_entry e
                   JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'wallet' GROUP BY 1) w ON w.posting_id = p.id
        WHERE r.amount_fen <> r.units * l.price_fen OR r.amount_fen <> coalesce(w.fen, 0)
        """,
        {},
    )
    return [
        *(
            Breach(
                3, "orders_orderline", row["id"], f"{row['refunded_units']} units refunded, refunds say {row['units']}"
            )
            for row in lines
        ),
        *(
            Breach(3, "aftersales_refund", row["id"], "its amount is not what went back to the wallet")
            for row in amounts
        ),
    ]
