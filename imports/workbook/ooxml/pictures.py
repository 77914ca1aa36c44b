"""Which picture belongs to which row: Excel's pictures in cells, WPS's DISPIMG, and those that float over the sheet."""

from __future__ import annotations

from imports.workbook.drawings import whole_number
from imports.workbook.model import Sheet
from imports.workbook.ooxml.parts import Parts
from imports.workbook.xmlscan import attribute, scan


def place_pictures(sheet: Sheet, part: str, parts: Parts) -> None:
    """Resolve the sheet's picture ids to hashes and lay floating pictures over their rows."""
    if sheet.picture_ids:
        _place_cell_pictures(sheet, parts)
    parts.place_drawings(sheet, part)


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
            blocks.append(whole_number(attributes.get("i")))
        elif tag == "rc" and where == "valueMetadata":
            records.append(whole_number(attributes.get("v")))

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
            structure = whole_number(attributes.get("s"))
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
            found.append(whole_number(values[place]) if 0 <= place < len(values) else -1)

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
