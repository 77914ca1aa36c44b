"""Spans such as 35-38 in the column of sizes: one size where the sheet uses them so, otherwise a fault (IMPORT-21)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from imports import fields
from imports.cells.size_spans import GOODS_IN_SPANS, Span, are_sizes, by_scale, has_within, span_of
from imports.cells.text import Problem, display_text
from imports.stock_sheet.column import Column
from imports.stock_sheet.table_lines import TableLines

_TELLING_FIELDS = ("name", "category", "remark")


@dataclass(slots=True)
class _Style:
    """The sizes of one style: spans, single numbers, and whether its name or category says that it comes in spans."""

    spans: set[Span] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    is_worn_in_spans: bool = False


def accept_spans(lines: TableLines) -> None:
    """Take the spans that are sizes as sizes, with one warning for the table."""
    column = lines.columns.get(fields.SIZE)
    if column is None:
        return
    found = _spans(column)
    if not found:
        return
    styles = _styles(lines, column, found)
    names = _names_of_styles(lines)
    sizes = _sizes_of_table(styles.values())
    accepted = [at for at, span in found.items() if span in sizes or styles[names[at]].is_worn_in_spans]
    for at in accepted:
        problem = column.values[at]
        column.values[at] = problem.value if isinstance(problem, Problem) else problem
    if accepted:
        size = str(column.values[accepted[0]])
        lines.report(accepted[0], column.place, Problem("size_span", fatal=False), value=size)


def _spans(column: Column[str]) -> dict[int, Span]:
    """By line, the spans that may be one size."""
    spans: dict[int, Span] = {}
    for at, problem in column.problems():
        span = span_of(problem.value) if problem.code == "size_range" and isinstance(problem.value, str) else None
        if span is not None:
            spans[at] = span
    return spans


def _names_of_styles(lines: TableLines) -> list[Any]:
    """The style of each line; a blank one is that of the line above."""
    names: list[Any] = []
    name: Any = None
    for value in lines.style_no.values if fields.STYLE_NO in lines.columns else [None] * len(lines.rows):
        name = value if isinstance(value, str) else name
        names.append(name)
    return names


def _styles(lines: TableLines, column: Column[str], spans: dict[int, Span]) -> dict[Any, _Style]:
    styles: dict[Any, _Style] = defaultdict(_Style)
    names = _names_of_styles(lines)
    for at, size in enumerate(column.values):
        if at in spans:
            styles[names[at]].spans.add(spans[at])
        elif isinstance(size, str) and size.isdigit():
            styles[names[at]].numbers.add(int(size))
    telling = [place for name in _TELLING_FIELDS if (place := lines.place(name)) is not None]
    for at in spans:
        texts = (display_text(lines.rows[at][place]) for place in telling)
        if any(GOODS_IN_SPANS.search(text) for text in texts):
            styles[names[at]].is_worn_in_spans = True
    return styles


def _sizes_of_table(styles: Any) -> set[Span]:
    """The spans that share out a scale, among the sizes of one style or among those of all."""
    together = [style for style in styles if style.spans]
    numbers = {number for style in styles if not style.is_worn_in_spans for number in style.numbers}
    pools = [(scale, True) for style in together for scale in by_scale(style.spans)]
    pools += [(scale, False) for scale in by_scale(span for style in together for span in style.spans)]
    return {
        span
        for spans, of_one_style in pools
        if are_sizes(spans, of_one_style=of_one_style) and not any(has_within(span, numbers) for span in spans)
        for span in spans
    }
