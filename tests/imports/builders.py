"""Workbooks made by code: the goods of an imaginary brand in every shape that brands use."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from imports.cells.barcodes import check_digit

HEADER = ("款号", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存")
STYLE, COLOUR, SIZE, BARCODE, TAG, BASE, QUANTITY = range(7)
Cell = Any
Line = list[Cell]


def ean(number: int) -> str:
    """A valid EAN-13 of the Chinese range."""
    body = f"69{number:010d}"
    return body + check_digit(body)


def goods(count: int = 8, *, start: int = 1, prefix: str = "ST24A") -> list[Line]:
    """Clean lines: styles of two colours and two sizes each, text barcodes, prices in whole and broken yuan."""
    lines: list[Line] = []
    for at in range(start - 1, start - 1 + count):
        style, rest = divmod(at, 4)
        colour, size = divmod(rest, 2)
        lines.append(
            [
                f"{prefix}{10000 + style * 37}",
                ("墨绿", "酒红")[colour],
                ("M", "L")[size],
                ean(1000 + at),
                599.0 + 100 * style,
                round((599 + 100 * style) * 0.25, 2),
                float(3 + at),
            ]
        )
    return lines


def with_cell(lines: Sequence[Line], line: int, column: int, value: Cell) -> list[Line]:
    """The lines with one cell changed."""
    changed = [list(one) for one in lines]
    changed[line][column] = value
    return changed


class Formula:
    """A formula and its stored result; None stores none, as programs that do not calculate leave it."""

    def __init__(self, text: str, value: Cell = None) -> None:
        self.text = text
        self.value = value


class Styled:
    """A value under a number format."""

    def __init__(self, value: Cell, number_format: str) -> None:
        self.value = value
        self.number_format = number_format


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[Cell]]] | Sequence[Sequence[Cell]],
    *,
    merges: Sequence[str] = (),
    hidden_rows: Sequence[int] = (),
    hidden_columns: Sequence[int] = (),
    hidden_sheets: Sequence[str] = (),
    date_1904: bool = False,
) -> bytes:
    """A workbook as xlsxwriter writes it. `merges` (A1:B2) apply to the first sheet; rows are 1-based."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "date_1904": date_1904}
    book = xlsxwriter.Workbook(out, options)
    if not isinstance(sheets, Mapping):
        sheets = {"库存": sheets}
    visible = 0
    for at, (name, lines) in enumerate(sheets.items()):
        sheet = book.add_worksheet(name)
        for number, line in enumerate(lines):
            for column, value in enumerate(line):
                _write(book, sheet, number, column, value)
        if at == 0:
            for merge in merges:
                first = merge.split(":")[0]
                row, column = _place(first)
                sheet.merge_range(merge, "")
                value = lines[row][column]
                _write(book, sheet, row, column, value)
        for number in hidden_rows:
            sheet.set_row(number - 1, None, None, {"hidden": True})
        for column in hidden_columns:
            sheet.set_column(column, column, None, None, {"hidden": True})
        if name in hidden_sheets:
            sheet.hide()
        elif not visible:
            visible = 1
            sheet.activate()
            sheet.set_first_sheet()
    book.close()
    return out.getvalue()


def _place(ref: str) -> tuple[int, int]:
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]) - 1, column - 1


def _write(book: Any, sheet: Any, row: int, column: int, value: Cell) -> None:
    if value is None:
        return
    if isinstance(value, Formula):
        if value.value is None:
            sheet.write_formula(row, column, value.text, None, "NO-VALUE-HERE")
        else:
            sheet.write_formula(row, column, value.text, None, value.value)
    elif isinstance(value, Styled):
        sheet.write(row, column, value.value, book.add_format({"num_format": value.number_format}))
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, column, value, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, book.add_format({"num_format": "m月d日"}))
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)


def uncomputed(data: bytes) -> bytes:
    """The workbook with the results of its Formula(None) cells taken away."""
    return rewrite(
        data,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b' t="str"', b"").replace(b"<v>NO-VALUE-HERE</v>", b""),
    )


def rewrite(data: bytes, part: str, change: Any) -> bytes:
    """The package with one part changed (or, with `change` bytes, replaced or added)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = source.namelist()
        for name in names:
            content = source.read(name)
            if name == part:
                content = change if isinstance(change, bytes) else change(content)
            target.writestr(name, content)
        if part not in names:
            assert isinstance(change, bytes)
            target.writestr(part, change)
    return out.getvalue()


def csv(lines: Sequence[Sequence[Cell]], encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    """Lines as a spreadsheet program saves them."""

    def text(value: Cell) -> str:
        if value is None:
            return ""
        if isinstance(value, float) and value == int(value):
            return str(int(value))
        plain = str(value)
        return f'"{plain}"' if delimiter in plain or "\n" in plain else plain

    return "\r\n".join(delimiter.join(text(value) for value in line) for line in lines).encode(
        encoding
    ) + "\r\n".encode("utf-16-le" if encoding == "utf-16" else encoding.removesuffix("-sig"))


def html(lines: Sequence[Sequence[Cell]], encoding: str = "utf-8") -> bytes:
    """The page that an ERP system names .xls."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{'' if value is None else value}</td>" for value in line) + "</tr>" for line in lines
    )
    page = (
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{encoding}">'
        f"<style>td{{mso-number-format:'\\@'}}</style></head><body><table border=1>{rows}</table></body></html>"
    )
    return page.encode(encoding)


def spreadsheetml(lines: Sequence[Sequence[Cell]]) -> bytes:
    """SpreadsheetML 2003."""
    rows = []
    for line in lines:
        cells = []
        for value in line:
            if value is None:
                cells.append("<Cell/>")
                continue
            kind = "Number" if isinstance(value, (int, float)) else "String"
            cells.append(f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>')
        rows.append(f"<Row>{''.join(cells)}</Row>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="库存"><Table>{"".join(rows)}</Table></Worksheet></Workbook>'
    ).encode()


def ods(lines: Sequence[Sequence[Cell]], *, hidden_rows: Sequence[int] = (), tail_rows: int = 0) -> bytes:
    """OpenDocument, with the repeated empty rows that LibreOffice writes at the end."""
    rows = []
    for number, line in enumerate(lines, 1):
        cells = []
        for value in line:
            if value is None:
                cells.append("<table:table-cell/>")
            elif isinstance(value, (int, float)):
                cells.append(
                    f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value:g}</text:p></table:table-cell>'
                )
            else:
                cells.append(
                    f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
                )
        hidden = ' table:visibility="collapse"' if number in hidden_rows else ""
        rows.append(f"<table:table-row{hidden}>{''.join(cells)}</table:table-row>")
    if tail_rows:
        rows.append(
            f'<table:table-row table:number-rows-repeated="{tail_rows}">'
            '<table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
        )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="库存">{"".join(rows)}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("content.xml", content)
        target.writestr("META-INF/manifest.xml", "<manifest/>")
    return out.getvalue()


def png(seed: int) -> bytes:
    """A tiny valid picture; different seeds give different bytes."""
    signature = b"\x89PNG\r\n\x1a\n"

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    pixels = b"".join(b"\x00" + bytes([(seed * 7 + at) % 256, seed % 256, 90]) * 4 for at in range(4))
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
