"""The pictures of an .xls: drawing records within records, the pictures in the workbook's globals and their anchors in the sheets.

The layout is that of [MS-ODRAW] and [MS-XLS]. Whatever does not fit is passed over: a broken drawing costs its pictures, not the goods.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from imports.workbook.floating import Album, Anchor, attach, height_of
from imports.workbook.model import Sheet

Record = tuple[int, bytes]
"""A record's kind and content."""

_CONTINUE, _GROUP, _DRAWING = 0x003C, 0x00EB, 0x00EC
_STORE_ENTRY, _SHAPE, _OPTIONS, _ANCHOR = 0xF007, 0xF004, 0xF00B, 0xF010
_BLIPS = {0xF01D, 0xF01E, 0xF02A}
"""JPEG, PNG and CMYK JPEG; metafiles and bare bitmaps are no pictures for the web."""
_PICTURE_OF_SHAPE = 0x0104
_IS_BLIP = 0x4000
_ENTRY_HEAD, _ENTRY_NAME = 36, 33
_HASH = 16
_MAX_ROWS, _MAX_COLUMNS = 65_536, 256


def store(records: Iterable[Record], album: Album) -> list[str | None]:
    """The pictures of the workbook in the order in which shapes name them (from 1), stored in the album; None for one that is not read."""
    found: list[str | None] = []
    for kind, _, content in _atoms(_joined(records, _GROUP), {_STORE_ENTRY}):
        if kind != _STORE_ENTRY:
            continue
        name = content[_ENTRY_NAME] if len(content) > _ENTRY_NAME else 0
        blips = _atoms(content[_ENTRY_HEAD + name :], set())
        found.append(next((_keep(album, *blip) for blip in blips), None))
    return found


def place(sheet: Sheet, records: Iterable[Record], pictures: list[str | None]) -> None:
    """Lay the pictures of a sheet over their rows. The sheet's heights are known by then."""
    digest: str | None = None
    for kind, instance, content in _atoms(_joined(records, _DRAWING), set()):
        if kind == _SHAPE:
            digest = None
        elif kind == _OPTIONS:
            number = _picture_number(instance, content)
            digest = pictures[number - 1] if 0 < number <= len(pictures) else None
        elif kind == _ANCHOR and digest is not None and len(content) >= 18:
            anchor = _anchor(sheet, content)
            if anchor is not None:
                attach(sheet, anchor, digest)


def _joined(records: Iterable[Record], kind_wanted: int) -> bytes:
    """The contents of all records of a kind, with what continues them."""
    pieces: list[bytes] = []
    before = 0
    for kind, content in records:
        if kind != _CONTINUE:
            before = kind
        if before == kind_wanted:
            pieces.append(content)
    return b"".join(pieces)


def _atoms(data: bytes, whole: set[int]) -> Iterator[tuple[int, int, bytes]]:
    """Kind, instance and content of each record, containers before what they hold; of those in `whole` only themselves."""
    at = 0
    while at + 8 <= len(data):
        mark, kind, size = struct.unpack_from("<HHI", data, at)
        at += 8
        if mark & 0xF == 0xF and kind not in whole:
            yield kind, mark >> 4, b""
            continue
        yield kind, mark >> 4, data[at : at + size]
        at += size


def _keep(album: Album, kind: int, instance: int, content: bytes) -> str | None:
    """A blip begins with one hash of its picture, or two where its instance is odd, and a tag."""
    head = _HASH * (2 if instance & 1 else 1) + 1
    return album.keep(content[head:]) if kind in _BLIPS and len(content) > head else None


def _picture_number(count: int, content: bytes) -> int:
    for at in range(0, min(count * 6, len(content) - 5), 6):
        option, value = struct.unpack_from("<HI", content, at)
        if option & 0x3FFF == _PICTURE_OF_SHAPE and option & _IS_BLIP:
            return int(value)
    return 0


def _anchor(sheet: Sheet, content: bytes) -> Anchor | None:
    """Offsets are in 256ths of their row's height."""
    _, left, _, top, down, right, _, bottom, down_last = struct.unpack_from("<9H", content)
    if not (top <= bottom < _MAX_ROWS and left <= right < _MAX_COLUMNS):
        return None
    first, last = top + 1, bottom + 1
    offset, last_offset = (height_of(sheet, row) * part / 256 for row, part in ((first, down), (last, down_last)))
    return Anchor(left, first, offset, last, last_offset)
