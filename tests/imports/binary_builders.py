"""The binary forms, written by hand as far as the tests need: .xls (BIFF8 in OLE) and .xlsb."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_ERRORS = {"#N/A": 0x2A, "#REF!": 0x17, "#DIV/0!": 0x07, "#VALUE!": 0x0F}


class JavaFormula:
    """A formula as Java's POI leaves it: a result of zero and the order to calculate on load; `value` once it was calculated."""

    def __init__(self, value: float = 0.0) -> None:
        self.value = value


@dataclass(frozen=True, slots=True)
class Lying:
    """A picture over rows `first` to `last` (from 1) at a column; it covers `begins` and `ends` (0–256) of these two."""

    content: bytes
    first: int
    last: int
    column: int = 0
    begins: int = 10
    ends: int = 240


def xls(
    lines: Sequence[Sequence[Any]],
    *,
    hidden_rows: Sequence[int] = (),
    sheet: str = "库存",
    pictures: Sequence[Lying] = (),
) -> bytes:
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
    body += _drawing(pictures)
    body += _record(0x000A, b"")
    name = sheet.encode("utf-16-le")
    globals_start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    globals_start += _record(0x0042, struct.pack("<H", 1200))
    globals_start += _record(0x0031, struct.pack("<HHHHHBBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5, 0) + b"Arial")
    globals_start += _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    globals_start += _picture_store(pictures)
    size = len(globals_start) + 4 + 8 + len(name) + 4
    bound = struct.pack("<IBBBB", size, 0, 0, len(name) // 2, 1) + name
    return _ole(globals_start + _record(0x0085, bound) + _record(0x000A, b"") + body)


def _picture_store(pictures: Sequence[Lying]) -> bytes:
    """The pictures of the workbook, cut into records of the size that Excel allows."""
    if not pictures:
        return b""
    entries = b""
    for each in pictures:
        jpeg = each.content.startswith(b"\xff\xd8")
        blip = _office(
            0x46A << 4 if jpeg else 0x6E0 << 4, 0xF01D if jpeg else 0xF01E, bytes(16) + b"\xff" + each.content
        )
        head = struct.pack("<BB16sHIIIBBBB", 6, 6, bytes(16), 0xFF, len(blip), 1, 0, 0, 0, 0, 0)
        entries += _office(0x62, 0xF007, head + blip)
    group = _office(
        0x0F, 0xF000, _office(0x00, 0xF006, bytes(24)) + _office(len(pictures) << 4 | 0x0F, 0xF001, entries)
    )
    pieces = [group[at : at + 8224] for at in range(0, len(group), 8224)]
    return b"".join(_record(0x003C if at else 0x00EB, piece) for at, piece in enumerate(pieces))


def _drawing(pictures: Sequence[Lying]) -> bytes:
    """The shapes of a sheet; as Excel does, each in a drawing record of its own, with an object record between them."""
    if not pictures:
        return b""
    shapes: list[bytes] = [_office(0x0F, 0xF004, _office(0x01, 0xF009, bytes(16)) + _office(0x02, 0xF00A, bytes(8)))]
    for number, each in enumerate(pictures, 1):
        anchor = (2, each.column, 0, each.first - 1, each.begins, each.column, 1000, each.last - 1, each.ends)
        inside = _office(75 << 4 | 2, 0xF00A, struct.pack("<II", 1024 + number, 0xA00))
        inside += _office(0x23, 0xF00B, struct.pack("<HIHI", 0x4104, number, 0x01BF, 0x100000))
        inside += _office(0x00, 0xF010, struct.pack("<9H", *anchor)) + _office(0x00, 0xF011, b"")
        shapes.append(_office(0x0F, 0xF004, inside))
    group_size = sum(map(len, shapes))
    opening = _office(0x10, 0xF008, bytes(8)) + struct.pack("<HHI", 0x0F, 0xF003, group_size)
    whole = struct.pack("<HHI", 0x0F, 0xF002, len(opening) + group_size) + opening
    drawn = _record(0x00EC, whole + shapes[0] + shapes[1]) + _record(0x005D, bytes(22))
    return drawn + b"".join(_record(0x00EC, shape) + _record(0x005D, bytes(22)) for shape in shapes[2:])


def _office(mark: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<HHI", mark, kind, len(content)) + content


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
