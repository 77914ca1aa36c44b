"""The reconciliation list 对账表 of a brand: what it shipped, line by line, and what it believes that it is owed (SETTLE-13)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, Final

from imports import child
from imports.bank_statement.cells import text_of
from imports.cells.numbers import PLAIN
from imports.cells.text import BLANK_WORDS, MISSING, Problem, cell_problem
from imports.goods_text import split_colour_and_size
from imports.layout.lines import total_kind
from imports.layout.table import Answers
from imports.limits import DEFAULT, Limits
from imports.reconciliation_words import CONTEXT, LOOKUP, OTHER_SHEETS
from imports.record_sheet.classify import classify_records
from imports.record_sheet.kind import SheetKind
from imports.record_sheet.lines import RecordLines, record_lines, report_hidden_parts, report_wide_lines
from imports.record_sheet.reader import RecordBuilder, read_records
from imports.record_sheet.reading import RecordReading
from imports.record_sheet.table import RecordTable
from imports.report import FileRefused, Progress
from imports.stock_sheet.column import ParsedOnce
from imports.tracking_cells import parse_goods, parse_reference
from imports.workbook.model import Value, column_letters, is_blank

COUNTS: Final = ("units", "refunded_units")
AMOUNTS: Final = ("sold", "refunded", "commission", "payable")
FIGURES: Final = (*COUNTS, *AMOUNTS)
_REQUIRED: Final = ("units", "sold", "commission", "payable")
"""A blank cell of these is a fault. A blank refund is none."""
_SIGNED_BY_COLUMN: Final = ("refunded_units", "refunded", "commission")
"""Where no line of a column is above zero, its amounts are written as what is taken off."""
_KEYS: Final = ("order_no", "line_no", "tracking_no")
_GOODS: Final = ("style_no", "colour", "size", "barcode")
_MAX_FIGURE: Final = 10**13


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a list. `figures` has one entry per name in FIGURES: counts, and amounts in fen; None where the list does not say it.

    `cells` are the letters of the columns of its table by field; the lines of a table share them. Lines of a sheet with the same `joined`
    have a merged cell of figures, which is about all of them.
    """

    sheet: str | None
    row: int
    order_no: str
    line_no: str
    tracking_no: str
    style_no: str
    colour: str
    size: str
    barcode: str
    figures: tuple[int | None, ...]
    cells: dict[str, str]
    joined: int | None = None


@dataclass(slots=True)
class ListReading(RecordReading):
    """`rows` are the lines of the list. `unread` are lines with a fault that say what they are about: they are not compared."""

    rows: list[ListLine] = field(default_factory=list)
    unread: list[ListLine] = field(default_factory=list)


def parse_amount(value: Value) -> int | Problem | None:
    """Yuan → fen with its sign; None for a blank cell. Parts of a fen, as formulas give them, are rounded half up."""
    number = _number(value)
    if not isinstance(number, Decimal):
        return number
    fen = (number * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return int(fen) if abs(fen) < _MAX_FIGURE else Problem("bad_number")


def parse_count(value: Value) -> int | Problem | None:
    """A count of units with its sign; None for a blank cell."""
    number = _number(value, units="件双条套个只")
    if not isinstance(number, Decimal):
        return number
    if number != number.to_integral_value():
        return Problem("fractional_quantity")
    return int(number) if abs(number) < _MAX_FIGURE else Problem("bad_number")


def _number(value: Value, *, units: str = "") -> Decimal | Problem | None:
    if value is None:
        return None
    found = cell_problem(value)
    if found is not None:
        return found
    if isinstance(value, float):
        return Decimal(str(round(value, 6))) if abs(value) < _MAX_FIGURE else Problem("bad_number")
    if not isinstance(value, str):
        return Problem("bad_number")
    text = text_of(value).upper()
    if not text or BLANK_WORDS.match(text):
        return None
    for word in ("¥", "元", "CNY", "RMB", "人民币", " ", ",", *units):
        text = text.replace(word, "")
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    return Decimal(text) if PLAIN.match(text) else Problem("bad_number")


def _comparable(text: str) -> object:
    amount = parse_amount(text)
    return text if isinstance(amount, Problem) else amount


KIND: Final = SheetKind(
    lookup=LOOKUP,
    required=(("order_no", "line_no", "tracking_no"), ("payable", "units", "refunded", "commission", "sold", "refunded_units")),
    asked=frozenset({*_KEYS, *FIGURES}),
    context=CONTEXT,
    skipped=OTHER_SHEETS,
    canonical=dict.fromkeys(AMOUNTS, _comparable),
)  # fmt: skip


def read(
    data: bytes,
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> ListReading:
    """Read a list in this process."""
    reading = ListReading()
    try:
        read_records(
            data, filename, KIND, partial(_read_table, reading=reading), reading,
            answers=answers, limits=limits, progress=progress,
        )  # fmt: skip
    except FileRefused as refused:
        return ListReading(outcome="refuse", reason=refused.code, details=refused.details)
    return reading


def read_in_child(
    source: bytes | str | os.PathLike[str],
    filename: str,
    *,
    answers: Answers | None = None,
    limits: Limits = DEFAULT,
    progress: Callable[[Progress], None] | None = None,
) -> ListReading:
    """The same in a child process with limits of memory and time."""
    try:
        return child.read_in_child(
            "reconciliation",
            ListReading,
            source,
            filename,
            keywords={"answers": answers},
            limits=limits,
            progress=progress,
        )
    except FileRefused as refused:
        return ListReading(outcome="refuse", reason=refused.code, details=refused.details)


def _read_table(table: RecordTable, builder: RecordBuilder, *, reading: ListReading) -> None:
    """Parse, classify, check, report, add: the same steps as for a tracking sheet."""
    lines = record_lines(table, builder)
    classify_records(lines, (*_KEYS, *_GOODS, "goods_text", *FIGURES))
    for name in _KEYS:
        lines.parse(name, parse_reference)
    for name in _GOODS:
        lines.parse(name, parse_goods)
    for name in FIGURES:
        lines.parse(name, parse_count if name in COUNTS else parse_amount)
    _ignore_totals(lines)
    report_wide_lines(lines)
    lines.report_problems(*_KEYS, *_GOODS, *FIGURES)
    joined = _joined_lines(lines)
    _report_missing(lines, joined)
    report_hidden_parts(lines)
    _turn_signs(lines)
    _add_rows(lines, joined, builder, reading)


def _ignore_totals(lines: RecordLines) -> None:
    """Set aside lines of sums: those that say so, and one that names nothing and has the sums of the lines above it."""
    names = [name for name in FIGURES if lines.has(name)]
    sums = dict.fromkeys(names, 0)
    for at, row in enumerate(lines.rows):
        if not lines.is_record[at]:
            continue
        named = [name for name in (*_KEYS, *_GOODS) if lines.parsed[name][at]]
        if total_kind(row) is not None and len(named) <= 1:
            lines.ignore(at, "total")
            continue
        figures = {name: value for name in names if isinstance(value := lines.parsed[name][at], int)}
        if not named and any(figures.values()) and all(sums[name] == value for name, value in figures.items()):
            lines.ignore(at, "total")
            continue
        for name, value in figures.items():
            sums[name] += value


def _joined_lines(lines: RecordLines) -> list[int | None]:
    """For each line the first line of a merged cell of figures that it is in."""
    joined: list[int | None] = [None] * len(lines.rows)
    table = lines.table
    places = {place for name in FIGURES if (place := table.columns.get(name)) is not None}
    index_of = {number: at for at, number in enumerate(lines.numbers)}
    for top, left, bottom, _ in table.sheet.merges:
        if left in places and bottom > top:
            for number in range(top, bottom + 1):
                if (at := index_of.get(number)) is not None:
                    joined[at] = min(top, joined[at] or top)
    return joined


def _report_missing(lines: RecordLines, joined: list[int | None]) -> None:
    """A line says what it is about, and each figure that the table has a column for."""
    required = [name for name in _REQUIRED if lines.has(name)]
    key = next((name for name in ("line_no", *_KEYS) if lines.has(name)), "order_no")
    for at in lines.records():
        if not any(lines.parsed[name][at] for name in _KEYS):
            lines.report(at, key, MISSING)
            continue
        for name in required:
            if lines.parsed[name][at] is None and joined[at] is None:
                lines.report(at, name, MISSING)


def _turn_signs(lines: RecordLines) -> None:
    for name in _SIGNED_BY_COLUMN:
        values = lines.parsed[name]
        if any(values) and all(value <= 0 for value in values if value is not None):
            lines.parsed[name] = [None if value is None else -value for value in values]


def _add_rows(lines: RecordLines, joined: list[int | None], builder: RecordBuilder, reading: ListReading) -> None:
    sheet = lines.table.sheet.name
    cells = {
        name: column_letters(place)
        for name in (*_KEYS, *_GOODS, *FIGURES)
        if (place := lines.place(name)) is not None
    }  # fmt: skip
    has_units, refunds = lines.has("units"), [name for name in ("refunded_units", "refunded") if lines.has(name)]
    texts = list(zip(*([part or "" for part in lines.parsed[name]] for name in (*_KEYS, *_GOODS)), strict=True))
    figures = list(zip(*(lines.parsed[name] for name in FIGURES), strict=True))
    split = ParsedOnce(split_colour_and_size)
    goods_texts: list[Value] = lines.cells("goods_text") if lines.has("goods_text") else [None] * len(lines.rows)
    used = builder.used.setdefault(sheet, set())
    for at, is_record in enumerate(lines.is_record):
        if not is_record:
            continue
        order_no, line_no, tracking_no, style_no, colour, size, barcode = texts[at]
        if not is_blank(goods_texts[at]):
            both = split[goods_texts[at]]
            colour, size = colour or both[0] or "", size or both[1] or ""
        said = dict(zip(FIGURES, figures[at], strict=True))
        for name in refunds:
            said[name] = said[name] or 0
        if has_units and (said["units"] or 0) < 0:
            _turn_return(said)
        line = ListLine(
            sheet, lines.numbers[at], order_no, line_no, tracking_no, style_no, colour, size, barcode,
            tuple(said[name] for name in FIGURES), cells, joined[at],
        )  # fmt: skip
        if lines.is_rejected[at]:
            if order_no or line_no or tracking_no:
                reading.unread.append(line)
            continue
        reading.rows.append(line)
        used.add(lines.numbers[at])


def _turn_return(said: dict[str, Any]) -> None:
    """A line of units below zero is a return: what it takes off was sold on another line."""
    said["refunded_units"] = said["refunded_units"] or -said["units"]
    said["units"] = 0
    if (said["sold"] or 0) < 0:
        said["refunded"] = said["refunded"] or -said["sold"]
        said["sold"] = 0
