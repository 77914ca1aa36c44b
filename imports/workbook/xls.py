"""Excel 97–2003 (.xls) by xlrd, with hidden rows, formats and merged cells; by calamine where xlrd fails."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import python_calamine
import xlrd

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats, xls_drawings
from imports.workbook.floating import Album
from imports.workbook.merges import drop_overlapping_merges
from imports.workbook.model import Row, Sheet, Value, Workbook
from imports.workbook.plain import read_plainly
from imports.workbook.xls_drawings import Record

_VISIBILITY = {0: "visible", 1: "hidden", 2: "very_hidden"}
_BOUND_SHEET, _FORMULA, _BEGIN, _END = 0x0085, 0x0006, 0x0809, 0x000A
_CALCULATE_ON_LOAD = 0x02
_ZERO = bytes(8)
_TWIPS_PER_POINT = 20


def read(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """The workbook of an OLE file or a bare BIFF stream. Refuses `encrypted`, `corrupt`, `unsupported_format`."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        names = ole_names(data)
        if "encryptedpackage" in names or "encryptioninfo" in names:
            raise FileRefused("encrypted")
        if not names & {"workbook", "book"}:
            kind = "doc" if "worddocument" in names else "ppt" if "powerpoint document" in names else "ole"
            raise FileRefused("unsupported_format", kind) if names else FileRefused("corrupt")
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO(), on_demand=True)
        sources = [book.sheet_by_index(at) for at in range(book.nsheets)]
        stream = bytes(book.mem[book.base : book.base + book.stream_len])
    except xlrd.XLRDError as error:
        if "ncrypt" in str(error) or "assword" in str(error):
            raise FileRefused("encrypted") from error
        return _read_by_calamine(data, limits, on_progress, error)
    except Exception as error:  # noqa: BLE001 - xlrd raises whatever a damaged record makes it stumble over
        return _read_by_calamine(data, limits, on_progress, error)
    sheets = [_sheet(book, source, limits, on_progress) for source in sources]
    drop_overlapping_merges(sheets, limits)
    album = Album(limits.picture_bytes, limits.pictures_bytes)
    _add_results_and_pictures(stream, sheets, album)
    return Workbook(kind="xls", sheets=sheets, notes=album.notes(), pictures=album.pictures)


def _add_results_and_pictures(stream: bytes, sheets: list[Sheet], album: Album) -> None:
    """Add what xlrd does not read: how the results of formulas were stored, and pictures."""
    globals_ = list(_records(stream, 0))
    pictures = xls_drawings.store(globals_, album)
    starts = [
        struct.unpack_from("<I", each)[0] for kind, each in globals_ if kind == _BOUND_SHEET and each[5:6] == b"\0"
    ]
    for sheet, start in zip(sheets, starts, strict=False):
        records = list(_records(stream, start))
        _drop_uncalculated_zeroes(sheet, records)
        sheet.clear_uncalculated_zeroes()
        if pictures:
            xls_drawings.place(sheet, records, pictures)


def _drop_uncalculated_zeroes(sheet: Sheet, records: list[Record]) -> None:
    """Programs in Java that do not calculate store a zero with the flag to calculate on load."""
    for kind, content in records:
        if kind != _FORMULA or len(content) < 16:
            continue
        row, column, _, result, flags = struct.unpack_from("<HHH8sH", content)
        if result == _ZERO and flags & _CALCULATE_ON_LOAD:
            sheet.zeroes.add((row + 1, column))
        else:
            sheet.calculated = True


def _records(stream: bytes, at: int) -> Iterator[Record]:
    """The records of a substream, up to its end; charts within it are passed over."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > len(stream):
            return
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, stream[at : at + size]
        at += size


def _read_by_calamine(
    data: bytes, limits: Limits, on_progress: Callable[[int], None], error: BaseException
) -> Workbook:
    try:
        return read_plainly(data, "xls", limits, on_progress)
    except python_calamine.PasswordError:
        raise FileRefused("encrypted") from error
    except FileRefused:
        raise
    except Exception:  # noqa: BLE001 - and so does calamine
        raise FileRefused("corrupt") from error


def _sheet(book: Any, source: Any, limits: Limits, on_progress: Callable[[int], None]) -> Sheet:  # noqa: C901
    sheet = Sheet(name=source.name, visibility=_VISIBILITY.get(source.visibility, "visible"))
    sheet.width = source.ncols
    sheet.merges = [(top + 1, left, bottom, right - 1) for top, bottom, left, right in source.merged_cells]
    for number, info in source.rowinfo_map.items():
        if info.hidden:
            sheet.hidden_rows.add(number + 1)
        if info.has_default_height == 0 and info.height:
            sheet.heights[number + 1] = info.height / _TWIPS_PER_POINT
    for column, info in source.colinfo_map.items():
        if info.hidden:
            sheet.hidden_columns.add(column)
    if source.nrows > limits.lines or source.nrows * max(1, source.ncols) > limits.cells:
        raise FileRefused("too_many_rows", str(limits.lines))
    codes = {key: form.format_str for key, form in book.format_map.items()}
    styles = [codes.get(style.format_key, "General") for style in book.xf_list]
    for number in range(source.nrows):
        types, values = source.row_types(number), source.row_values(number)
        row: Row = [None] * sheet.width
        filled = False
        for column, kind in enumerate(types):
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                continue
            value = values[column]
            value_shown: Value
            if kind == xlrd.XL_CELL_TEXT:
                value_shown = value or None
            elif kind == xlrd.XL_CELL_ERROR:
                value_shown = xlrd.error_text_from_code.get(value, "#VALUE!")
            elif kind == xlrd.XL_CELL_BOOLEAN:
                value_shown = "TRUE" if value else "FALSE"
            else:
                index = source.cell_xf_index(number, column)
                code = styles[index] if 0 <= index < len(styles) else "General"
                if not math.isfinite(value):
                    row[column] = "#NUM!"
                    filled = True
                    continue
                value_shown = formats.as_displayed(float(value), code, bool(book.datemode))
                display = formats.display_meaning(code)
                if (
                    isinstance(value_shown, float)
                    and display
                    and not (display == "decimals:2" and round(value_shown, 2) == value_shown)
                ):
                    sheet.formats[(number + 1, column)] = display
            row[column] = value_shown
            filled = filled or value_shown is not None
        if filled:
            sheet.numbers.append(number + 1)
            sheet.rows.append(row)
        if number % 2000 == 0:
            on_progress(number)
    return sheet


def ole_names(data: bytes) -> set[str]:
    """Lower-case names of the entries of an OLE file's directory; empty when it cannot be followed."""
    try:
        sector = 1 << struct.unpack_from("<H", data, 30)[0]
        if sector not in (512, 4096):
            return set()
        fat: list[int] = []
        for index in struct.unpack_from("<109I", data, 76):
            if index >= 0xFFFFFFFA:
                break
            fat.extend(struct.unpack_from(f"<{sector // 4}I", data, (index + 1) * sector))
        at = struct.unpack_from("<I", data, 48)[0]
        names: set[str] = set()
        seen: set[int] = set()
        while at < 0xFFFFFFFA and at not in seen and len(seen) < 1000:
            seen.add(at)
            base = (at + 1) * sector
            for entry in range(base, base + sector, 128):
                length = struct.unpack_from("<H", data, entry + 64)[0]
                if 2 <= length <= 64:
                    names.add(data[entry : entry + length - 2].decode("utf-16-le", "replace").lower())
            at = fat[at] if at < len(fat) else 0xFFFFFFFF
        return names
    except struct.error:
        return set()
