"""Marks written into an OOXML package by changing only the bytes that must change.

Cells get a clone of their style with a fill; comments are added beside those that are there; one sheet is put
in front. Pictures, macros, formulas, formats and whatever a program keeps in the package stay as they are.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from imports.annotated_copy.annotations import FILLS, Annotation, by_sheet, summary
from imports.limits import Limits
from imports.readings import AnyReading
from imports.report import FileRefused, Tone
from imports.vocabulary import FAULTS_SHEET
from imports.workbook.model import column_index
from imports.workbook.ooxml.parts import Parts
from imports.workbook.package import DAMAGE, Package

AUTHOR = "Weicang 尾仓"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_FILL = '<fill><patternFill patternType="solid"><fgColor rgb="FF{}"/><bgColor indexed="64"/></patternFill></fill>'
_CELL = re.compile(rb"<c\b([^>]*?)(/?)>")
_REF = re.compile(rb'\br="([A-Z]+)(\d+)"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?(/?)>')
_XFS = re.compile(rb"<cellXfs\b[^>]*>(.*?)</cellXfs>", re.DOTALL)
_XF = re.compile(rb"<xf\b[^>]*?/>|<xf\b[^>]*?>.*?</xf>", re.DOTALL)
_MAX_COMMENTS = 10_000


class CannotPatch(Exception):
    """The package is written in a way that this module does not dare to change."""


def patch(
    data: bytes, annotations: list[Annotation], reading: AnyReading, limits: Limits, opening: Sequence[str] = ()
) -> bytes:
    """The package with its annotations. Raises CannotPatch, also for damage in parts that the reader does not read."""
    try:
        return _patched(data, annotations, summary(reading, annotations, opening), limits)
    except (FileRefused, KeyError, *DAMAGE) as error:
        raise CannotPatch from error


def _patched(data: bytes, annotations: list[Annotation], lines: list[list[str]], limits: Limits) -> bytes:
    package = Package(data, limits)
    parts = Parts(package, limits)
    changed: dict[str, bytes] = {}
    styles = _Styles(parts)
    places = {entry.name: entry.part for entry in parts.sheets if entry.part is not None}
    content_types = package.read("[Content_Types].xml")
    for number, (name, own) in enumerate(by_sheet(annotations).items(), 1):
        part = places.get(name or "")
        if part is None:
            raise CannotPatch
        sheet = _fill_cells(package.read(part), own, styles)
        sheet, content_types = _add_comments(package, parts, part, sheet, own, number, changed, content_types)
        changed[part] = sheet
    changed.update(styles.changed())
    content_types = _add_summary(package, parts, lines, changed, content_types)
    changed["[Content_Types].xml"] = content_types
    return _write(data, changed)


class _Styles:
    """Filled clones of the workbook's cell styles, made as they are asked for."""

    def __init__(self, parts: Parts) -> None:
        part = parts.part_of_kind("styles")
        if part is None:
            raise CannotPatch
        self._part = part
        self._xml = parts.package.read(part)
        found = _XFS.search(self._xml)
        fills = re.search(rb"<fills\b[^>]*?>(.*?)</fills>", self._xml, re.DOTALL)
        if found is None or fills is None:
            raise CannotPatch
        self._styles = _XF.findall(found.group(1))
        self._first_fill = len(re.findall(rb"<fill>|<fill\b[^>]*>", fills.group(1)))
        self._fills: list[Tone] = []
        self._clones: dict[tuple[int, Tone], int] = {}

    def filled(self, style: int, tone: Tone) -> int:
        """The index of the clone of a style with the fill of a tone."""
        if (style, tone) not in self._clones:
            if not 0 <= style < len(self._styles):
                raise CannotPatch
            if tone not in self._fills:
                self._fills.append(tone)
            xf = self._styles[style]
            head, rest = xf[: xf.index(b">")], xf[xf.index(b">") :]
            closed = head.endswith(b"/")
            head = re.sub(rb'\s(fillId|applyFill)="[^"]*"', b"", head.rstrip(b"/"))
            fill = self._first_fill + self._fills.index(tone)
            head += b' fillId="%d" applyFill="1"' % fill + (b"/" if closed else b"")
            self._clones[style, tone] = len(self._styles)
            self._styles.append(head + rest)
        return self._clones[style, tone]

    def changed(self) -> dict[str, bytes]:
        if not self._clones:
            return {}
        xfs = b'<cellXfs count="%d">' % len(self._styles) + b"".join(self._styles) + b"</cellXfs>"
        xml = _XFS.sub(lambda _: xfs, self._xml, count=1)
        count = self._first_fill + len(self._fills)
        xml = re.sub(rb"<fills\b[^>]*?>", b'<fills count="%d">' % count, xml, count=1)
        added = "".join(_FILL.format(FILLS[tone]) for tone in self._fills).encode()
        return {self._part: xml.replace(b"</fills>", added + b"</fills>", 1)}


def _fill_cells(xml: bytes, annotations: list[Annotation], styles: _Styles) -> bytes:
    if (
        b"<sheetData" not in xml
        or re.search(rb"<c(?=[\s>/])(?![^>]*\br=)", xml)
        or b"<![CDATA[" in xml
        or b"<!--" in xml
    ):
        raise CannotPatch
    if any(one.col is None for one in annotations):
        first = _first_columns(xml)
        for one in annotations:
            one.col = one.col or first.get(one.row, "A")
    left = {f"{one.col}{one.row}".encode(): one.tone for one in annotations}

    def recolour(match: re.Match[bytes]) -> bytes:
        ref = _REF.search(match.group(1))
        if ref is None or (place := ref.group(1) + ref.group(2)) not in left:
            return match.group(0)
        style = _STYLE.search(match.group(1))
        filled = b's="%d"' % styles.filled(int(style.group(1)) if style else 0, left.pop(place))
        attributes = _STYLE.sub(filled, match.group(1)) if style else match.group(1).rstrip() + b" " + filled
        return b"<c" + attributes + match.group(2) + b">"

    xml = _CELL.sub(recolour, xml)
    for place, tone in left.items():
        xml = _insert_cell(xml, place, styles.filled(0, tone))
    return xml


def _first_columns(xml: bytes) -> dict[int, str]:
    """The column of the first cell of each row."""
    first: dict[int, str] = {}
    for cell in _CELL.finditer(xml):
        if ref := _REF.search(cell.group(1)):
            first.setdefault(int(ref.group(2)), ref.group(1).decode())
    return first


def _insert_cell(xml: bytes, place: bytes, style: int) -> bytes:
    """A filled empty cell where there was none."""
    letters, number = place.rstrip(b"0123456789"), int(place.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    cell = b'<c r="%s" s="%d"/>' % (place, style)
    for match in _ROW.finditer(xml):
        if int(match.group(1)) != number:
            continue
        if match.group(2):
            opening = match.group(0)[:-2].rstrip() + b">"
            return xml[: match.start()] + opening + cell + b"</row>" + xml[match.end() :]
        end = xml.index(b"</row>", match.end())
        at = end
        for other in re.finditer(rb'<c\b[^>]*?\br="([A-Z]+)\d+"', xml[match.end() : end]):
            if column_index(other.group(1).decode()) > column_index(letters.decode()):
                at = match.end() + other.start()
                break
        return xml[:at] + cell + xml[at:]
    raise CannotPatch


def _add_comments(
    package: Package,
    parts: Parts,
    part: str,
    sheet: bytes,
    annotations: list[Annotation],
    number: int,
    changed: dict[str, bytes],
    content_types: bytes,
) -> tuple[bytes, bytes]:
    relations = parts.relations_of(part)
    existing = next((r.part for r in relations.values() if r.kind == "comments" and r.part in package), None)
    drawing = next((r.part for r in relations.values() if r.kind == "vmlDrawing" and r.part in package), None)
    if (existing is None) != (drawing is None) or (drawing is not None and b"<legacyDrawing" not in sheet):
        raise CannotPatch
    texts = {f"{one.col}{one.row}": one.text() for one in annotations[:_MAX_COMMENTS]}
    if existing is not None and drawing is not None:
        changed[existing] = _merge_comments(package.read(existing), texts)
        changed[drawing] = _merge_shapes(package.read(drawing), texts)
        return sheet, content_types
    comments, shapes = f"xl/weicangComments{number}.xml", f"xl/drawings/weicangShapes{number}.vml"
    if comments in package or shapes in package:
        raise CannotPatch
    changed[comments] = _merge_comments(
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="{_MAIN}"><authors></authors>'
        "<commentList></commentList></comments>".encode(),
        texts,
    )
    changed[shapes] = _merge_shapes(
        b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        b'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" '
        b'o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        b'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>',
        texts,
    )
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    changed[rels] = _with_relations(
        package.read(rels) if rels in package else None,
        [
            ("weicangC", f"{_RELATIONS}/comments", f"/{comments}"),
            ("weicangV", f"{_RELATIONS}/vmlDrawing", f"/{shapes}"),
        ],
    )
    content_types = _with_type(
        content_types, f"/{comments}", "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
    )
    if b'Extension="vml"' not in content_types:
        default = b'<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        content_types = re.sub(rb"(<Types\b[^>]*>)", rb"\g<1>" + default, content_types, count=1)
    return _with_legacy_drawing(sheet, b"weicangV"), content_types


_AFTER_LEGACY_DRAWING = (
    b"<legacyDrawingHF", b"<picture", b"<oleObjects", b"<controls", b"<webPublishItems", b"<tableParts", b"<extLst",
    b"</worksheet>",
)  # fmt: skip


def _with_legacy_drawing(sheet: bytes, identity: bytes) -> bytes:
    """The reference to the comments' shapes, at the one place in the order of elements where it may stand."""
    tail = sheet.rfind(b"</sheetData>") if b"</sheetData>" in sheet else sheet.rfind(b"<sheetData/>")
    places = [at for mark in _AFTER_LEGACY_DRAWING if (at := sheet.find(mark, max(0, tail))) >= 0]
    if not places:
        raise CannotPatch
    element = b'<legacyDrawing xmlns:r="%s" r:id="%s"/>' % (_RELATIONS.encode(), identity)
    return sheet[: min(places)] + element + sheet[min(places) :]


def _merge_comments(xml: bytes, texts: dict[str, str]) -> bytes:
    if b"</commentList>" not in xml or b"</authors>" not in xml:
        raise CannotPatch
    authors = re.findall(rb"<author>.*?</author>|<author/>", xml, re.DOTALL)
    ours = f"<author>{AUTHOR}</author>".encode()
    if ours in authors:
        number = authors.index(ours)
        xml = re.sub(rb'<comment [^>]*?authorId="%d"[^>]*>.*?</comment>' % number, b"", xml, flags=re.DOTALL)
    else:
        number = len(authors)
        xml = xml.replace(b"</authors>", ours + b"</authors>", 1)
    added = []
    for ref, text in texts.items():
        old = re.search(rb'<comment [^>]*?ref="%s"[^>]*>.*?</comment>' % ref.encode(), xml, re.DOTALL)
        before = ""
        if old is not None:
            pieces = re.findall(rb"<t\b[^>]*>([^<]*)</t>", old.group(0))
            before = b"".join(pieces).decode("utf-8", "replace") + "\n\n"
            xml = xml.replace(old.group(0), b"", 1)
        added.append(
            f'<comment ref="{ref}" authorId="{number}"><text><t xml:space="preserve">'
            f"{before}{escape(_printable(text))}</t></text></comment>"
        )
    return xml.replace(b"</commentList>", "".join(added).encode() + b"</commentList>", 1)


def _merge_shapes(vml: bytes, texts: dict[str, str]) -> bytes:
    end = vml.rfind(b"</xml>")
    if end < 0:
        raise CannotPatch
    shapes = []
    for at, ref in enumerate(texts):
        column = column_index(ref.rstrip("0123456789"))
        row = int(ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1
        if b"<x:Row>%d</x:Row><x:Column>%d</x:Column>" % (row, column) in vml:
            continue
        shapes.append(
            f'<v:shape id="_x0000_w{at + 1}" type="#_x0000_t202" style="position:absolute;visibility:hidden;width:260pt;height:110pt" '
            f'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
            f'<v:path o:connecttype="none"/><v:textbox><div style="text-align:left"></div></v:textbox>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{column + 1}, 15, {row}, 2, {column + 5}, 31, {row + 7}, 1</x:Anchor><x:AutoFill>False</x:AutoFill>"
            f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        )
    return vml[:end] + "".join(shapes).encode() + vml[end:]


def _add_summary(
    package: Package, parts: Parts, lines: list[list[str]], changed: dict[str, bytes], content_types: bytes
) -> bytes:
    sheet = _summary_xml(lines)
    known = next((entry.part for entry in parts.sheets if entry.name == FAULTS_SHEET and entry.part), None)
    if known is not None:
        changed[known] = sheet
        return content_types
    part = "xl/worksheets/weicangSummary.xml"
    book = package.read(parts.workbook_part)
    identities = [int(found) for found in re.findall(rb'\bsheetId="(\d+)"', book)]
    if b"<sheets>" not in book or not identities:
        raise CannotPatch
    element = (
        f'<sheet name="{escape(FAULTS_SHEET)}" sheetId="{max(identities) + 1}" xmlns:r="{_RELATIONS}" r:id="weicangS"/>'
    )
    book = book.replace(b"<sheets>", b"<sheets>" + element.encode(), 1)
    book = re.sub(rb'\blocalSheetId="(\d+)"', lambda m: b'localSheetId="%d"' % (int(m.group(1)) + 1), book)
    book = re.sub(rb'\s(activeTab|firstSheet)="\d+"', b"", book)
    changed[parts.workbook_part] = book
    folder, _, name = parts.workbook_part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    changed[rels] = _with_relations(package.read(rels), [("weicangS", f"{_RELATIONS}/worksheet", f"/{part}")])
    changed[part] = sheet
    for entry in parts.sheets:
        if entry.part is not None:
            own = changed.get(entry.part) or package.read(entry.part)
            changed[entry.part] = re.sub(rb'\stabSelected="(1|true)"', b"", own)
    return _with_type(
        content_types, f"/{part}", "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    )


def _summary_xml(lines: list[list[str]]) -> bytes:
    rows = []
    for number, line in enumerate(lines, 1):
        cells = "".join(
            f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(_printable(text))}</t></is></c>'
            for at, text in enumerate(line)
            if text
        )
        rows.append(f'<row r="{number}">{cells}</row>')
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}">'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        '<cols><col min="1" max="1" width="28" customWidth="1"/><col min="2" max="2" width="24" customWidth="1"/>'
        '<col min="3" max="3" width="36" customWidth="1"/><col min="4" max="4" width="80" customWidth="1"/></cols>'
        f"<sheetData>{''.join(rows)}</sheetData></worksheet>"
    ).encode()


def _with_relations(xml: bytes | None, added: list[tuple[str, str, str]]) -> bytes:
    if xml is None:
        xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode()
    xml = re.sub(rb"(<Relationships\b[^>]*?)/>", rb"\1></Relationships>", xml)
    if b"</Relationships>" not in xml:
        raise CannotPatch
    text = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{target}"/>' for i, kind, target in added)
    return xml.replace(b"</Relationships>", text.encode() + b"</Relationships>", 1)


def _with_type(xml: bytes, part: str, kind: str) -> bytes:
    if b"</Types>" not in xml:
        raise CannotPatch
    return xml.replace(b"</Types>", f'<Override PartName="{part}" ContentType="{kind}"/></Types>'.encode(), 1)


def _write(data: bytes, changed: dict[str, bytes]) -> bytes:
    """The package again, unchanged parts as they were and in their order."""
    out = io.BytesIO()
    left = {name.lower(): (name, content) for name, content in changed.items()}
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            replaced = left.pop(entry.filename.replace("\\", "/").lstrip("/").lower(), None)
            content = replaced[1] if replaced is not None else source.read(entry)
            fresh = zipfile.ZipInfo(entry.filename, entry.date_time)
            fresh.compress_type = entry.compress_type
            fresh.external_attr = entry.external_attr
            target.writestr(fresh, content)
        for name, content in left.values():
            target.writestr(name, content)
    return out.getvalue()


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char if char >= " " or char in "\n\t" else "\ufffd" for char in text)
