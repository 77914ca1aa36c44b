"""The size chart of each style."""

from collections.abc import Collection
from dataclasses import dataclass

from db import sql

_CHARTS = """
WITH RECURSIVE above AS (
    SELECT y.id AS style_id, y.brand_id, y.category_id, 0 AS distance FROM inventory_style y WHERE y.id = ANY(%(style_ids)s)
    UNION ALL
    SELECT a.style_id, a.brand_id, c.parent_id, a.distance + 1
    FROM above a JOIN inventory_category c ON c.id = a.category_id
)
SELECT DISTINCT ON (a.style_id) a.style_id, s.rows::text AS rows
FROM above a JOIN inventory_sizechart s ON s.brand_id = a.brand_id AND s.category_id IS NOT DISTINCT FROM a.category_id
ORDER BY a.style_id, a.distance
"""
"""Above the topmost category stands no category: the chart of all goods of the brand."""


@dataclass(frozen=True, slots=True)
class StyleChart:
    """The lines of a chart as JSON."""

    style_id: int
    rows: str


def find_charts(*, style_ids: Collection[int]) -> list[StyleChart]:
    return sql.fetch(StyleChart, _CHARTS, {"style_ids": sorted(style_ids)})
