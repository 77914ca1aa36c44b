"""Small files that ask for much work: each is made on demand, by a function of how much is asked for."""
# ruff: noqa: E501, PERF401 - markup is written as it stands in files

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable

_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = ("款号", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letters(column: int) -> str:
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = _LETTERS[rest] + found
    return found


def cell(row: int, column: int, value: object) -> str:
    place = f"{letters(column)}{row}"
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>' if value is not None else ""


def line(row: int, values: Iterable[object]) -> str:
    return f'<row r="{row}">' + "".join(cell(row, column, value) for column, value in enumerate(values)) + "</row>"


def good(n: int) -> list[object]:
    return [f"A{n // 5:06}", "黑色", ("S", "M", "L", "XL", "2XL")[n % 5], None, 599, 149, 3]


def sheet(lines: Iterable[str], after: str = "", before: str = "") -> bytes:
    body = "".join(lines)
    return f"<worksheet>{before}<sheetData>{body}</sheetData>{after}</worksheet>".encode()


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def xlsx(
    sheets: list[bytes],
    more: dict[str, bytes] | None = None,
    workbook_rels: str = "",
    names: list[str] | None = None,
    targets: list[str] | None = None,
) -> bytes:
    named = names or [f"S{n}" for n in range(1, len(targets or sheets) + 1)]
    aims = targets or [f"worksheets/sheet{n}.xml" for n in range(1, len(sheets) + 1)]
    entries = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(named, 1))
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_RELS}/worksheet" Target="{aim}"/>' for n, aim in enumerate(aims, 1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns:r="{_RELS}"><sheets>{entries}</sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}{workbook_rels}</Relationships>".encode(),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": content for n, content in enumerate(sheets, 1)}
    return packed(parts | (more or {}))


def goods(count: int) -> list[str]:
    return [line(1, HEAD), *(line(n + 2, good(n)) for n in range(count))]


def merged(refs: Iterable[str]) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{ref}"/>' for ref in refs) + "</mergeCells>"


def merges_overlapping(count: int = 39_800, rows: int = 20_000) -> bytes:
    lines = [
        line(1, HEAD),
        *(line(n + 2, [f"A{n}" if n < 2 else None, "黑", "M", None, 599, 149, 3]) for n in range(rows)),
    ]
    return xlsx([sheet(lines, merged(f"A{2 + n % 2}:A{rows}" for n in range(count)))])


def merges_overlapping_colour(count: int = 39_800, rows: int = 20_000) -> bytes:
    lines = [
        line(1, HEAD),
        *(line(n + 2, [f"A{n}", "黑" if n < 2 else None, "M", None, 599, 149, 3]) for n in range(rows)),
    ]
    return xlsx([sheet(lines, merged(f"B{2 + n % 2}:B{rows}" for n in range(count)))])


def merges_quantity(count: int = 39_800, rows: int = 20_000) -> bytes:
    return xlsx([sheet(goods(rows), merged(f"G2:G{rows}" for n in range(count)))])


def merges_heading_wide(count: int = 39_800) -> bytes:
    wide = [*HEAD, *([None] * 2000), "x"]
    lines = []
    for n in range(300):
        lines += [line(2 * n + 1, wide), line(2 * n + 2, good(n))]
    return xlsx([sheet(lines, merged(f"A{2 * (n % 300) + 1}:CXX{2 * (n % 300) + 1}" for n in range(count)))])


def merges_under_pictures(count: int = 20_000, anchors: int = 20_000) -> bytes:
    rels = f'<Relationships><Relationship Id="d" Type="{_RELS}/drawing" Target="../drawings/d.xml"/></Relationships>'
    anchor = "<twoCellAnchor><from><col>0</col><row>{0}</row></from><to><col>1</col><row>{1}</row></to><blip embed='i'/></twoCellAnchor>"
    drawing = "<wsDr>" + "".join(anchor.format(n % 900, n % 900 + 900) for n in range(anchors)) + "</wsDr>"
    images = f'<Relationships><Relationship Id="i" Type="{_RELS}/image" Target="../media/a.png"/></Relationships>'
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": rels.encode(),
        "xl/drawings/d.xml": drawing.encode(),
        "xl/drawings/_rels/d.xml.rels": images.encode(),
        "xl/media/a.png": b"\x89PNG\r\n\x1a\n",
    }
    return xlsx([sheet(goods(1000), merged(f"A{n % 900 + 1}:A{n % 900 + 900}" for n in range(count)))], more)


def headings_everywhere(count: int = 100_000) -> bytes:
    """Every second line is a heading."""
    lines = []
    for n in range(count):
        lines += [line(2 * n + 1, (*HEAD, f"h{n}")), line(2 * n + 2, good(n))]
    return xlsx([sheet(lines)])


def headings_missed(count: int = 20_000) -> bytes:
    """Headings of other words after the first lines: each is met among the goods."""
    lines = goods(100)
    for n in range(count):
        number = len(lines) + 1
        lines.append(line(number, [f"Style No {n}", "Color", "Size", f"EAN {n}", "msrp", "wholesale", "stock qty"]))
        lines.append(line(number + 1, good(n)))
    return xlsx([sheet(lines)])


def bands(count: int = 2_000) -> bytes:
    """Many tables side by side."""
    wide = ("款号", "颜色", "尺码", "吊牌价", "供货价", "库存") * count
    lines = [line(1, wide), *(line(n, ["A1", "黑", "M", 599, 149, 3] * count) for n in range(2, 40))]
    return xlsx([sheet(lines)])


def sums_of_one_style(count: int = 60_000) -> bytes:
    lines = [
        line(1, HEAD),
        *(line(n + 2, ["A1", None, None, None, None, None, 3]) for n in range(count)),
        line(count + 2, good(1)),
    ]
    return xlsx([sheet(lines)])


def totals(count: int = 100_000) -> bytes:
    lines = [line(1, HEAD)]
    for n in range(count):
        lines.append(line(n + 2, good(n) if n % 2 else ["小计", None, None, None, None, None, 3]))
    return xlsx([sheet(lines)])


def summaries(count: int = 3_000) -> bytes:
    content = sheet(goods(30))
    return xlsx([content] * count, names=[f"汇总{n}" for n in range(count)])


def one_part_many_sheets(count: int = 4_000) -> bytes:
    content = sheet(["<row/>" * 5_000_000])
    return xlsx([content], targets=["worksheets/sheet1.xml"] * count)


def one_drawing_many_sheets(count: int = 2_000) -> bytes:
    drawing = "<wsDr>" + "<twoCellAnchor><from><col>0</col><row>1</row></from></twoCellAnchor>" * 20_000 + "</wsDr>"
    rels = f'<Relationships><Relationship Id="d" Type="{_RELS}/drawing" Target="../drawings/d.xml"/></Relationships>'.encode()
    more = {f"xl/worksheets/_rels/sheet{n}.xml.rels": rels for n in range(1, count + 1)} | {
        "xl/drawings/d.xml": drawing.encode()
    }
    return xlsx([sheet(goods(3))] * count, more)


def faults_on_many_sheets(count: int = 3_000) -> bytes:
    lines = [line(1, HEAD), *(line(n + 2, [*good(n)[:6], -3]) for n in range(60))]
    return xlsx([sheet(lines)] * count)


def long_strings(count: int = 50_000, size: int = 400_000) -> bytes:
    """One shared string, in every cell of two columns."""
    rels = f'<Relationship Id="s" Type="{_RELS}/sharedStrings" Target="sharedStrings.xml"/>'
    text = " " * (size // 2) + "合" * (size // 2)
    shared = f"<sst><si><t>款号</t></si><si><t xml:space='preserve'>{text}</t></si></sst>".encode()
    lines = [line(1, HEAD)]
    for n in range(2, count + 2):
        lines.append(
            f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c><c r="B{n}" t="s"><v>1</v></c>'
            + "".join(cell(n, c, v) for c, v in enumerate(good(n)) if c > 1)
            + "</row>"
        )
    return xlsx([sheet(lines)], {"xl/sharedStrings.xml": shared}, rels)


def distinct_long_strings(count: int = 2_000, size: int = 30_000) -> bytes:
    lines = [
        line(1, HEAD),
        *(
            line(n + 2, [f"{n}" + " .-" * (size // 3), f"{n}" + "合 " * (size // 2), *good(n)[2:]])
            for n in range(count)
        ),
    ]
    return xlsx([sheet(lines)])


def one_giant_string(size: int = 60_000_000) -> bytes:
    body = "".join("abcdefghij" for _ in range(size // 10))
    return xlsx([sheet([line(1, HEAD), line(2, ["A1", body, "M", None, 599, 149, 3])])])


def wide_rows(rows: int = 1_800) -> bytes:
    lines = [
        line(1, HEAD),
        *(
            f'<row r="{n}">' + "".join(cell(n, c, v) for c, v in enumerate(good(n))) + cell(n, 16_383, 1) + "</row>"
            for n in range(2, rows)
        ),
    ]
    return xlsx([sheet(lines)])


def wide_heading(columns: int = 16_384, rows: int = 200) -> bytes:
    lines = [
        line(1, [*HEAD, *(f"列{n}" for n in range(columns - 7))]),
        *(line(n + 2, [*good(n), *([n] * (columns - 7))]) for n in range(rows)),
    ]
    return xlsx([sheet(lines)])


def wide_heading_of_one_word(columns: int = 16_384, rows: int = 100) -> bytes:
    lines = [
        line(1, [*HEAD, *(["库存"] * (columns - 7))]),
        *(line(n + 2, [*good(n), *([n] * (columns - 7))]) for n in range(rows)),
    ]
    return xlsx([sheet(lines)])


def matrix_of_many_sizes(columns: int = 10_000, rows: int = 100) -> bytes:
    lines = [line(1, ["款号", "颜色", "吊牌价", "供货价", *(str(n) for n in range(20, 20 + columns))])]
    lines += [line(n + 2, [f"A{n}", "黑", 599, 149, *([1] * columns)]) for n in range(rows)]
    return xlsx([sheet(lines)])


def far_corner() -> bytes:
    lines = [
        line(1, HEAD),
        *(line(n + 2, good(n)) for n in range(50)),
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    ]
    return xlsx([sheet(lines)])


def every_row_far(rows: int = 500_000) -> bytes:
    return xlsx([sheet([line(1, HEAD), *(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, rows))])])


def deep_markup(depth: int = 3_000_000) -> bytes:
    return xlsx([b"<worksheet><sheetData>" + b"<a>" * depth + b"</a>" * depth + b"</sheetData></worksheet>"])


def many_elements(count: int = 12_000_000) -> bytes:
    return xlsx([b"<worksheet><sheetData>" + b"<c/>" * count + b"</sheetData></worksheet>"] * 10)


def many_attributes(count: int = 500_000) -> bytes:
    return xlsx(
        [
            b"<worksheet><sheetData><row "
            + b" ".join(b'a%d="1"' % n for n in range(count))
            + b"/></sheetData></worksheet>"
        ]
    )


def hidden_columns(count: int = 200_000) -> bytes:
    cols = "<cols>" + '<col min="1" max="16384" hidden="1"/>' * count + "</cols>"
    return xlsx([sheet(goods(50), before=cols)])


def many_styles(count: int = 65_000, rows: int = 60_000) -> bytes:
    rels = f'<Relationship Id="s" Type="{_RELS}/styles" Target="styles.xml"/>'
    formats = "".join(
        f'<numFmt numFmtId="{n}" formatCode="&quot;{n}&quot;0.00_ ;[Red]-0.00"/>' for n in range(200, 200 + count)
    )
    xfs = "".join(f'<xf numFmtId="{n}"/>' for n in range(200, 200 + count))
    styles = f"<styleSheet><numFmts>{formats}</numFmts><cellXfs>{xfs}</cellXfs></styleSheet>".encode()
    lines = [line(1, HEAD)]
    for n in range(2, rows + 2):
        lines.append(
            f'<row r="{n}">'
            + "".join(f'<c r="{letters(c)}{n}" s="{(n * 7 + c) % count}"><v>{n + c}.5</v></c>' for c in range(7))
            + "</row>"
        )
    return xlsx([sheet(lines)], {"xl/styles.xml": styles}, rels)


def long_format(rows: int = 20_000) -> bytes:
    rels = f'<Relationship Id="s" Type="{_RELS}/styles" Target="styles.xml"/>'
    code = "[" * 20_000 + "0.00" + "&quot;" * 20_001
    styles = f'<styleSheet><numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>'.encode()
    return xlsx([sheet(goods(rows))], {"xl/styles.xml": styles}, rels)


def cards(count: int = 9_000) -> bytes:
    lines = []
    for n in range(count):
        lines += [line(2 * n + 1, [f"款号：A{n}", "吊牌价：599"]), line(2 * n + 2, ["颜色", "S", "M", "L"])]
    return xlsx([sheet(lines)])


def heads_of_groups(count: int = 100_000) -> bytes:
    lines = [line(1, HEAD)]
    for n in range(count):
        lines.append(
            line(n + 2, [f"A{n}" if n % 2 == 0 else None, None, None if n % 2 == 0 else "M", None, 599, 149, 3])
        )
    return xlsx([sheet(lines)])


def examples(count: int = 200_000) -> bytes:
    lines = [line(1, HEAD), *(line(n + 2, [f"示例{n}", *good(n)[1:]]) for n in range(count))]
    return xlsx([sheet(lines)])


def conflicts(count: int = 150_000) -> bytes:
    lines = [line(1, HEAD), *(line(n + 2, ["A1", "黑", "M", None, 599, 149, n % 900]) for n in range(count))]
    return xlsx([sheet(lines)])


def categories(count: int = 100_000) -> bytes:
    lines = [
        line(1, [*HEAD, "类目", "性别"]),
        *(line(n + 2, [f"A{n}", *good(n)[1:], f"毛衣{n}", f"女{n}"]) for n in range(count)),
    ]
    return xlsx([sheet(lines)])


def ods(rows: str) -> bytes:
    content = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table table:name="a">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()})


def _ods_line(values: Iterable[object], attributes: str = "", cells: str = "") -> str:
    row = "".join(
        f'<table:table-cell office:value-type="float" office:value="{v}"/>'
        if not isinstance(v, str) and v is not None
        else f"<table:table-cell{cells}><text:p>{v or ''}</text:p></table:table-cell>"
        for v in values
    )
    return f"<table:table-row{attributes}>{row}</table:table-row>"


def ods_repeated() -> bytes:
    return ods(_ods_line(HEAD) + _ods_line(good(1), ' table:number-rows-repeated="590000"'))


def ods_spans(count: int = 39_800) -> bytes:
    return ods(
        _ods_line(HEAD)
        + _ods_line(
            good(1),
            ' table:number-rows-repeated="1000"',
            ' table:number-rows-spanned="100000" table:number-columns-spanned="16000"',
        )
        * (count // 1000)
        + _ods_line(good(1), "", ' table:number-rows-spanned="100000"') * count
    )


def ods_hidden(count: int = 30_000) -> bytes:
    return ods(
        _ods_line(HEAD) + '<table:table-row table:visibility="collapse" table:number-rows-repeated="9999"/>' * count
    )


_SPACES = '<text:s text:c="100"/>'


def ods_spaces(count: int = 300_000) -> bytes:
    return ods(
        _ods_line(HEAD)
        + f"<table:table-row><table:table-cell><text:p>{_SPACES * count}</text:p></table:table-cell></table:table-row>"
    )


def html(rows: str) -> bytes:
    return f"<html><meta charset=utf-8><table>{rows}</table></html>".encode()


def _html_line(values: Iterable[object], attributes: str = "") -> str:
    return "<tr>" + "".join(f"<td{attributes}>{'' if v is None else v}</td>" for v in values) + "</tr>"


def html_spans(count: int = 30_000) -> bytes:
    return html(_html_line(HEAD) + (_html_line(good(1), " rowspan=1000 colspan=300")) * count)


def html_merges(rows: int = 20_000) -> bytes:
    return html(_html_line(HEAD) + "".join(_html_line(good(n), " rowspan=900") for n in range(rows)))


def html_one_cell(size: int = 50_000_000) -> bytes:
    return html(_html_line(HEAD) + "<tr><td>" + "x" * size)


def html_nested(depth: int = 1_000_000) -> bytes:
    return html("<tr><td>" + "<div>" * depth + "<table>" * depth)


def html_open_tags(count: int = 5_000_000) -> bytes:
    return html(_html_line(HEAD) + "<" * count)


def html_open_comments(count: int = 1_000_000) -> bytes:
    return html(_html_line(HEAD) + "<!" * count + "<!--" * count)


def html_open_attribute(count: int = 20_000_000) -> bytes:
    return html(_html_line(HEAD)) + b"<td a=" + b'"' + b"x" * count


def html_attributes(count: int = 3_000_000) -> bytes:
    return html(_html_line(HEAD) + "<td " + "a " * count)


def html_entities(count: int = 10_000_000) -> bytes:
    return html(_html_line(HEAD) + "<tr><td>" + "&" * count)


def html_script(count: int = 2_000_000) -> bytes:
    return html(_html_line(HEAD)) + b"<script>" + b"</" * count


def html_breaks(count: int = 5_000_000) -> bytes:
    return html(_html_line(HEAD) + "<tr><td>x" + "<br>" * count)


def html_pi(count: int = 3_000_000) -> bytes:
    return html(_html_line(HEAD) + "<?" * count)


def spreadsheetml(rows: str) -> bytes:
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="a"><Table>{rows}</Table></Worksheet></Workbook>'
    ).encode()


def _ss_line(values: Iterable[object], attributes: str = "") -> str:
    return (
        "<Row>"
        + "".join(f'<Cell{attributes}><Data ss:Type="String">{"" if v is None else v}</Data></Cell>' for v in values)
        + "</Row>"
    )


def spreadsheetml_merges(count: int = 2_000) -> bytes:
    return spreadsheetml(_ss_line(HEAD) + _ss_line(["A1"], ' ss:MergeDown="100000" ss:MergeAcross="16000"') * count)


def spreadsheetml_styles(count: int = 500_000) -> bytes:
    return spreadsheetml(
        "".join(f'<Style ss:ID="s{n}"><NumberFormat ss:Format="0.00"/></Style>' for n in range(count))
        + _ss_line(HEAD)
        + _ss_line(good(1))
    )


def spreadsheetml_far(count: int = 100_000) -> bytes:
    return spreadsheetml(
        _ss_line(HEAD)
        + '<Row><Cell ss:Index="16384"><Data ss:Type="String">1</Data></Cell></Row>' * 1800
        + '<Column ss:Index="1" ss:Span="16000" ss:Hidden="1"/>' * count
    )


def csv_one_field(size: int = 50_000_000) -> bytes:
    return (",".join(HEAD) + "\n").encode() + b"A" * size


def csv_commas(size: int = 40_000_000) -> bytes:
    return (",".join(HEAD) + "\n").encode() + b"," * size + b"1"


def csv_quotes(size: int = 30_000_000) -> bytes:
    return (",".join(HEAD) + "\n").encode() + b'"' * size


def csv_wide(rows: int = 100, columns: int = 200_000) -> bytes:
    return (",".join(HEAD) + "\n").encode() + (b"1," * columns + b"\n") * rows


def csv_wide_heading(columns: int = 100_000) -> bytes:
    heading = ",".join([*HEAD, *(f"列{n}" for n in range(columns))])
    return (heading + "\n" + ("A1,黑,M,,599,149,3," + "1," * columns + "\n") * 100).encode()


def csv_long_fields(rows: int = 60) -> bytes:
    return (",".join(HEAD) + "\n" + "".join(f"{' .' * 400_000},黑,M,,599,149,3\n" for n in range(rows))).encode()


def csv_headings(count: int = 250_000) -> bytes:
    return "".join(f"{','.join(HEAD)},h{n}\nA{n},黑,M,,599,149,3\n" for n in range(count)).encode()


def csv_faults(count: int = 590_000) -> bytes:
    return (",".join(HEAD) + "\n" + "".join(f"A{n},黑,M,x{n},abc,-1,x\n" for n in range(count))).encode()


def csv_sep_bytes(size: int = 20_000_000) -> bytes:
    return b"\xff" * size


def csv_lone(size: int = 10_000_000) -> bytes:
    return "款号,颜色,尺码\n".encode() + b"\n" * size


def zip_names(count: int = 4_999) -> bytes:
    return packed(
        {f"{'a/' * 200}{n}/xl/workbook.xml" + "x" * 2000: b"" for n in range(count)} | {"[Content_Types].xml": _TYPES}
    )


_HELPERS = {"sheet", "packed", "xlsx", "ods", "html", "spreadsheetml"}


def extension_of(name: str) -> str:
    """By the beginning of a maker's name; ERP systems name their web pages .xls."""
    form = name.partition("_")[0]
    return {"csv": "csv", "ods": "ods", "html": "xls", "spreadsheetml": "xls"}.get(form, "xlsx")


FILES: dict[str, Callable[[], bytes]] = {
    name: made
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__annotations__", {}).get("return") == "bytes" and name not in _HELPERS
}
"""Every maker of a file by its name."""
