"""The parts of an .xlsx that every sheet needs: its list of sheets, styles, shared strings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from imports.limits import Limits
from imports.report import FileRefused
from imports.workbook import formats
from imports.workbook.drawings import Related
from imports.workbook.ooxml.plain_strings import plain_strings
from imports.workbook.package import Package
from imports.workbook.xmlscan import attribute, is_true, scan

_MAX_STYLES = 65_490
"""Of cells, as many as Excel allows in a workbook."""
MAX_SHARED_TEXT = 32_767
"""Characters of a string that any number of cells may show: as many as Excel allows in a cell."""
_MAX_PLAIN_BYTES = 60_000_000
"""Of shared strings that are read whole; more are scanned in pieces."""
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    name: str
    visibility: str
    part: str | None


class Parts(Related):
    """Reads each shared part once, when first asked for it."""

    def __init__(self, package: Package, limits: Limits) -> None:
        super().__init__(package, limits)
        self._strings: list[str] | None = None
        self._formats: list[str] | None = None
        self.workbook_part = self._find_workbook()
        self.relations = self.relations_of(self.workbook_part)
        self.has_macros = any(relation.kind == "vbaProject" for relation in self.relations.values()) or any(
            name.lower().endswith("vbaproject.bin") for name in package.names()
        )
        self.epoch_1904 = False
        self.calculates_on_load = False
        self.sheets: list[SheetEntry] = []
        self._read_workbook()

    def part_of_kind(self, kind: str) -> str | None:
        for relation in self.relations.values():
            if relation.kind == kind and relation.part in self.package:
                return relation.part
        return None

    @property
    def strings(self) -> list[str]:
        """The shared strings, rich text joined, phonetic guides left out."""
        if self._strings is None:
            part = self.part_of_kind("sharedStrings")
            self._strings = [] if part is None else _shared_strings(self.package, part)
        return self._strings

    @property
    def formats(self) -> list[str]:
        """The number format of each cell style, by style index."""
        if self._formats is None:
            part = self.part_of_kind("styles")
            self._formats = [] if part is None else _style_formats(self.package, part)
        return self._formats

    def _find_workbook(self) -> str:
        for relation in self.relations_of("").values():
            if relation.kind == "officeDocument" and relation.part in self.package:
                return relation.part
        for name in ("xl/workbook.xml", "workbook.xml"):
            if name in self.package:
                return name
        raise FileRefused("malformed")

    def _read_workbook(self) -> None:
        parts_of_sheets: set[str] = set()

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "workbookPr":
                self.epoch_1904 = is_true(attributes.get("date1904"))
            elif tag == "calcPr":
                self.calculates_on_load = is_true(attributes.get("fullCalcOnLoad"))
            elif tag == "sheet" and "sheetId" in attributes:
                identity = next((v for k, v in attributes.items() if k.endswith(":id")), attributes.get("id", ""))
                relation = self.relations.get(identity)
                visibility = {"hidden": "hidden", "veryHidden": "very_hidden"}.get(
                    attributes.get("state", ""), "visible"
                )
                part: str | None = None
                if relation is not None and relation.kind == "worksheet":
                    if relation.part not in self.package:
                        raise FileRefused("corrupt")
                    part = relation.part
                    if part in parts_of_sheets:
                        raise FileRefused("malformed")
                    parts_of_sheets.add(part)
                elif relation is None:
                    raise FileRefused("malformed")
                self.sheets.append(SheetEntry(attributes.get("name", ""), visibility, part))

        scan(self.package.chunks(self.workbook_part), start)
        if not self.sheets:
            raise FileRefused("malformed")

    def may_be_uncalculated(self, raw: str) -> bool:
        """Whether the stored result of a formula is the zero that programs write in place of one.

        Excel writes 0, and asks nobody to calculate again what it has calculated; Java's zero is 0.0.
        """
        return raw == "0.0" or (raw == "0" and self.calculates_on_load)


def unescape(text: str) -> str:
    """Excel's own escapes for characters that XML cannot hold."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)


def _shared_strings(package: Package, part: str) -> list[str]:
    if package.size(part) <= _MAX_PLAIN_BYTES and (plain := plain_strings(package.read(part))) is not None:
        if any(len(text) > MAX_SHARED_TEXT for text in plain):
            raise FileRefused("text_too_long", str(MAX_SHARED_TEXT))
        return list(map(unescape, plain))
    return _scanned_strings(package, part)


def _scanned_strings(package: Package, part: str) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    phonetic = 0
    in_text = False

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal phonetic, in_text
        if tag == "t":
            in_text = phonetic == 0
        elif tag == "si":
            pieces.clear()
        elif tag == "rPh":
            phonetic += 1

    def end(tag: str) -> None:
        nonlocal phonetic, in_text
        if tag == "t":
            in_text = False
        elif tag == "si":
            joined = "".join(pieces)
            if len(joined) > MAX_SHARED_TEXT:
                raise FileRefused("text_too_long", str(MAX_SHARED_TEXT))
            strings.append(unescape(joined))
        elif tag == "rPh":
            phonetic -= 1

    def text(piece: str) -> None:
        if in_text:
            pieces.append(piece)

    scan(package.chunks(part), start, end, text)
    return strings


def _style_formats(package: Package, part: str) -> list[str]:
    own: dict[int, str] = {}
    codes: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            identity = attribute(attributes, "numFmtId")
            if identity is not None and identity.isdigit():
                own[int(identity)] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            identity = attributes.get("numFmtId", "0")
            number = int(identity) if identity.isdigit() else 0
            codes.append(own.get(number, formats.BUILTIN.get(number, "General")))
            if len(codes) > _MAX_STYLES:
                raise FileRefused("malformed")

    def end(tag: str) -> None:
        nonlocal inside
        if tag == "cellXfs":
            inside = False

    scan(package.chunks(part), start, end)
    return codes
