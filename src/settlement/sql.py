"""The SQL of settlement. Each function runs one statement."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from dataclasses import dataclass
from datetime import datetime

from db import sql
from orders.selectors.lines import LINES
from settlement.rules.statements import SaleWithoutStatement, StatementTotals

_SALES_WITHOUT_STATEMENT = """
SELECT s.id AS sale_id, s.title, b.name AS brand_name, s.ends_at AS ended_at,
       (SELECT coalesce(sum(i.held), 0)::int FROM flashsales_saleitem i WHERE i.sale_id = s.id) AS held_units
FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id
WHERE s.state = 'published' AND s.closed_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM settlement_statement t WHERE t.sale_id = s.id)
ORDER BY s.ends_at, s.id LIMIT %(limit)s
"""

# `total_lines` says the same for lines that are given one by one.
_SUMS = """
    coalesce(sum(units), 0)::int AS units, coalesce(sum(refunded_units), 0)::int AS refunded_units,
    coalesce(sum(sold_fen), 0)::bigint AS sold_fen, coalesce(sum(refunded_fen), 0)::bigint AS refunded_fen,
    coalesce(sum(carrier_claim_fen), 0)::bigint AS carrier_claims_fen, coalesce(sum(brand_fen), 0)::bigint AS brand_fen,
    coalesce(sum(unshipped_units), 0)::int AS unshipped_units, max(changed_at) AS changed_at
"""

# PostgreSQL's greatest() ignores nulls: a line that is not shipped counts from its payment.
_PAID_LINES_OF_SALE = f"""
    SELECT l.id, l.units, l.refunded_units, l.units * l.price_fen AS sold_fen, l.refunded_fen, l.carrier_claim_fen, l.brand_fen,
           l.unshipped_units, greatest(l.paid_at, l.shipped_at) AS changed_at
    FROM {LINES} l WHERE l.sale_id = %(sale_id)s AND l.order_state = 'paid'
"""

_TOTALS = f"SELECT {_SUMS} FROM ({_PAID_LINES_OF_SALE}) AS line"

_WRITE_ITEMS = f"""
WITH line AS MATERIALIZED ({_PAID_LINES_OF_SALE}), written AS (
    INSERT INTO settlement_statementitem (line_id, statement_id, refunded_units, refunded_fen, payable_fen, carrier_claim_fen)
    SELECT id, %(statement_id)s, refunded_units, refunded_fen, brand_fen, carrier_claim_fen FROM line
)
SELECT {_SUMS} FROM line
"""

_STYLES = f"""
SELECT y.id AS style_id, y.style_no, sum(l.units)::int AS units, sum(l.refunded_units)::int AS refunded_units,
       sum(l.units * l.price_fen)::bigint AS sold_fen, sum(l.refunded_fen)::bigint AS refunded_fen,
       sum(l.platform_fen)::bigint AS commission_fen, sum(l.brand_fen)::bigint AS payable_fen
FROM {LINES} l JOIN inventory_sku k ON k.id = l.sku_id JOIN inventory_style y ON y.id = k.style_id
WHERE l.sale_id = %(sale_id)s AND l.order_state = 'paid' GROUP BY y.id ORDER BY y.style_no, y.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class StyleSums:
    """What a statement says of one style, over its lines; amounts in fen."""

    style_id: int
    style_no: str
    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    commission_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class LineSums:
    """The sums of paid lines in fen, the units that are left to ship, and the latest payment or shipment of one of them."""

    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    carrier_claims_fen: int
    brand_fen: int
    unshipped_units: int
    changed_at: datetime | None

    @property
    def totals(self) -> StatementTotals:
        return StatementTotals(
            units=self.units,
            refunded_units=self.refunded_units,
            sold_fen=self.sold_fen,
            refunded_fen=self.refunded_fen,
            commission_fen=self.sold_fen - self.refunded_fen + self.carrier_claims_fen - self.brand_fen,
            payable_fen=self.brand_fen,
            carrier_claims_fen=self.carrier_claims_fen,
        )


def sales_without_statement(*, limit: int) -> list[SaleWithoutStatement]:
    """Sales whose unsold units went back and that have no statement, the oldest first."""
    return sql.fetch(SaleWithoutStatement, _SALES_WITHOUT_STATEMENT, {"limit": limit})


def total_sale(sale_id: int) -> LineSums:
    """The sums over the paid lines of a sale."""
    return sql.fetch_one(LineSums, _TOTALS, {"sale_id": sale_id})


def write_items(*, statement_id: int, sale_id: int) -> LineSums:
    """Write the paid lines of a sale as the items of its statement, in one statement; returns the sums over what was written."""
    return sql.fetch_one(LineSums, _WRITE_ITEMS, {"statement_id": statement_id, "sale_id": sale_id})


def total_styles(sale_id: int, *, limit: int) -> list[StyleSums]:
    """The sums over the paid lines of a sale by style, in the order of style numbers."""
    return sql.fetch(StyleSums, _STYLES, {"sale_id": sale_id, "limit": limit})
