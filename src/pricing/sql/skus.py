"""Statements that read the SKUs which rules apply to."""

from collections.abc import Sequence
from typing import Any

from db import sql


def find_skus_to_price(sku_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The columns of `rules.controls.SkuToPrice`, by SKU."""
    return sql.rows(
        """WITH RECURSIVE walk (category_id, ancestor_id, depth) AS (
               SELECT id, id, 0 FROM inventory_category
               UNION ALL
               SELECT walk.category_id, parent.parent_id, walk.depth + 1
               FROM walk JOIN inventory_category AS parent ON parent.id = walk.ancestor_id WHERE parent.parent_id IS NOT NULL
           )
           SELECT sku.id AS sku_id, sku.style_id, style.brand_id, style.season, style.year, sku.tag_price_fen, sku.base_price_fen,
                  brand.commission_rate AS brand_rate,
                  ARRAY(SELECT ancestor_id FROM walk WHERE walk.category_id = style.category_id ORDER BY depth) AS categories
           FROM inventory_sku AS sku JOIN inventory_style AS style ON style.id = sku.style_id
           JOIN brands_brand AS brand ON brand.id = style.brand_id
           WHERE sku.id = ANY (%(sku_ids)s) ORDER BY sku.id""",
        {"sku_ids": list(sku_ids)},
    )
