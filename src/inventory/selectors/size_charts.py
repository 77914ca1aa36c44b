"""The size charts of a brand, and the one of each style (STOCK-16)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inventory.size_chart_models import SizeChart, StyleSizeChart
from inventory.size_chart_rules import Chart, chart_text
from inventory.sql.size_charts import find_charts
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class SizeChartView:
    """A chart of a brand: of a style (`style_no`), of a category, or of all goods without one of their own (neither).

    `text` can be pasted again.
    """

    style_no: str
    category_id: int | None
    category: str
    rows: Chart
    text: str
    set_at: datetime


def list_size_charts(brand_id: int) -> list[SizeChartView]:
    """The charts of categories and of all goods."""
    rows = SizeChart.objects.filter(brand_id=brand_id).select_related("category").order_by("category__code", "id")
    return [
        SizeChartView(
            "",
            row.category_id,
            row.category.name if row.category else "",
            _chart(row.rows),
            chart_text(row.rows),
            row.set_at,
        )
        for row in rows
    ]


def list_style_size_charts(brand_id: int, *, cursor: str = "", limit: int = 50) -> Page[SizeChartView]:
    """The charts of single styles."""
    return paginate(
        StyleSizeChart.objects.filter(style__brand_id=brand_id).select_related("style"),
        name="inventory.style_size_charts",
        order=("-style_id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: SizeChartView(
            row.style.style_no, None, "", _chart(row.rows), chart_text(row.rows), row.set_at
        ),
    )


def charts_of_styles(style_ids: Collection[int]) -> dict[int, Chart]:
    """The chart of each style that has one: its own, else that of the nearest category, else of the brand. One statement."""
    return (
        {each.style_id: _chart(json.loads(each.rows)) for each in find_charts(style_ids=style_ids)} if style_ids else {}
    )


def _chart(rows: list[list[str]]) -> Chart:
    return tuple(tuple(row) for row in rows)
