"""The SQL of settlement. Each function runs one statement."""

from db import sql
from settlement.rules import SaleWithoutStatement

_SALES_WITHOUT_STATEMENT = """
SELECT s.id AS sale_id, s.title, b.name AS brand_name, s.ends_at AS ended_at,
       (SELECT coalesce(sum(i.held), 0)::int FROM flashsales_saleitem i WHERE i.sale_id = s.id) AS held_units
FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id
WHERE s.state = 'published' AND s.closed_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM settlement_statement t WHERE t.sale_id = s.id)
ORDER BY s.ends_at, s.id LIMIT %(limit)s
"""


def sales_without_statement(*, limit: int) -> list[SaleWithoutStatement]:
    """Sales whose unsold units went back and that have no statement, the oldest first."""
    return sql.fetch(SaleWithoutStatement, _SALES_WITHOUT_STATEMENT, {"limit": limit})
