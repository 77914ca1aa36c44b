"""A zip package of an untrusted file: its parts are counted, measured and inflated within limits."""

from __future__ import annotations

import io
import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import cast

from isal import isal_zlib

from imports.limits import Limits
from imports.report import FileRefused

_CHUNK = 1 << 20
_LOCAL_NAME_SIZE, _LOCAL_HEADER_SIZE = 26, 30
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError,
    struct.error, IndexError, lzma.LZMAError,
    cast("type[Exception]", isal_zlib.error),  # its types say that it is an instance
)  # fmt: skip
"""What a zip with damage makes its reader raise."""
_DOCTYPE_MARKS = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))


class Package:
    """The parts of a zip file by normalised name. Nothing is ever written to disk or fetched."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._limits = limits
        self._data = data
        if _declared_parts(data) > limits.parts:
            raise FileRefused("too_many_parts", str(_declared_parts(data)))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGE as error:
            raise FileRefused("corrupt") from error
        entries = self._zip.infolist()
        if len(entries) > limits.parts:
            raise FileRefused("too_many_parts", str(len(entries)))
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if entry.flag_bits & 0x1:
                raise FileRefused("encrypted")
            if entry.is_dir():
                continue
            name = _normal(entry.filename)
            if name in self._entries:
                raise FileRefused("malformed")
            self._entries[name] = entry
        self._measure()

    def names(self) -> list[str]:
        return [entry.filename.replace("\\", "/").lstrip("/") for entry in self._entries.values()]

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._entries

    def size(self, name: str) -> int:
        """Inflated bytes of a part."""
        return self._entries[_normal(name)].file_size

    def read(self, name: str, limit: int | None = None) -> bytes:
        """The part's bytes. Refuses `corrupt` when it is damaged, KeyError when it is not there."""
        entry = self._entries[_normal(name)]
        if limit is None and entry.compress_type == zipfile.ZIP_DEFLATED:
            return self._inflated(entry)
        return b"".join(self.chunks(name, limit))

    def chunks(self, name: str, limit: int | None = None) -> Iterator[bytes]:
        """The part in pieces, never more in all than was declared (which `_measure` has bounded)."""
        entry = self._entries[_normal(name)]
        bound = entry.file_size if limit is None else min(limit, entry.file_size)
        done = 0
        try:
            with self._zip.open(entry) as stream:
                while piece := stream.read(_CHUNK):
                    done += len(piece)
                    if done > bound:
                        raise FileRefused("zip_bomb" if limit is None else "too_large")
                    yield piece
        except DAMAGE as error:
            raise FileRefused("corrupt") from error

    def _inflated(self, entry: zipfile.ZipInfo) -> bytes:
        """A whole part in one go, which takes a third of the time of its pieces; never more than was declared."""
        try:
            self._zip.open(entry).close()  # its local header is sound
            name_size, extra_size = struct.unpack_from("<HH", self._data, entry.header_offset + _LOCAL_NAME_SIZE)
            start = entry.header_offset + _LOCAL_HEADER_SIZE + name_size + extra_size
            packed = memoryview(self._data)[start : start + entry.compress_size]
            part = isal_zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.file_size + 1)
        except DAMAGE as error:
            raise FileRefused("corrupt") from error
        if len(part) > entry.file_size or isal_zlib.crc32(part) != entry.CRC:
            raise FileRefused("corrupt")
        return part

    def xml(self, name: str) -> bytes:
        """A part that is to be parsed as XML; one that declares a document type is refused."""
        data = self.read(name)
        refuse_entities(data)
        return data

    def _measure(self) -> None:
        total = 0
        for entry in self._entries.values():
            total += entry.file_size
            packed = max(1, entry.compress_size)
            if entry.file_size > self._limits.inflation_floor_bytes and (
                entry.file_size // packed > self._limits.inflation
            ):
                raise FileRefused("zip_bomb")
        if total > self._limits.inflated_bytes:
            raise FileRefused("zip_bomb")


def refuse_entities(data: bytes) -> None:
    """No workbook needs a document type; its entities are how bombs and file thefts are made."""
    head = data[:65536]
    if any(mark in head for mark in _DOCTYPE_MARKS):
        raise FileRefused("xml_entity")


def resolve(base: str, target: str) -> str:
    """A relationship's target as a part name, kept inside the package whatever it says."""
    if target.startswith("/"):
        return posixpath.normpath(target.lstrip("/")).lstrip("./")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), target))
    while joined.startswith("../"):
        joined = joined[3:]
    return joined


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _declared_parts(data: bytes) -> int:
    """Entries named by the end record, read without building any of them (a zip of a million parts is slow)."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_600))
    if at < 0 or at + 12 > len(data):
        return 0
    count: int = struct.unpack_from("<H", data, at + 10)[0]
    if count == 0xFFFF:
        wide = data.rfind(b"PK\x06\x06", max(0, at - 4096), at)
        if wide >= 0 and wide + 40 <= len(data):
            count = struct.unpack_from("<Q", data, wide + 32)[0]
    return count
