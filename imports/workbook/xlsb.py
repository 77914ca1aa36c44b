"""Excel binary workbooks (.xlsb): calamine's values, and from the records what calamine does not tell."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import python_calamine

from imports.limits import Limits
from imports.report import Refused
from imports.workbook import formats
from imports.workbook.model import Sheet, Workbook
from imports.workbook.package import Package, resolve
from imports.workbook.plain import read_plainly
from imports.workbook.xmlscan import scan

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_ROW, _CELL_ERROR, _FORMULA_ERROR, _COLUMN, _SHEET = 0, 3, 11, 60, 156
_NUMBER_CELLS = {2, 5, 9}


def read(data: bytes, package: Package, limits: Limits, tick: Callable[[int], None]) -> Workbook:
    """Refuses `corrupt` when calamine cannot read it."""
    try:
        workbook = read_plainly(data, "xlsb", limits, tick)
    except python_calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - calamine raises whatever a damaged record makes it stumble over
        raise Refused("corrupt") from error
    relations: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            relations[attributes.get("Id", "")] = resolve("xl/workbook.bin", attributes.get("Target", ""))

    if "xl/_rels/workbook.bin.rels" in package and "xl/workbook.bin" in package:
        scan(package.chunks("xl/_rels/workbook.bin.rels"), start)
        places = _sheet_parts(package.read("xl/workbook.bin"), relations)
        codes = _style_formats(package.read("xl/styles.bin")) if "xl/styles.bin" in package else []
        for sheet in workbook.sheets:
            part = places.get(sheet.name or "")
            if part is not None and part in package:
                _add_details(sheet, package.read(part), codes)
    return workbook


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            if at >= end:
                return
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, data[at : at + size]
        at += size


def _sheet_parts(data: bytes, relations: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, record in _records(data):
        if kind == _SHEET and len(record) > 16:
            identity, after = _wide_string(record, 8)
            name, _ = _wide_string(record, after)
            if identity in relations:
                found[name] = relations[identity]
    return found


def _style_formats(data: bytes) -> list[str]:
    own: dict[int, str] = {}
    codes: list[str] = []
    inside = False
    for kind, record in _records(data):
        if kind == 44 and len(record) > 6:
            own[struct.unpack_from("<H", record)[0]] = _wide_string(record, 2)[0]
        elif kind in (617, 618):
            inside = kind == 617
        elif kind == 47 and inside and len(record) >= 4:
            number = struct.unpack_from("<H", record, 2)[0]
            codes.append(own.get(number, formats.BUILTIN.get(number, "General")))
    return codes


def _add_details(sheet: Sheet, data: bytes, codes: list[str]) -> None:
    row = 0
    for kind, record in _records(data):
        if kind == _ROW and len(record) >= 12:
            row = struct.unpack_from("<I", record)[0] + 1
            if record[11] & 0x10:
                sheet.hidden_rows.add(row)
        elif kind == _COLUMN and len(record) >= 18:
            low, high = struct.unpack_from("<II", record)
            if record[16] & 0x01:
                sheet.hidden_columns.update(range(low, min(high + 1, 16_384)))
        elif kind in (_CELL_ERROR, _FORMULA_ERROR) and len(record) >= 9:
            _put(sheet, row, struct.unpack_from("<I", record)[0], _ERRORS.get(record[8], "#VALUE!"))
        elif kind in _NUMBER_CELLS and len(record) >= 8:
            column, style = struct.unpack_from("<II", record)
            _show(sheet, row, column, codes, style & 0xFFFFFF)
        elif kind == 176 and len(record) >= 16:
            top, bottom, left, right = struct.unpack_from("<IIII", record)
            if bottom < 1_048_576 and right < 16_384:
                sheet.merges.append((top + 1, left, bottom + 1, right))


def _show(sheet: Sheet, row: int, column: int, codes: list[str], style: int) -> None:
    said = formats.meaning(codes[style]) if style < len(codes) else ""
    if not said:
        return
    value = sheet.value(row, column)
    if not isinstance(value, float):
        return
    if said.startswith("zeros:"):
        shown = formats.as_shown(value, codes[style], False)
        if isinstance(shown, str):
            _put(sheet, row, column, shown)
    elif not (said == "decimals:2" and round(value, 2) == value):
        sheet.formats[(row, column)] = said


def _put(sheet: Sheet, row: int, column: int, value: str) -> None:
    at = sheet.index_of(row)
    if at is not None and column < len(sheet.rows[at]):
        sheet.rows[at][column] = value


def _wide_string(record: bytes, at: int) -> tuple[str, int]:
    if at + 4 > len(record):
        return "", at
    length = struct.unpack_from("<I", record, at)[0]
    if length == 0xFFFFFFFF or length > len(record):
        return "", at + 4
    end = at + 4 + length * 2
    return record[at + 4 : end].decode("utf-16-le", "replace"), end
