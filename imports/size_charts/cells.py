"""Cells of size charts: sizes and measurements."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from imports.cells.sizes import parse_size
from imports.cells.text import BLANK_WORDS, DATE_TEXT, Problem, cell_problem, display_text, normalize, number_text
from imports.size_charts.chart import MAX_CELL
from imports.workbook.model import Value, is_blank

MAX_MEASURE: Final = 400
"""Of centimetres, inches or jin; of millimetres ten times as much."""
_NUMBER = re.compile(r"(\d+(?:\.\d*)?)\s*([^\d\s.]*)")
_RANGE = re.compile(
    r"(\d+(?:\.\d+)?)\s*[^\d\s.~-]*\s*(?:[~\-—–至到]|to)\s*(\d+(?:\.\d+)?)\s*([^\d\s.]*)", re.IGNORECASE
)


def parse_measure(value: Value, heading: str) -> str | Problem:
    """A measurement as text: 88, 88.5, 88-92, 88cm, 可调节; "" for an empty cell or a dash."""
    if is_blank(value):
        return ""
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, (dt.date, dt.time)):
        return Problem("measure_became_date")
    limit = MAX_MEASURE * 10 if "mm" in heading.lower() else MAX_MEASURE
    if isinstance(value, float):
        text = number_text(round(value, 2))
        return text if 0 < value <= limit else Problem("bad_measure", str(limit))
    text = normalize(display_text(value))
    if BLANK_WORDS.match(text):
        return ""
    if DATE_TEXT.fullmatch(text):
        return Problem("measure_became_date")
    if span := _RANGE.fullmatch(text):
        low, high, unit = span.groups()
        if not 0 < float(low) <= float(high) <= limit:
            return Problem("bad_measure", str(limit))
        text = f"{low}-{high}{unit}"
    elif (number := _NUMBER.fullmatch(text)) and not 0 < float(number[1]) <= (limit if not number[2] else limit * 10):
        return Problem("bad_measure", str(limit))
    return short_text(text)


def parse_chart_size(value: Value) -> str | Problem:
    """A size as written. A chart may name a span of sizes (S-M) or a size of its own words."""
    parsed = parse_size(value)
    if isinstance(parsed, Problem):
        if parsed.code not in ("size_range", "unknown_size", "bad_size") or isinstance(value, float):
            return parsed
        return short_text(normalize(display_text(value)))
    return short_text(parsed)


def short_text(text: str) -> str | Problem:
    """A text that fits a cell of a chart."""
    return text if len(text) <= MAX_CELL else Problem("chart_text_too_long", str(MAX_CELL))
