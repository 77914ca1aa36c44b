"""Bytes → addressed cells. The content decides the format; a file name with another extension gives a warning (IMPORT-2)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable

from imports.limits import DEFAULT, Limits
from imports.report import FileRefused
from imports.workbook import markup, ods, ooxml, text, xlsb
from imports.workbook.merges import drop_overlapping_merges
from imports.workbook.model import Workbook
from imports.workbook.package import Package, refuse_entities

_FOREIGN = (
    (b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gzip"), (b"BM6", "BMP"), (b"{\\rtf", "RTF"), (b"RIFF", "WebP"),
    (b"\x7fELF", "ELF"), (b"MZ", "EXE"), (b"SQLite format 3", "SQLite"), (b"BZh", "bzip2"),
)  # fmt: skip
_EXTENSIONS = {
    "xlsx": {"xlsx"}, "xlsm": {"xlsm"}, "xls": {"xls", "et"}, "xlsb": {"xlsb"}, "ods": {"ods"},
    "csv": {"csv", "tsv", "txt"}, "html": {"html", "htm"}, "spreadsheetml": {"xml"},
}  # fmt: skip
_PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\xff\xd8\xff\xe1")
_BIFF_STREAMS = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_MAX_CONTROLS = 8
_MARKUP = re.compile(
    rb"^[\s\xef\xbb\xbf]*(?:<!--.*?-->\s*)*<(!doctype\s+html|html|head|table|meta|style|body|div)",
    re.IGNORECASE | re.DOTALL,
)


def open_workbook(
    data: bytes,
    filename: str,
    *,
    limits: Limits = DEFAULT,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Workbook:
    """Read every sheet of a file into memory. Raises `FileRefused` with a file reason, and nothing else for bad input.

    `on_progress` is called now and then with the lines read so far. No macro runs, no link is followed.
    """
    if len(data) > limits.file_bytes:
        raise FileRefused("too_large", str(limits.file_bytes // (1024 * 1024)))
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise FileRefused("empty")
    try:
        workbook = _read(data, limits, on_progress)
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how a panic of calamine's Rust arrives in Python
            raise FileRefused("corrupt") from error
        raise
    drop_overlapping_merges(workbook.sheets, limits)
    if not workbook.pictures and _holds_pictures(workbook.kind, data):
        workbook.notes.append(("pictures_unread", ()))
    extension = filename.rsplit(".", 1)[-1].lower() if "." in filename else ""
    if extension and extension not in _EXTENSIONS[workbook.kind]:
        if workbook.kind == "html":
            workbook.notes.append(("html_not_excel", ()))
        elif workbook.kind != "spreadsheetml" or extension not in ("xls", "xml"):
            workbook.notes.append(("wrong_extension", (workbook.kind,)))
    return workbook


def _holds_pictures(kind: str, data: bytes) -> bool:
    """Whether a form of which not every picture is read has some: in .xls by how pictures begin, in a page by its tags."""
    if kind == "xls":
        return any(start in data for start in _PICTURE_STARTS)
    if kind == "xlsb":
        return b"xl/media/" in data
    return kind == "html" and re.search(rb"<img\b", data, re.IGNORECASE) is not None


def _read(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    if data.startswith(b"PK"):
        return _read_package(data, limits, on_progress)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") or data.startswith(_BIFF_STREAMS):
        return _read_xls(data, limits, on_progress)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("corrupt")
    for mark, name in _FOREIGN:
        if data.startswith(mark):
            raise FileRefused("unsupported_format", name)
    return _read_text(data, limits, on_progress)


def _read_xls(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    """Import xlrd only when it is needed: that takes longer than reading most files."""
    workbook: Workbook = importlib.import_module("imports.workbook.xls").read(data, limits, on_progress)
    return workbook


def _read_package(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    package = Package(data, limits)
    names = {name.lower() for name in package.names()}
    if "xl/workbook.bin" in names:
        return xlsb.read(package, limits, on_progress)
    if "content.xml" in names or "mimetype" in names:
        kind = package.read("mimetype", 1000) if "mimetype" in names else b""
        if kind and b"spreadsheet" not in kind:
            raise FileRefused("unsupported_format", kind.decode("ascii", "replace")[:60])
        return ods.read(package, limits, on_progress)
    if any(name.startswith("word/") for name in names):
        raise FileRefused("unsupported_format", "Word")
    if any(name.startswith("ppt/") for name in names):
        raise FileRefused("unsupported_format", "PowerPoint")
    if "[content_types].xml" in names or any(name.startswith("xl/") for name in names):
        return ooxml.read(data, package, limits, on_progress)
    raise FileRefused("unsupported_format", "zip")


def _read_text(data: bytes, limits: Limits, on_progress: Callable[[int], None]) -> Workbook:
    head = data[:4096]
    ascii_head = head.replace(b"\x00", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    stripped = ascii_head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if stripped.startswith(b"MIME-Version") and b"multipart" in head:
        raise FileRefused("unsupported_format", "MHTML")
    if _MARKUP.match(stripped):
        return markup.read_html(data, limits, on_progress)
    if stripped.startswith((b"<?xml", b"<Workbook", b"<ss:Workbook")):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in ascii_head:
            refuse_entities(data)
            return markup.read_spreadsheetml(data, limits, on_progress)
        refuse_entities(data)
        if b"<html" in ascii_head.lower() or b"<table" in ascii_head.lower():
            return markup.read_html(data, limits, on_progress)
        raise FileRefused("unsupported_format", "XML")
    if stripped[:1] in (b"{", b"[") and b'":' in head:
        raise FileRefused("unsupported_format", "JSON")
    if _looks_binary(head):
        raise FileRefused("unsupported_format", "binary")
    return text.read(data, limits, on_progress)


def _looks_binary(head: bytes) -> bool:
    """Whether bytes are no text in any encoding. A few control characters are faults of their cells, which `text` counts."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    zeros = head.count(0)
    if zeros > _MAX_CONTROLS and not (head[0::2].count(0) == 0 or head[1::2].count(0) == 0):
        return True
    control = sum(byte < 9 or 13 < byte < 32 for byte in head if byte)
    return control > max(_MAX_CONTROLS, len(head) // 20)
