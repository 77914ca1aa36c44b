"""The binary forms, written by hand as far as the tests need: .xls (BIFF8 in OLE) and .xlsb."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

_ERRORS = {"#N/A": 0x2A, "#REF!": 0x17, "#DIV/0!": 0x07, "#VALUE!": 0x0F}


class JavaFormula:
    """A formula as Java's POI leaves it: a result of zero and the order to calculate on load; `value` once it was calculated."""

    def __init__(self, value: float = 0.0) -> None:
        self.value = value


def xls(lines: Sequence[Sequence[Any]], *, hidden_rows: Sequence[int] = (), sheet: str = "库存") -> bytes:
    """Excel 97–2003."""
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    width = max(map(len, lines), default=0)
    body += _record(0x0200, struct.pack("<IIHHH", 0, len(lines), 0, width, 0))
    for number, line in enumerate(lines):
        flags = 0x0120 if number + 1 in hidden_rows else 0x0100
        body += _record(0x0208, struct.pack("<HHHHHHHH", number, 0, len(line), 0xFF, 0, 0, flags, 0x0F))
    for number, line in enumerate(lines):
        for column, value in enumerate(line):
            at = struct.pack("<HHH", number, column, 0)
            if value is None:
                continue
            if isinstance(value, JavaFormula):
                body += _record(0x0006, at + struct.pack("<dHIH", value.value, 2, 0, 0))
            elif isinstance(value, str) and value in _ERRORS:
                body += _record(0x0205, at + bytes([_ERRORS[value], 1]))
            elif isinstance(value, str):
                raw = value.encode("utf-16-le")
                body += _record(0x0204, at + struct.pack("<HB", len(raw) // 2, 1) + raw)
            else:
                body += _record(0x0203, at + struct.pack("<d", value))
    body += _record(0x000A, b"")
    name = sheet.encode("utf-16-le")
    globals_start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    globals_start += _record(0x0042, struct.pack("<H", 1200))
    globals_start += _record(0x0031, struct.pack("<HHHHHBBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5, 0) + b"Arial")
    globals_start += _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    size = len(globals_start) + 4 + 8 + len(name) + 4
    bound = struct.pack("<IBBBB", size, 0, 0, len(name) // 2, 1) + name
    return _ole(globals_start + _record(0x0085, bound) + _record(0x000A, b"") + body)


def _record(kind: int, payload: bytes) -> bytes:
    return struct.pack("<HH", kind, len(payload)) + payload


def _ole(stream: bytes) -> bytes:
    """One stream called Workbook in an OLE container."""
    stream = stream.ljust(max(4096, (len(stream) + 511) // 512 * 512), b"\0")
    sectors = len(stream) // 512
    fat_count = (sectors + 2 + 127) // 128
    while (sectors + 1 + fat_count + 127) // 128 > fat_count:
        fat_count += 1
    fat = [0xFFFFFFFD] * fat_count + [0xFFFFFFFE]
    first = fat_count + 1
    fat += [first + at + 1 for at in range(sectors - 1)] + [0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (fat_count * 128 - len(fat))
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", header, 40, 0, fat_count, fat_count)
    struct.pack_into("<IIIIII", header, 52, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, *range(fat_count), *[0xFFFFFFFF] * (109 - fat_count))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<HBB", len(raw), kind, 1)
            + links
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, first, len(stream))
    directory += bytes(512 - len(directory))
    return bytes(header) + struct.pack(f"<{len(fat)}I", *fat) + directory + stream


def xlsb(lines: Sequence[Sequence[Any]], *, hidden_rows: Sequence[int] = (), sheet: str = "库存") -> bytes:
    """Excel binary workbook."""
    width = max(map(len, lines), default=1)
    data = _brt(129) + _brt(148, struct.pack("<IIII", 0, max(0, len(lines) - 1), 0, width - 1)) + _brt(145)
    for number, line in enumerate(lines):
        flags = 0x10 if number + 1 in hidden_rows else 0
        data += _brt(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))
        for column, value in enumerate(line):
            at = struct.pack("<II", column, 0)
            if value is None:
                continue
            if isinstance(value, str) and value in _ERRORS:
                data += _brt(3, at + bytes([_ERRORS[value]]))
            elif isinstance(value, str):
                data += _brt(6, at + _wide(value))
            else:
                data += _brt(5, at + struct.pack("<d", value))
    data += _brt(146) + _brt(130)
    book = (
        _brt(131)
        + _brt(143)
        + _brt(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(sheet))
        + _brt(144)
        + _brt(132)
    )
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        target.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        )
        target.writestr("xl/workbook.bin", book)
        target.writestr(
            "xl/_rels/workbook.bin.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        )
        target.writestr("xl/worksheets/sheet1.bin", data)
    return out.getvalue()


def _wide(text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return struct.pack("<I", len(raw) // 2) + raw


def _brt(kind: int, payload: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(payload)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 127 else 0)])
        length >>= 7
        if not length:
            return head + size + payload
