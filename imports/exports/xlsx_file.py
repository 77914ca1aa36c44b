"""A list as .xlsx, sent while it is read: one pass, one row in memory.

XlsxWriter makes the empty workbook: styles, widths, frozen heading, filter. Its sheet is sent up to the first row of goods; then come the
rows, written here; then the rest. XlsxWriter itself can only give a workbook when its last row is known (docs/decisions/0141).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from imports.cells.numbers import price_text
from imports.exports.columns import Cell, Column, Kind
from imports.exports.safe_text import bare_digits, safe_text
from imports.workbook.model import column_letters

MAX_ROWS = 1_048_576
"""Of one sheet, its heading included; a longer list goes on on the next sheet."""
_ROWS_IN_A_PIECE = 200
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_WIDTHS = {Kind.TEXT: 16, Kind.CODE: 18, Kind.DIGITS: 18, Kind.INTEGER: 9, Kind.MONEY: 12, Kind.TIME: 19, Kind.LINK: 40}
_FORMATS = {
    Kind.TEXT: "@", Kind.CODE: "@", Kind.DIGITS: "@", Kind.LINK: "@", Kind.INTEGER: "0", Kind.MONEY: "0.00",
    Kind.TIME: "yyyy-mm-dd hh:mm:ss",
}  # fmt: skip
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_FIRST_ROW = re.compile(r'<row r="2".*?</row>', re.DOTALL)
_STYLE = re.compile(r'<c r="([A-Z]+)2" s="(\d+)"')


def stream_xlsx(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], zone: tzinfo, *, max_rows: int = MAX_ROWS
) -> Iterator[bytes]:
    """The workbook in pieces. Each row has a cell for each column; at least one column."""
    parts = _empty_workbook(title, columns)
    sheets = {name: text for name, text in parts.items() if _SHEET.fullmatch(name)}
    sink = _Sink()
    iterator = iter(rows)
    sent = 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        [(name, text)] = sheets.items()
        head, styles, tail = _split(text, columns)
        while True:
            sent += 1
            with package.open(_sheet_name(sent), "w", force_zip64=True) as target:
                target.write(head.encode())
                for piece in _sheet_rows(columns, styles, islice(iterator, max_rows - 1), zone):
                    target.write(piece)
                    yield sink.taken()
                target.write(tail.encode())
            following = next(iterator, None)
            if following is None:
                break
            iterator = _chained(following, iterator)
        for part, data in _other_parts(parts, name, sent):
            package.writestr(part, data)
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """What a zip file is written to when nobody can go back in it; `taken` gives what came since the last call."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data, self._pieces = b"".join(self._pieces), []
        return data


def _chained(first: Sequence[Cell], rest: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield first
    yield from rest


def _empty_workbook(title: str, columns: Sequence[Column]) -> dict[str, str]:
    """The parts of a workbook with the heading and one line of empty cells in the format of each column."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_title(title))
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True, "num_format": "@", "text_wrap": True, "valign": "top"})
    for at, column in enumerate(columns):
        shown = book.add_format({"num_format": _FORMATS[column.kind]})
        sheet.set_column(at, at, column.width or _WIDTHS[column.kind], shown)
        sheet.write_string(0, at, safe_text(column.heading), bold)
        sheet.write_blank(1, at, None, shown)
    book.close()
    with zipfile.ZipFile(data) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def _title(title: str) -> str:
    return "".join(" " if char in "[]:*?/\\'" else char for char in title)[:28].strip() or "Sheet"


def _split(text: str, columns: Sequence[Column]) -> tuple[str, list[int], str]:
    """The sheet up to its second row, the style of each column, and the sheet from there on."""
    row = _FIRST_ROW.search(text)
    if row is None:
        raise ValueError("the empty workbook has no second row")
    styles = {letters: int(style) for letters, style in _STYLE.findall(row.group())}
    head = re.sub(r'<dimension ref="[^"]*"/>', "", text[: row.start()])
    return head, [styles[column_letters(at)] for at in range(len(columns))], text[row.end() :]


def _sheet_name(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _other_parts(parts: dict[str, str], sheet: str, sheets: int) -> Iterator[tuple[str, str]]:
    """All parts but the sheet. Where a list needed several sheets, they are named in the parts that name the first."""
    for name, text in parts.items():
        if name != sheet:
            yield name, text if sheets == 1 else _with_more_sheets(name, text, sheets)


def _with_more_sheets(name: str, text: str, sheets: int) -> str:
    more = range(2, sheets + 1)
    if name == "[Content_Types].xml":
        override = re.search(r'<Override PartName="/xl/worksheets/sheet1.xml"[^>]*/>', text)
        return _after(text, override, lambda at, found: found.replace("sheet1.xml", f"sheet{at}.xml"), more)
    if name == "xl/_rels/workbook.xml.rels":
        relation = re.search(r'<Relationship Id="[^"]*" Type="[^"]*/worksheet"[^>]*/>', text)
        return _after(
            text,
            relation,
            lambda at, found: re.sub(r'Id="[^"]*"', f'Id="rIdSheet{at}"', found).replace(
                "sheet1.xml", f"sheet{at}.xml"
            ),
            more,
        )
    if name == "xl/workbook.xml":
        entry = re.search(r'<sheet name="([^"]*)" sheetId="1" r:id="[^"]*"/>', text)
        title = entry.group(1) if entry else ""
        return _after(
            text, entry, lambda at, _: f'<sheet name="{title[:28]} {at}" sheetId="{at}" r:id="rIdSheet{at}"/>', more
        )
    return text


def _after(text: str, found: re.Match[str] | None, one_more: Callable[[int, str], str], more: Iterable[int]) -> str:
    if found is None:
        raise ValueError("the empty workbook does not name its sheet as expected")
    added = "".join(one_more(at, found.group()) for at in more)
    return text[: found.end()] + added + text[found.end() :]


def _sheet_rows(
    columns: Sequence[Column], styles: Sequence[int], rows: Iterable[Sequence[Cell]], zone: tzinfo
) -> Iterator[bytes]:
    writers = [
        partial(_WRITERS[column.kind], f"{column_letters(at)}", str(style), zone)
        for at, (column, style) in enumerate(zip(columns, styles, strict=True))
    ]
    lines: list[str] = []
    for number, row in enumerate(rows, 2):
        place = str(number)
        cells = [
            write(place, cell) for write, cell in zip(writers, row, strict=True) if cell is not None and cell != ""
        ]
        lines.append(f'<row r="{place}">{"".join(cells)}</row>')
        if len(lines) == _ROWS_IN_A_PIECE:
            yield "".join(lines).encode("utf-8", "replace")
            lines = []
    yield "".join(lines).encode("utf-8", "replace")


def _text(letters: str, style: str, zone: tzinfo, place: str, cell: str) -> str:
    text = escape(safe_text(cell))
    kept = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    return f'<c r="{letters}{place}" s="{style}" t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def _digits(letters: str, style: str, zone: tzinfo, place: str, cell: str) -> str:
    return f'<c r="{letters}{place}" s="{style}" t="inlineStr"><is><t>{bare_digits(cell)}</t></is></c>'


def _integer(letters: str, style: str, zone: tzinfo, place: str, cell: int) -> str:
    return f'<c r="{letters}{place}" s="{style}"><v>{cell:d}</v></c>'


def _money(letters: str, style: str, zone: tzinfo, place: str, cell: int) -> str:
    return f'<c r="{letters}{place}" s="{style}"><v>{price_text(cell)}</v></c>'


def _time(letters: str, style: str, zone: tzinfo, place: str, cell: datetime) -> str:
    """The local time as the number of days since the epoch of spreadsheet programs, which know no zones."""
    local = cell.astimezone(zone).replace(tzinfo=UTC, microsecond=0)
    passed = local - _EPOCH
    return f'<c r="{letters}{place}" s="{style}"><v>{passed.days + passed.seconds / 86_400:.10f}</v></c>'


_WRITERS: dict[Kind, Callable[..., str]] = {
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.DIGITS: _digits,
    Kind.LINK: _text,
    Kind.INTEGER: _integer,
    Kind.MONEY: _money,
    Kind.TIME: _time,
}
