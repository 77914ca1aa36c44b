"""The size chart of each style, and the charts that an upload sets and that its undo puts back (STOCK-16, STOCK-17)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db import sql

_CHARTS = """
WITH RECURSIVE above AS (
    SELECT y.id AS style_id, y.brand_id, y.category_id, 0 AS distance FROM inventory_style y WHERE y.id = ANY(%(style_ids)s)
    UNION ALL
    SELECT a.style_id, a.brand_id, c.parent_id, a.distance + 1
    FROM above a JOIN inventory_category c ON c.id = a.category_id
)
SELECT DISTINCT ON (found.style_id) found.style_id, found.rows::text AS rows
FROM (
    SELECT a.style_id, a.distance, s.rows
    FROM above a JOIN inventory_sizechart s ON s.brand_id = a.brand_id AND s.category_id IS NOT DISTINCT FROM a.category_id
    UNION ALL
    SELECT o.style_id, -1, o.rows FROM inventory_stylesizechart o WHERE o.style_id = ANY(%(style_ids)s)
) found
ORDER BY found.style_id, found.distance
"""
"""Above the topmost category stands no category: the chart of all goods of the brand. A chart of the style itself comes first."""

_KEEP_REPLACED = """
UPDATE inventory_uploadsizechart c SET old = coalesce(
    (SELECT o.rows FROM inventory_stylesizechart o WHERE o.style_id = c.style_id),
    (SELECT s.rows FROM inventory_sizechart s
     WHERE c.style_id IS NULL AND s.brand_id = %(brand_id)s AND s.category_id IS NOT DISTINCT FROM c.category_id))
WHERE c.upload_id = %(upload_id)s
"""

_SET_OF_STYLES = """
INSERT INTO inventory_stylesizechart (style_id, rows, person_id, set_at)
SELECT c.style_id, c.rows, %(person_id)s, %(now)s FROM inventory_uploadsizechart c
WHERE c.upload_id = %(upload_id)s AND c.style_id IS NOT NULL
ORDER BY c.style_id
ON CONFLICT (style_id) DO UPDATE SET rows = EXCLUDED.rows, person_id = EXCLUDED.person_id, set_at = EXCLUDED.set_at
"""

_SET_OF_CATEGORIES = """
INSERT INTO inventory_sizechart (brand_id, category_id, rows, person_id, set_at)
SELECT %(brand_id)s, c.category_id, c.rows, %(person_id)s, %(now)s FROM inventory_uploadsizechart c
WHERE c.upload_id = %(upload_id)s AND c.style_id IS NULL
ORDER BY c.category_id
ON CONFLICT (brand_id, category_id) DO UPDATE SET rows = EXCLUDED.rows, person_id = EXCLUDED.person_id, set_at = EXCLUDED.set_at
"""

# A chart that was changed since stays as it was changed.
_OF_STYLE_UNCHANGED = "c.upload_id = %(upload_id)s AND c.style_id = o.style_id AND o.rows = c.rows"
_OF_CATEGORY_UNCHANGED = """c.upload_id = %(upload_id)s AND c.style_id IS NULL AND s.brand_id = %(brand_id)s
    AND s.category_id IS NOT DISTINCT FROM c.category_id AND s.rows = c.rows"""
_PUT_BACK = (
    f"DELETE FROM inventory_stylesizechart o USING inventory_uploadsizechart c WHERE {_OF_STYLE_UNCHANGED} AND c.old IS NULL",
    f"""UPDATE inventory_stylesizechart o SET rows = c.old, person_id = %(person_id)s, set_at = %(now)s
    FROM inventory_uploadsizechart c WHERE {_OF_STYLE_UNCHANGED} AND c.old IS NOT NULL""",
    f"DELETE FROM inventory_sizechart s USING inventory_uploadsizechart c WHERE {_OF_CATEGORY_UNCHANGED} AND c.old IS NULL",
    f"""UPDATE inventory_sizechart s SET rows = c.old, person_id = %(person_id)s, set_at = %(now)s
    FROM inventory_uploadsizechart c WHERE {_OF_CATEGORY_UNCHANGED} AND c.old IS NOT NULL""",
)


@dataclass(frozen=True, slots=True)
class StyleChart:
    """The lines of a chart as JSON."""

    style_id: int
    rows: str


def find_charts(*, style_ids: Collection[int]) -> list[StyleChart]:
    return sql.fetch(StyleChart, _CHARTS, {"style_ids": sorted(style_ids)})


def set_charts_of_upload(*, upload_id: int, brand_id: int, person_id: int | None, now: datetime) -> None:
    """Set the charts of an upload, and keep with them what they replace. Their styles exist by now."""
    parameters = {"upload_id": upload_id, "brand_id": brand_id, "person_id": person_id, "now": now}
    for statement in (_KEEP_REPLACED, _SET_OF_STYLES, _SET_OF_CATEGORIES):
        sql.execute(statement, parameters)


def put_back_charts_of_upload(*, upload_id: int, brand_id: int, person_id: int | None, now: datetime) -> None:
    """Put back what the charts of an upload replaced, where nobody has changed them since."""
    parameters = {"upload_id": upload_id, "brand_id": brand_id, "person_id": person_id, "now": now}
    for statement in _PUT_BACK:
        sql.execute(statement, parameters)
