"""Relationships of a package's parts, and the drawings over its sheets: .xlsx and .xlsb keep both alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from imports.limits import Limits
from imports.workbook.floating import Album, Anchor, attach
from imports.workbook.model import Sheet
from imports.workbook.package import Package, resolve
from imports.workbook.xmlscan import attribute, scan

_EMU_PER_POINT = 12_700
_MAX_ANCHORS = 50_000
"""Of one workbook; the drawings of further sheets are left alone."""


@dataclass(frozen=True, slots=True)
class Relation:
    kind: str
    part: str


class Related:
    """The parts of a package as they name each other."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self.package = package
        self.limits = limits
        self.album = Album(limits.picture_bytes, limits.pictures_bytes)
        self._hashes: dict[str, str | None] = {}
        self._attached = 0

    def relations_of(self, part: str) -> dict[str, Relation]:
        """The relationships of a part by id; external ones are left out."""
        folder, _, name = part.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        found: dict[str, Relation] = {}
        if rels not in self.package:
            return found

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag != "Relationship" or attributes.get("TargetMode") == "External":
                return
            kind = attributes.get("Type", "").rsplit("/", 1)[-1]
            found[attributes.get("Id", "")] = Relation(kind, resolve(part, attributes.get("Target", "")))

        scan(self.package.chunks(rels), start)
        return found

    def picture(self, part: str) -> str | None:
        """Keep a picture part and give its sha256; None for what is absent or too large."""
        if part not in self._hashes:
            fits = part in self.package and self.album.has_room_for(self.package.size(part))
            self._hashes[part] = self.album.keep(self.package.read(part)) if fits else None
        return self._hashes[part]

    def place_drawings(self, sheet: Sheet, part: str) -> None:
        """Lay the pictures that float over the sheet of `part` over their rows."""
        for relation in self.relations_of(part).values():
            if relation.kind == "drawing" and relation.part in self.package:
                relations = self.relations_of(relation.part)
                if self._attached > _MAX_ANCHORS:
                    return
                for anchored in _anchored(self.package, relation.part):
                    self._attached += 1
                    target = relations.get(anchored.embed)
                    anchor = anchored.anchor()
                    if target is None or target.kind != "image" or anchor is None:
                        continue
                    digest = self.picture(target.part)
                    if digest is not None:
                        attach(sheet, anchor, digest)


@dataclass(slots=True)
class _Anchored:
    """An anchor as the drawing has it, `from.row` and the like from 0, offsets in EMU; `embed` is the picture's relationship."""

    place: dict[str, int] = field(default_factory=dict)
    embed: str = ""
    height_emu: int = 0

    def anchor(self) -> Anchor | None:
        place = self.place
        if "from.row" not in place:
            return None
        column, row = place.get("from.col", 0), place["from.row"] + 1
        offset = place.get("from.rowOff", 0) / _EMU_PER_POINT
        if "to.row" not in place:
            return Anchor(column, row, offset, height=self.height_emu / _EMU_PER_POINT)
        return Anchor(column, row, offset, place["to.row"] + 1, place.get("to.rowOff", 0) / _EMU_PER_POINT)


def _anchored(package: Package, part: str) -> list[_Anchored]:
    anchors: list[_Anchored] = []
    side = ""
    digits: list[str] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal side, digits
        if tag.endswith("CellAnchor"):
            anchors.append(_Anchored())
            side = ""
        elif tag in ("from", "to") and anchors:
            side = tag
        elif tag in ("col", "row", "colOff", "rowOff"):
            digits = []
        elif tag == "ext" and anchors and "cy" in attributes:
            anchors[-1].height_emu = anchors[-1].height_emu or whole_number(attributes.get("cy"))
        elif tag == "blip" and anchors:
            anchors[-1].embed = anchors[-1].embed or (attribute(attributes, "embed") or "")

    def end(tag: str) -> None:
        nonlocal digits
        if digits is not None and tag in ("col", "row", "colOff", "rowOff"):
            if anchors and side:
                anchors[-1].place[f"{side}.{tag}"] = whole_number("".join(digits))
            digits = None

    def text(piece: str) -> None:
        if digits is not None:
            digits.append(piece)

    scan(package.chunks(part), start, end, text)
    return anchors


def whole_number(raw: str | None) -> int:
    """The number that an attribute holds; -1 for none."""
    try:
        return int((raw or "").strip())
    except ValueError:
        return -1
