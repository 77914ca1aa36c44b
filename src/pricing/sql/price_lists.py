"""Statements that compare a frozen price list with the prices of other rules, which `compute_prices` loads into the table NOW."""

from db import sql
from pricing.rules.comparison import PriceDifference

NOW = "pricing_now"

_DIFFERENT_ROWS = f"""
FROM {NOW} AS now LEFT JOIN pricing_pricelistrow AS frozen
    ON frozen.price_list_id = %(list_id)s AND frozen.sku_id = now.sku_id AND frozen.tier = now.tier
WHERE (frozen.wholesale_fen, frozen.labelling, frozen.brand_payable_fen, frozen.retail_floor_fen) IS DISTINCT FROM
      (CASE WHEN now.excluded THEN NULL ELSE now.wholesale_fen END,
       CASE WHEN now.excluded THEN NULL WHEN now.cut THEN 'cut' ELSE 'kept' END,
       CASE WHEN now.excluded THEN NULL ELSE now.payable_fen END,
       CASE WHEN now.excluded THEN NULL ELSE now.retail_floor_fen END)
"""


def find_different_rows(*, list_id: int, limit: int) -> list[PriceDifference]:
    return sql.fetch(
        PriceDifference,
        f"""SELECT now.sku_id, now.tier, frozen.wholesale_fen AS frozen_fen, frozen.labelling AS frozen_labelling,
                   CASE WHEN now.excluded THEN NULL ELSE now.wholesale_fen END AS now_fen,
                   CASE WHEN now.excluded THEN NULL WHEN now.cut THEN 'cut' ELSE 'kept' END AS now_labelling
            {_DIFFERENT_ROWS} ORDER BY now.sku_id, now.tier LIMIT %(limit)s""",
        {"list_id": list_id, "limit": limit},
    )


def count_different_skus(*, list_id: int) -> int:
    return int(sql.value(f"SELECT count(DISTINCT now.sku_id) {_DIFFERENT_ROWS}", {"list_id": list_id}))
