"""Writes of size charts (STOCK-16)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from accounts.services.audit import record
from brands.selectors.brands import require_own_brand
from inventory.selectors.lookups import category_exists
from inventory.selectors.styles import style_of_number
from inventory.size_chart_models import SizeChart, StyleSizeChart
from inventory.size_chart_rules import Chart, ChartFault, check_size_chart, read_size_chart
from kernel.refusal import Invalid


class InvalidSizeChart(Invalid):
    code = "inventory.invalid_size_chart"
    zh = "尺码表看不懂（第 {line} 行）：第一行是列名，下面每行一个尺码，各行的列数相同，2 到 10 列、2 到 30 行"
    en = "This is no size chart (line {line}): headings first, then a line per size, all of 2 to 10 columns, 2 to 30 lines"
    line: int


class TwoSubjects(Invalid):
    code = "inventory.size_chart_of_two_subjects"
    zh = "一张尺码表只能用于一款或一个类目"
    en = "A size chart is for a style or for a category, not for both"


@transaction.atomic
def set_size_chart(
    *,
    actor: Actor,
    category_id: int | None,
    text: str = "",
    lines: Sequence[Sequence[str]] | None = None,
    now: datetime,
) -> Chart:
    """Set the size chart of the clerk's brand for a category, or for all its goods (None); an empty one removes it.

    It comes as pasted `text` or as `lines`.

    Refuses what is no chart and a category that there is not.
    """
    brand = require_own_brand(actor)
    if category_id is not None and not category_exists(category_id):
        raise InvalidSizeChart(line=0)
    chart = _read(text, lines)
    if chart:
        SizeChart.objects.bulk_create(
            [SizeChart(brand_id=brand.id, category_id=category_id, rows=chart, set_at=now, person_id=actor.person_id)],
            update_conflicts=True,
            unique_fields=["brand", "category"],
            update_fields=["rows", "set_at", "person"],
        )
    else:
        of_category = Q(category__isnull=True) if category_id is None else Q(category_id=category_id)
        SizeChart.objects.filter(of_category, brand_id=brand.id).delete()
    details = {"category": category_id, "lines": len(chart)}
    record(actor=actor, action="inventory.set_size_chart", kind="brand", subject_id=brand.id, details=details, now=now)
    return chart


@transaction.atomic
def set_style_size_chart(
    *, actor: Actor, style_no: str, text: str = "", lines: Sequence[Sequence[str]] | None = None, now: datetime
) -> Chart:
    """Set the size chart of one style of the clerk's brand, or remove it with an empty one; it wins over that of its category.

    Refuses what is no chart and a style that the brand does not have.
    """
    brand = require_own_brand(actor)
    style = style_of_number(style_no, brand_id=brand.id)
    chart = _read(text, lines)
    if chart:
        StyleSizeChart.objects.bulk_create(
            [StyleSizeChart(style_id=style.id, rows=chart, set_at=now, person_id=actor.person_id)],
            update_conflicts=True,
            unique_fields=["style"],
            update_fields=["rows", "set_at", "person"],
        )
    else:
        StyleSizeChart.objects.filter(style_id=style.id).delete()
    details = {"style_no": style.style_no, "lines": len(chart)}
    record(actor=actor, action="inventory.set_size_chart", kind="brand", subject_id=brand.id, details=details, now=now)
    return chart


def _read(text: str, lines: Sequence[Sequence[str]] | None) -> Chart:
    try:
        return read_size_chart(text) if lines is None else check_size_chart(lines)
    except ChartFault as fault:
        raise InvalidSizeChart(line=fault.args[0]) from fault
