"""The SQL of after-sales. Each function runs one statement."""

from db import sql

# Settlement stands above after-sales and imports it, so its table is read here and not its selector.
_IS_LINE_SETTLED = """
SELECT FROM orders_orderline l JOIN settlement_statement t ON t.sale_id = l.sale_id
WHERE l.id = %(line_id)s AND t.state <> 'draft'
"""


def is_line_settled(line_id: int) -> bool:
    """Whether the statement of the line's sale is final. From then on nothing of the sale is refunded (SETTLE-2)."""
    return bool(sql.rows(_IS_LINE_SETTLED, {"line_id": line_id}))
