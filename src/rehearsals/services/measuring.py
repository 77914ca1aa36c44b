"""What a rehearsal left in its second database: what sold, and whether answers, orders and units agree (REHEARSAL-4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

MAX_GOODS = 200
"""Goods that a result names: those that were sold out first, and then those that sold most."""

SOLD = """
    SELECT y.style_no, y.name, k.colour, k.size, i.allotted AS units, i.held + i.sold AS taken_units,
           CASE WHEN i.available = 0
                THEN round(extract(epoch FROM max(o.placed_at) - %(began_at)s::timestamptz)::numeric, 1)::float END AS sold_out_after
    FROM flashsales_saleitem i
    JOIN inventory_sku k ON k.id = i.sku_id
    JOIN inventory_style y ON y.id = i.style_id
    LEFT JOIN orders_orderline l ON l.item_id = i.id
    LEFT JOIN orders_order o ON o.id = l.order_id
    WHERE i.sale_id = %(sale)s AND i.allotted > 0
    GROUP BY i.id, k.id, y.id
    ORDER BY sold_out_after NULLS LAST, taken_units DESC, i.id
    LIMIT %(limit)s
"""
TOTALS = """
    SELECT (SELECT count(*) FROM orders_order) AS orders,
           (SELECT coalesce(sum(units), 0) FROM orders_orderline) AS ordered_units,
           (SELECT coalesce(sum(held), 0) FROM flashsales_saleitem WHERE sale_id = %(sale)s) AS held_units,
           (SELECT coalesce(sum(units), 0) FROM flashsales_itemtally) AS units_of_items,
           (SELECT coalesce(sum(units), 0) FROM flashsales_saletally) AS units_of_sale,
           (SELECT coalesce(sum(allotted), 0) FROM flashsales_saleitem WHERE sale_id = %(sale)s) AS units,
           (SELECT count(*) FROM flashsales_saleitem WHERE sale_id = %(sale)s AND allotted > 0 AND available = 0) AS sold_out,
           (SELECT count(*) FROM flashsales_saleitem WHERE sale_id = %(sale)s AND allotted > 0) AS goods
"""


def measure(url: str, sale_id: int, *, began_at: datetime, accepted: int, without_answer: int) -> dict[str, Any]:
    """`goods` and `totals` of the second database, and `wrong`: the names of what does not agree, empty where all is exact.

    `began_at` is when the buyers began to come. A grab without an answer may have its order: so many more there may be.
    """
    values = {"sale": sale_id, "limit": MAX_GOODS, "began_at": began_at}
    with psycopg.connect(url, row_factory=dict_row) as second:
        goods = second.execute(SOLD, values).fetchall()
        [totals] = second.execute(TOTALS, values).fetchall()
    return {"goods": goods, "totals": {name: int(count) for name, count in totals.items()}} | {
        "wrong": _find_wrong(totals, accepted=accepted, without_answer=without_answer)
    }


def _find_wrong(totals: dict[str, Any], *, accepted: int, without_answer: int) -> Sequence[str]:
    wrong = []
    if not accepted <= totals["orders"] <= accepted + without_answer:
        wrong.append("orders")
    if totals["held_units"] != totals["ordered_units"]:
        wrong.append("units")
    if totals["units_of_items"] != totals["held_units"] or totals["units_of_sale"] not in (0, totals["held_units"]):
        wrong.append("tallies")
    return wrong
