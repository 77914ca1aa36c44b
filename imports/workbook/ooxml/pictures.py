"""Which picture belongs to which row: floating ones, Excel's pictures in cells, WPS's DISPIMG."""

from __future__ import annotations

from dataclasses import dataclass, field

from imports.workbook.model import Sheet
from imports.workbook.ooxml.parts import Parts, Relation
from imports.workbook.xmlscan import attribute, scan

_DEFAULT_HEIGHT = 15.0
_EMU_PER_POINT = 12_700


def place_pictures(sheet: Sheet, part: str, parts: Parts) -> None:
    """Resolve the sheet's picture ids to hashes and lay floating pictures over their rows."""
    if sheet.picture_ids:
        _place_cell_pictures(sheet, parts)
    for relation in parts.relations_of(part).values():
        if relation.kind == "drawing" and relation.part in parts.package:
            _place_floating(sheet, relation.part, parts)


def _place_cell_pictures(sheet: Sheet, parts: Parts) -> None:
    by_id = _wps_pictures(parts)
    rich: dict[str, str] = {}
    if any(identity.startswith("vm:") for identity in sheet.picture_ids.values()):
        rich = _rich_pictures(parts)
    for place, identity in sheet.picture_ids.items():
        target = rich.get(identity[3:]) if identity.startswith("vm:") else by_id.get(identity)
        digest = parts.picture(target) if target else None
        if digest:
            sheet.pictures[place] = digest
        elif identity.startswith("vm:"):
            row = sheet.index_of(place[0])
            if row is not None:
                sheet.rows[row][place[1]] = "#VALUE!"


def _wps_pictures(parts: Parts) -> dict[str, str]:
    """WPS keeps them in cellimages.xml: a name per picture, embedded by relationship."""
    part = parts.part_of_kind("cellImage") or ("xl/cellimages.xml" if "xl/cellimages.xml" in parts.package else None)
    if part is None:
        return {}
    relations = parts.relations_of(part)
    found: dict[str, str] = {}
    name = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal name
        if tag == "cNvPr":
            name = attributes.get("name", "")
        elif tag == "blip":
            relation = relations.get(attribute(attributes, "embed") or "")
            if relation is not None and name:
                found[name] = relation.part

    scan(parts.package.chunks(part), start)
    return found


def _rich_pictures(parts: Parts) -> dict[str, str]:
    """Excel's chain: cell vm → metadata → rich value → relationship → picture part."""
    kinds = {relation.kind: relation.part for relation in parts.relations.values()}
    metadata, values, rels = (
        next((kinds[kind] for kind in names if kind in kinds and kinds[kind] in parts.package), None)
        for names in (("sheetMetadata",), ("rdRichValue",), ("richValueRel",))
    )
    if metadata is None or values is None or rels is None:
        return {}
    structures = _first_keys(parts, kinds.get("rdRichValueStructure"))
    targets = _relationship_list(parts, rels)
    rich = _rich_values(parts, values, structures)
    found: dict[str, str] = {}
    for number, index in enumerate(_value_metadata(parts, metadata), 1):
        at = rich[index] if 0 <= index < len(rich) else -1
        if 0 <= at < len(targets) and targets[at]:
            found[str(number)] = targets[at]
    return found


def _value_metadata(parts: Parts, part: str) -> list[int]:
    blocks: list[int] = []
    records: list[int] = []
    where = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal where
        if tag in ("futureMetadata", "valueMetadata", "cellMetadata"):
            where = tag
        elif tag == "rvb" and where == "futureMetadata":
            blocks.append(_number(attributes.get("i")))
        elif tag == "rc" and where == "valueMetadata":
            records.append(_number(attributes.get("v")))

    scan(parts.package.chunks(part), start)
    return [blocks[at] if 0 <= at < len(blocks) else -1 for at in records]


def _first_keys(parts: Parts, part: str | None) -> list[int]:
    """For each structure, at which place its picture's relationship index stands; -1 for none."""
    if part is None or part not in parts.package:
        return []
    places: list[int] = []
    at = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal at
        if tag == "s":
            places.append(-1)
            at = 0
        elif tag == "k" and places:
            if "LocalImageIdentifier" in attributes.get("n", ""):
                places[-1] = at
            at += 1

    scan(parts.package.chunks(part), start)
    return places


def _rich_values(parts: Parts, part: str, structures: list[int]) -> list[int]:
    found: list[int] = []
    values: list[str] = []
    structure = 0
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal structure, inside
        if tag == "rv":
            structure = _number(attributes.get("s"))
            values.clear()
        elif tag == "v":
            values.append("")
            inside = True

    def end(tag: str) -> None:
        nonlocal inside
        if tag == "v":
            inside = False
        elif tag == "rv":
            place = structures[structure] if 0 <= structure < len(structures) else 0
            found.append(_number(values[place]) if 0 <= place < len(values) else -1)

    def text(piece: str) -> None:
        if inside:
            values[-1] += piece

    scan(parts.package.chunks(part), start, end, text)
    return found


def _relationship_list(parts: Parts, part: str) -> list[str]:
    relations = parts.relations_of(part)
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "rel":
            relation = relations.get(attribute(attributes, "id") or "")
            found.append(relation.part if relation else "")

    scan(parts.package.chunks(part), start)
    return found


@dataclass(slots=True)
class _Anchor:
    place: dict[str, int] = field(default_factory=dict)
    embed: str = ""
    height_emu: int = 0


def _place_floating(sheet: Sheet, part: str, parts: Parts) -> None:  # noqa: C901
    relations = parts.relations_of(part)
    anchors: list[_Anchor] = []
    side = ""
    digits: list[str] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal side, digits
        if tag.endswith("CellAnchor"):
            anchors.append(_Anchor())
            side = ""
        elif tag in ("from", "to") and anchors:
            side = tag
        elif tag in ("col", "row", "colOff", "rowOff"):
            digits = []
        elif tag == "ext" and anchors and "cy" in attributes:
            anchors[-1].height_emu = anchors[-1].height_emu or _number(attributes.get("cy"))
        elif tag == "blip" and anchors:
            anchors[-1].embed = anchors[-1].embed or (attribute(attributes, "embed") or "")

    def end(tag: str) -> None:
        nonlocal digits
        if digits is not None and tag in ("col", "row", "colOff", "rowOff"):
            if anchors and side:
                anchors[-1].place[f"{side}.{tag}"] = _number("".join(digits))
            digits = None

    def text(piece: str) -> None:
        if digits is not None:
            digits.append(piece)

    scan(parts.package.chunks(part), start, end, text)
    for anchor in anchors:
        _lay(sheet, anchor, relations, parts)


def _lay(sheet: Sheet, anchor: _Anchor, relations: dict[str, Relation], parts: Parts) -> None:
    relation = relations.get(anchor.embed)
    if relation is None or relation.kind != "image" or "from.row" not in anchor.place:
        return
    digest = parts.picture(relation.part)
    if digest is None:
        return
    first, last = _covered_rows(sheet, anchor)
    column = anchor.place.get("from.col", 0)
    for top, left, bottom, right in sheet.merges:
        if left <= column <= right and top <= first <= bottom:
            first, last = min(first, top), max(last, bottom)
    sheet.floating.append((first, last, column, digest))


def _covered_rows(sheet: Sheet, anchor: _Anchor) -> tuple[int, int]:
    """The rows of which the picture covers at least half; a picture smaller than that has the row of its centre."""
    row = anchor.place["from.row"] + 1
    start = anchor.place.get("from.rowOff", 0) / _EMU_PER_POINT
    if "to.row" in anchor.place:
        last = anchor.place["to.row"] + 1
        end = anchor.place.get("to.rowOff", 0) / _EMU_PER_POINT
    else:
        last, end = row, start + anchor.height_emu / _EMU_PER_POINT
        while end > _height(sheet, last) and last - row < 1000:
            end -= _height(sheet, last)
            last += 1
    if last - row > 1000 or last < row:
        return row, row
    covered: list[int] = []
    best, best_share = row, -1.0
    for number in range(row, last + 1):
        height = _height(sheet, number)
        low = min(start, height) if number == row else 0.0
        high = min(end, height) if number == last else height
        share = (high - low) / height if height else 0.0
        if share >= 0.5:
            covered.append(number)
        if share > best_share:
            best, best_share = number, share
    return (covered[0], covered[-1]) if covered else (best, best)


def _height(sheet: Sheet, number: int) -> float:
    return sheet.heights.get(number, _DEFAULT_HEIGHT) or _DEFAULT_HEIGHT


def _number(raw: str | None) -> int:
    try:
        return int((raw or "").strip())
    except ValueError:
        return -1
