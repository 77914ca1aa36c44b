# ruff: noqa: S608 - a statement is composed of constants; every value is a parameter
"""The statement that counts the styles on show by brand, category and size."""

from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.rules.finder import LEFT
from flashsales.sql.openings import not_open_sql
from membership.rules.tiers import Tier


@dataclass(frozen=True, slots=True)
class FacetCount:
    """So many styles with units left are of a brand, of a category, or have units of a size; the other two are None."""

    brand_id: int | None
    category_id: int | None
    size: str | None
    styles: int


def count_facets(*, at: datetime) -> list[FacetCount]:
    """The styles of sales that are live for all tiers and have units left, by each of their brands, categories and sizes with units."""
    return sql.fetch(
        FacetCount,
        f"""
        WITH on_show AS MATERIALIZED (
            SELECT brand_id, category_id, facets FROM flashsales_stylesearch
            WHERE starts_at <= %(at)s AND ends_at > %(at)s AND units > 0 AND sale_id <> ALL({not_open_sql(str(int(Tier.TRIAL)))})
        )
        SELECT brand_id, category_id, NULL AS size, count(*)::int AS styles FROM on_show
        GROUP BY GROUPING SETS ((brand_id), (category_id)) HAVING coalesce(brand_id, category_id) IS NOT NULL
        UNION ALL
        SELECT NULL, NULL, substr(facet, length(%(left)s) + 1), count(*)::int FROM on_show CROSS JOIN unnest(facets) AS facet
        WHERE starts_with(facet, %(left)s) GROUP BY facet
        """,
        {"at": at, "left": LEFT},
    )
