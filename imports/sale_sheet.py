"""A workbook that says which SKUs go into a sale, with how many units of each (SALE-22)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from imports import child
from imports.cells.barcodes import parse_barcode
from imports.cells.numbers import parse_units
from imports.cells.text import Problem, cell_problem, display_text, normalize
from imports.limits import DEFAULT, MEGABYTE, Limits
from imports.report import Fault, FaultWithText, FileRefused, Outcome, Progress
from imports.workbook import open_workbook
from imports.workbook.model import Row, Sheet, column_letters, is_blank

SALE_SHEET_LIMITS: Final = replace(DEFAULT, file_bytes=20 * MEGABYTE, lines=300_000, seconds=30.0)
MAX_LINES: Final = 200_000
_MAX_LINES_ABOVE: Final = 20
HEADINGS: Final = {
    "barcode": ("条码", "条形码", "商品条码", "barcode", "ean"),
    "style_no": ("款号", "货号", "style", "style no", "style number"),
    "colour": ("颜色", "色", "colour", "color"),
    "size": ("尺码", "尺寸", "规格", "size"),
    "units": ("件数", "计划件数", "数量", "units", "quantity", "qty"),
    "limit": ("限购", "每人限购", "每人每码限购", "limit"),
}
"""The headings of each column, without regard to letter case. A barcode, or style number and size, and the units must be there."""
_NAMELESS = ("没有条码，也没有款号和尺码", "There is neither a barcode nor a style number and size", "请填条码，或填款号、颜色和尺码",
             "Give the barcode, or style number, colour and size")  # fmt: skip
_ZERO = (
    "件数须至少为 1",
    "There must be at least one unit",
    "不放入的商品请删除这一行",
    "Delete the line of goods that are not to be in the sale",
)
_LIMIT = (
    "限购“{value}”认不出",
    "The limit “{value}” cannot be read",
    "请填 1 以上的整数，不限购请留空",
    "Give a whole number from 1 on, or nothing",
)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A line: how it names its SKU, the units, and the purchase limit. `cell` holds the barcode, or else the style number."""

    sheet: str | None
    row: int
    barcode: str
    style_no: str
    colour: str
    size: str
    units: int
    limit_units: int | None
    column: str
    header: str

    @property
    def name(self) -> str:
        return self.barcode or " ".join(part for part in (self.style_no, self.colour, self.size) if part)


@dataclass(slots=True)
class SaleReading:
    """What a workbook holds; `details` fill the sentence of `reason`."""

    outcome: Outcome = "accept"
    reason: str | None = None
    details: tuple[str, ...] = ()
    lines: list[SaleLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class _LineRefused(Exception):
    def __init__(
        self, column: int, code: str, value: str, words: tuple[str, str, str, str] | None, details: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code)
        self.column, self.code, self.value, self.words, self.details = column, code, value, words, details


def read(
    data: bytes,
    filename: str,
    *,
    limits: Limits = SALE_SHEET_LIMITS,
    progress: Callable[[Progress], None] | None = None,
) -> SaleReading:
    """Read a workbook in this process. All lines are read or named with what is wrong; none is left out."""
    reading = SaleReading()
    try:
        workbook = open_workbook(data, filename, limits=limits)
        found = [_read_sheet(sheet, reading) for sheet in workbook.sheets if sheet.visibility == "visible"]
        if not any(found):
            raise FileRefused("no_header")
        if len(reading.lines) + len(reading.faults) > MAX_LINES:
            raise FileRefused("too_many_rows", str(MAX_LINES))
        if not reading.lines and not reading.faults:
            raise FileRefused("empty")
    except FileRefused as refused:
        return SaleReading(outcome="refuse", reason=refused.code, details=refused.details)
    return reading


def read_in_child(source: bytes | str | os.PathLike[str], filename: str) -> SaleReading:
    """The same in a child process with limits of memory and time."""
    try:
        return child.read_in_child("sale", SaleReading, source, filename, keywords={}, limits=SALE_SHEET_LIMITS)
    except FileRefused as refused:
        return SaleReading(outcome="refuse", reason=refused.code, details=refused.details)


def _read_sheet(sheet: Sheet, reading: SaleReading) -> bool:
    heading = _find_heading(sheet)
    if heading is None:
        return False
    at, columns = heading
    headers = [normalize(display_text(value)) for value in sheet.rows[at]]
    for row, number in zip(sheet.rows[at + 1 :], sheet.numbers[at + 1 :], strict=True):
        if all(is_blank(each) for each in row):
            continue
        try:
            reading.lines.append(_read_line(sheet.name, number, row, columns, headers))
        except _LineRefused as refused:
            reading.faults.append(_fault(sheet.name, number, headers, refused))
    return True


def _find_heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for at, row in enumerate(sheet.rows[:_MAX_LINES_ABOVE]):
        texts = [normalize(display_text(value)).casefold() for value in row]
        found = {
            name: texts.index(word) for name, words in HEADINGS.items() for word in reversed(words) if word in texts
        }
        if "units" in found and ("barcode" in found or {"style_no", "size"} <= found.keys()):
            return at, found
    return None


def _read_line(sheet: str | None, number: int, row: Row, columns: dict[str, int], headers: list[str]) -> SaleLine:
    barcode = _barcode(row, columns)
    texts = {name: _text(row, columns, name) for name in ("style_no", "colour", "size")}
    named_by = "barcode" if barcode else "style_no"
    if not barcode and not (texts["style_no"] and texts["size"]):
        raise _LineRefused(columns.get("barcode", columns.get("style_no", 0)), "sale_nameless", "", _NAMELESS)
    units = parse_units(row[columns["units"]])
    if isinstance(units, Problem):
        if units.fatal or not units.value:
            words = None if units.fatal else _ZERO
            value = display_text(row[columns["units"]])
            raise _LineRefused(columns["units"], units.code, value, words, units.details)
        units = int(units.value)
    return SaleLine(
        sheet=sheet,
        row=number,
        barcode=barcode,
        **texts,
        units=units,
        limit_units=_limit(row, columns),
        column=column_letters(columns[named_by]),
        header=headers[columns[named_by]],
    )


def _barcode(row: Row, columns: dict[str, int]) -> str:
    if "barcode" not in columns:
        return ""
    value = row[columns["barcode"]]
    found = parse_barcode(value)
    if isinstance(found, Problem):
        if found.fatal:
            raise _LineRefused(columns["barcode"], found.code, display_text(value), None, found.details)
        return str(found.value or "")
    return found or ""


def _text(row: Row, columns: dict[str, int], name: str) -> str:
    if name not in columns:
        return ""
    value = row[columns[name]]
    problem = cell_problem(value) if value is not None and not isinstance(value, float) else None
    if problem is not None and problem.fatal:
        raise _LineRefused(columns[name], problem.code, display_text(value), None, problem.details)
    return normalize(display_text(value))


def _limit(row: Row, columns: dict[str, int]) -> int | None:
    if "limit" not in columns or is_blank(row[columns["limit"]]):
        return None
    value = row[columns["limit"]]
    limit = parse_units(value)
    if isinstance(limit, Problem):
        raise _LineRefused(columns["limit"], "sale_limit", display_text(value), _LIMIT)
    return limit


def _fault(sheet: str | None, number: int, headers: list[str], refused: _LineRefused) -> Fault:
    place = {
        "sheet": sheet,
        "row": number,
        "col": column_letters(refused.column),
        "header": headers[refused.column],
        "code": refused.code,
        "value": refused.value or None,
    }
    if refused.words is None:
        return Fault(**place, details=refused.details)  # type: ignore[arg-type]
    words = tuple(each.format(value=refused.value) for each in refused.words)
    return FaultWithText(**place, words=words)  # type: ignore[arg-type]
