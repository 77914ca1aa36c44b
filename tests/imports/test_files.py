"""Files of every form, told by their content; hostile and broken ones refused with their own reason."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from imports import stock_sheet
from imports.limits import DEFAULT
from imports.report import FileRefused
from imports.stock_sheet.rows import Reading
from imports.workbook.package import Package
from tests.imports.binary_builders import xls, xlsb
from tests.imports.builders import (
    HEADER,
    Styled,
    csv,
    goods,
    html,
    ods,
    png,
    rewrite,
    spreadsheetml,
    with_cell,
    xlsx,
)
from tests.imports.checks import every_line_is_accounted_for

LINES = [list(HEADER), *goods()]
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, filename: str = "库存.xlsx", **options: Any) -> Reading:
    reading = stock_sheet.read(data, filename, **options)
    every_line_is_accounted_for(reading)
    return reading


FORMS = {
    "xlsx": lambda: xlsx(LINES),
    "xls": lambda: xls(LINES),
    "xlsb": lambda: xlsb(LINES),
    "ods": lambda: ods(LINES),
    "html": lambda: html(LINES),
    "html gbk": lambda: html(LINES, "gb2312"),
    "spreadsheetml": lambda: spreadsheetml(LINES),
    "csv utf-8": lambda: csv(LINES, "utf-8"),
    "csv utf-8 with mark": lambda: csv(LINES, "utf-8-sig"),
    "csv gbk": lambda: csv(LINES, "gbk"),
    "csv gb18030": lambda: csv(LINES, "gb18030"),
    "csv utf-16": lambda: csv(LINES, "utf-16"),
    "csv utf-16 without mark": lambda: csv(LINES, "utf-16-le"),
    "tsv": lambda: csv(LINES, "utf-16", "\t"),
    "semicolons": lambda: csv(LINES, "utf-8", ";"),
    "pipes": lambda: csv(LINES, "gbk", "|"),
    "sep line": lambda: b"sep=,\r\n" + csv(LINES, "gbk"),
}


# IMPORT-2
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("filename", ["库存.xls", "库存", "库存.xlsx"])
def test_read_recognises_the_format_by_the_content(form: str, filename: str) -> None:
    reading = read(FORMS[form](), filename)
    assert reading.outcome == "accept", reading
    got = [
        (r.style_no, r.colour, r.size, r.barcode, r.tag_price_fen, r.base_price_fen, r.quantity) for r in reading.rows
    ]
    assert got == [(*line[:4], int(line[4] * 100), round(line[5] * 100), int(line[6])) for line in LINES[1:]]
    assert reading.faults == []


# IMPORT-2
@pytest.mark.parametrize(
    ("form", "filename", "codes"),
    [
        ("xlsx", "a.xlsx", []), ("xlsx", "a.xls", ["wrong_extension"]), ("csv gbk", "a.xlsx", ["wrong_extension"]),
        ("html", "a.xls", ["html_not_excel"]), ("xls", "a.xls", []), ("spreadsheetml", "a.xls", []),
    ],
)  # fmt: skip
def test_read_warns_of_a_wrong_extension(form: str, filename: str, codes: list[str]) -> None:
    assert [warning.code for warning in read(FORMS[form](), filename).warnings] == codes


def ole(names: list[str]) -> bytes:
    """An OLE file of which only the directory matters."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = b""
    for name in ["Root Entry", *names]:
        raw = name.encode("utf-16-le") + b"\0\0"
        entries += raw.ljust(64, b"\0") + struct.pack("<H", len(raw)) + bytes(62)
    return bytes(header) + fat + entries.ljust(512, b"\0")


def package(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def with_doctype(xml: bytes) -> bytes:
    bomb = b'<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return xml.replace(b"?>", b"?>" + bomb, 1)


def many_parts() -> bytes:
    return package({f"xl/media/{at}.bin": b"" for at in range(6000)}, zipfile.ZIP_STORED)


def bomb() -> bytes:
    return rewrite(xlsx(LINES), SHEET, b"<worksheet><sheetData>" + b" " * 60_000_000 + b"</sheetData></worksheet>")


def encrypted_zip() -> bytes:
    data = bytearray(xlsx(LINES))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def duplicate_parts() -> bytes:
    out = io.BytesIO(xlsx(LINES))
    with zipfile.ZipFile(out, "a") as target, pytest.warns(UserWarning, match="Duplicate name"):
        target.writestr(SHEET, b"<worksheet/>")
    return out.getvalue()


def far_reference(ref: bytes) -> bytes:
    return rewrite(xlsx(LINES), SHEET, lambda xml: xml.replace(b'<c r="A2"', b'<c r="' + ref + b'"', 1))


def broken_crc() -> bytes:
    data = bytearray(xlsx(LINES))
    at = data.find(b"xl/worksheets/sheet1.xml") + len("xl/worksheets/sheet1.xml")
    for place in range(at + 40, at + 60):
        data[place] ^= 0xFF
    return bytes(data)


def declares_too_little() -> bytes:
    """A workbook whose directory says of its sheet that it is smaller than what it inflates to."""
    data = bytearray(xlsx(LINES))
    at = data.rfind(SHEET.encode()) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    (size,) = struct.unpack_from("<I", data, at + 24)
    struct.pack_into("<I", data, at + 24, size - 100)
    return bytes(data)


REFUSED = [
    ("empty", b"", "empty"),
    ("white space", b" \r\n\t ", "empty"),
    ("zeros", bytes(5000), "empty"),
    ("empty workbook", lambda: xlsx([]), "empty"),
    ("header only", lambda: xlsx([HEADER]), "empty"),
    ("truncated", lambda: xlsx(LINES)[:3000], "corrupt"),
    ("crc", broken_crc, "corrupt"),
    ("declares too little", declares_too_little, "corrupt"),
    ("ole encrypted", lambda: ole(["EncryptionInfo", "EncryptedPackage"]), "encrypted"),
    ("word 97", lambda: ole(["WordDocument"]), "unsupported_format"),
    ("ole truncated", lambda: ole(["Workbook"])[:700], "corrupt"),
    ("ole of nothing", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "corrupt"),
    ("zip encrypted", encrypted_zip, "encrypted"),
    ("zip of something", lambda: package({"a.txt": b"hello"}), "unsupported_format"),
    ("docx", lambda: package({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "unsupported_format"),
    ("pdf", b"%PDF-1.7 hello", "unsupported_format"),
    ("png", lambda: png(1), "unsupported_format"),
    ("json", b'{"rows": [1, 2]}', "unsupported_format"),
    ("random", lambda: zlib.compress(bytes(range(256)) * 40), "unsupported_format"),
    ("no workbook part", lambda: package({"[Content_Types].xml": b"<Types/>", "xl/other.xml": b"<a/>"}), "malformed"),
    ("xml broken", lambda: rewrite(xlsx(LINES), SHEET, lambda xml: xml[:2000]), "malformed"),
    ("doctype", lambda: rewrite(xlsx(LINES), SHEET, with_doctype), "xml_entity"),
    ("doctype in strings", lambda: rewrite(xlsx(LINES), "xl/sharedStrings.xml", with_doctype), "xml_entity"),
    ("doctype in workbook", lambda: rewrite(xlsx(LINES), "xl/workbook.xml", with_doctype), "xml_entity"),
    ("external entity", (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">&e;</Workbook>'), "xml_entity"),
    ("bomb", bomb, "zip_bomb"),
    ("parts", many_parts, "too_many_parts"),
    ("duplicate parts", duplicate_parts, "malformed"),
    ("column out of range", lambda: far_reference(b"XFE2"), "malformed"),
    ("row out of range", lambda: far_reference(b"A1048577"), "malformed"),
    ("reference of nonsense", lambda: far_reference(b"A-1"), "malformed"),
    ("shared string out of range", lambda: rewrite(xlsx(LINES), SHEET, lambda xml: xml.replace(b"<v>7</v>", b"<v>99999</v>")), "malformed"),
    ("page without table", b"<html><body>login please</body></html>", "html_not_excel"),
    ("prose", "这是一封信。\n没有表格。\n".encode(), "no_header"),
    ("garbled", b"\x81\xff\xfe\x80abc\xff\xff\x80\x80\xfe" * 50, "encoding_damage"),
    ("mhtml", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "unsupported_format"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_read_refuses_each_kind_of_damage_with_its_own_reason(data: Any, code: str) -> None:
    reading = read(data() if callable(data) else data)
    assert (reading.outcome, reading.reason) == ("refuse", code)
    assert reading.message_zh
    assert reading.message_en


@pytest.mark.parametrize("damage", [broken_crc, declares_too_little])
def test_a_part_inflated_at_once_is_refused_like_one_in_pieces(damage: Callable[[], bytes]) -> None:
    sheet = Package(damage(), DEFAULT)
    for reading in (lambda: sheet.read(SHEET), lambda: list(sheet.chunks(SHEET))):
        with pytest.raises(FileRefused) as refused:
            reading()
        assert refused.value.code == "corrupt"
    sound = Package(xlsx(LINES), DEFAULT)
    assert sound.read(SHEET) == b"".join(sound.chunks(SHEET))


# IMPORT-3
def test_read_refuses_more_bytes_or_lines_than_allowed() -> None:
    data = xlsx(LINES)
    assert read(data, limits=replace(DEFAULT, file_bytes=1000)).reason == "too_large"
    assert read(data, limits=replace(DEFAULT, lines=5)).reason == "too_many_rows"
    assert read(csv(LINES), limits=replace(DEFAULT, lines=5)).reason == "too_many_rows"
    assert read(data, limits=replace(DEFAULT, parts=3)).reason == "too_many_parts"


def test_read_survives_a_sheet_formatted_to_the_last_row() -> None:
    tail = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % number for number in range(10, 60000))
    tail += b'<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    data = rewrite(xlsx(LINES), SHEET, lambda xml: xml.replace(b"</sheetData>", tail + b"</sheetData>"))
    reading = read(data)
    assert len(reading.rows) == 8
    assert reading.lines == {"库存": 9}


def test_read_survives_a_single_cell_at_the_far_corner() -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    data = rewrite(xlsx(LINES), SHEET, lambda xml: xml.replace(b"</sheetData>", far + b"</sheetData>"))
    reading = stock_sheet.read(data, "a.xlsx")
    assert len(reading.rows) == 8


def test_read_never_leaves_the_package_by_a_path() -> None:
    data = rewrite(xlsx(LINES), "../../../tmp/evil.xml", b"<x/>")
    data = rewrite(
        data,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"worksheets/sheet1.xml", b"../../../../etc/passwd"),
    )
    assert read(data).reason == "corrupt"


# IMPORT-3
def test_read_does_not_run_macros_and_warns_of_them() -> None:
    reading = read(rewrite(xlsx(LINES), "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"), "库存.xlsm")
    assert len(reading.rows) == 8
    assert [warning.code for warning in reading.warnings] == ["macro"]


def test_read_reads_strict_and_prefixed_xml() -> None:
    def strict(xml: bytes) -> bytes:
        return xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )

    data = xlsx(LINES)
    for part in (SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"):
        data = rewrite(data, part, strict)
    assert len(read(data).rows) == 8

    def prefixed(xml: bytes) -> bytes:
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v"):
            xml = xml.replace(b"<" + tag + b" ", b"<x:" + tag + b" ").replace(b"<" + tag + b">", b"<x:" + tag + b">")
            xml = xml.replace(b"</" + tag + b">", b"</x:" + tag + b">")
        return xml.replace(b'<x:worksheet xmlns="', b'<x:worksheet xmlns="urn:x" xmlns:x="')

    assert len(read(rewrite(xlsx(LINES), SHEET, prefixed)).rows) == 8


def test_read_reads_rich_text_and_inline_strings() -> None:
    def rich(xml: bytes) -> bytes:
        return xml.replace(
            b"<si><t>ST24A10000</t></si>",
            b"<si><r><t>ST24A</t></r><r><rPr><b/></rPr><t>10000</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si>",
        )

    assert read(rewrite(xlsx(LINES), "xl/sharedStrings.xml", rich)).rows[0].style_no == "ST24A10000"

    def inline(xml: bytes) -> bytes:
        return xml.replace(b'<c r="A2" t="s"><v>7</v></c>', b'<c r="A2" t="inlineStr"><is><t>ST9</t></is></c>')

    assert read(rewrite(xlsx(LINES), SHEET, inline)).rows[0].style_no == "ST9"


def test_read_refuses_a_workbook_of_formulas_without_results() -> None:
    def strip(xml: bytes) -> bytes:
        import_cells = xml
        for number in range(2, 10):
            cell = b'<c r="G%d">' % number
            at = import_cells.find(cell)
            end = import_cells.find(b"</c>", at)
            import_cells = import_cells[:at] + cell + b"<f>A1+1</f>" + import_cells[end:]
        return import_cells

    reading = read(rewrite(xlsx(LINES), SHEET, strip))
    assert (reading.outcome, reading.reason) == ("refuse", "formula_no_value")


def test_read_reads_hidden_rows_of_other_forms() -> None:
    for data in (
        xls(LINES, hidden_rows=[4]),
        xlsb(LINES, hidden_rows=[4]),
        ods(LINES, hidden_rows=[4], tail_rows=1048000),
    ):
        reading = read(data)
        assert len(reading.rows) == 8
        assert [(warning.row, warning.code) for warning in reading.warnings if warning.row] == [(4, "hidden_row")]


def test_read_reports_error_cells_of_other_forms() -> None:
    lines = [list(HEADER), *with_cell(goods(), 3, 6, "#N/A")]
    for data in (xls(lines), xlsb(lines), ods(lines), html(lines), csv(lines)):
        assert [(fault.row, fault.code) for fault in read(data).faults] == [(5, "formula_error")]


def test_read_takes_leading_zeros_from_the_number_format() -> None:
    lines = [with_cell([line], 0, 0, Styled(float(1200 + at // 4), "000000"))[0] for at, line in enumerate(goods())]
    assert read(xlsx([HEADER, *lines])).rows[0].style_no == "001200"


def test_read_reads_big5_and_text_kept_as_text() -> None:
    lines = '款號,顏色,尺碼,條碼,零售價,批發價,數量\r\nA1,黑色,M,="6901234567892",599,149.75,3\r\nA1,白色,L,,"1,299",149.75,4\r\n'
    reading = read(lines.encode("big5"), "庫存.csv")
    assert [(r.colour, r.barcode, r.tag_price_fen) for r in reading.rows] == [
        ("黑色", "6901234567892", 59900), ("白色", None, 129900),
    ]  # fmt: skip


@pytest.mark.parametrize("build", [xlsx, xls, xlsb, ods])
def test_read_gives_the_right_column_where_the_table_begins_further_right(build: Any) -> None:
    lines = [[], [None, None, *HEADER], *[[None, None, *line] for line in with_cell(goods(), 3, 6, "多")]]
    assert [(fault.row, fault.col) for fault in read(build(lines)).faults] == [(6, "I")]


def test_read_reports_formulas_of_an_opendocument_without_a_result() -> None:
    empty = b'<table:table-cell table:formula="of:=[.A1]" office:value-type="float"/>'
    with zipfile.ZipFile(io.BytesIO(ods([HEADER, *goods()]))) as source:
        content = source.read("content.xml")
    cell = b'<table:table-cell office:value-type="float" office:value="3.0"><text:p>3</text:p></table:table-cell>'
    assert content.count(cell) == 1
    reading = read(rewrite(ods([HEADER, *goods()]), "content.xml", content.replace(cell, empty)))
    assert [(fault.row, fault.col, fault.code) for fault in reading.faults] == [(2, "G", "formula_no_value")]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (lambda: xls(LINES) + png(1), ["pictures_unread"]),
        (lambda: rewrite(xlsb(LINES), "xl/media/image1.png", png(1)), ["pictures_unread"]),
        (lambda: html(LINES).replace(b"<tr><td>ST", b"<tr><td><img src='http://example.com/a.png'>ST"), ["pictures_unread"]),
        (lambda: xls(LINES), []),
        (lambda: xlsb(LINES), []),
        (lambda: html(LINES), []),
    ],
)  # fmt: skip
def test_read_warns_of_pictures_in_formats_without_pictures(data: Any, codes: list[str]) -> None:
    reading = read(data(), "库存")
    assert len(reading.rows) == 8
    assert [warning.code for warning in reading.warnings] == codes


@pytest.mark.parametrize("broken", [b"\xe5\xa2", b"\xff\xfe\xff"])
def test_read_reports_one_damaged_cell_of_a_csv_and_reads_the_rest(broken: bytes) -> None:
    data = csv(LINES, "utf-8").replace("墨绿".encode(), broken, 1)
    reading = read(data, "库存.csv")
    assert [(fault.row, fault.col, fault.code) for fault in reading.faults] == [(2, "B", "encoding_damage")]
    assert len(reading.rows) == 7


# IMPORT-1
@pytest.mark.parametrize(
    "inserted", [b"<table>", b"<table><tr><td>x</td></tr></table>", b"<td><table><tr><td>x", b"</td><table></td>"]
)
@pytest.mark.parametrize("before", [b"<tr>", b"<td>", b"</td>", b"</tr>"])
def test_an_html_table_in_a_wrong_place_loses_no_line(before: bytes, inserted: bytes) -> None:
    page = html(LINES)
    for at in range(page.count(before)):
        pieces = page.split(before)
        read(before.join(pieces[: at + 1]) + inserted + before.join([b"", *pieces[at + 1 :]]), "a.xls")
