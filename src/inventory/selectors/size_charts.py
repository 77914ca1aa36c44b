"""The size charts of a brand, and the one of each style (STOCK-16)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inventory.models import SizeChart
from inventory.size_chart_rules import Chart, chart_text
from inventory.sql.size_charts import find_charts


@dataclass(frozen=True, slots=True)
class SizeChartView:
    """A chart of a brand: of one category, or of all goods without a chart of their own (`category_id` None)."""

    category_id: int | None
    category: str
    rows: Chart
    text: str
    set_at: datetime


def list_size_charts(brand_id: int) -> list[SizeChartView]:
    rows = SizeChart.objects.filter(brand_id=brand_id).select_related("category").order_by("category__code", "id")
    return [
        SizeChartView(
            row.category_id,
            row.category.name if row.category else "",
            _chart(row.rows),
            chart_text(row.rows),
            row.set_at,
        )
        for row in rows
    ]


def charts_of_styles(style_ids: Collection[int]) -> dict[int, Chart]:
    """The chart of each style that has one: that of its category, else of the nearest category above, else of the brand. One statement."""
    return (
        {each.style_id: _chart(json.loads(each.rows)) for each in find_charts(style_ids=style_ids)} if style_ids else {}
    )


def _chart(rows: list[list[str]]) -> Chart:
    return tuple(tuple(row) for row in rows)
