"""Workbooks of all sorts, one per thing that brands do to a sheet, each with what a careful person would make of it.

An entry is the file, then what is expected: the rows read and their units, or the reason to stop; the faults by place and code;
the codes of warnings. Every line of every one is accounted for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from imports import stock_sheet
from tests.imports.binary_builders import JavaFormula, xls, xlsb
from tests.imports.builders import (
    BARCODE,
    BASE,
    COLOUR,
    HEADER,
    QUANTITY,
    SIZE,
    STYLE,
    TAG,
    Formula,
    Styled,
    csv,
    ean,
    goods,
    html,
    ods,
    rewrite,
    spreadsheetml,
    uncomputed,
    with_cell,
    xlsx,
)  # fmt: skip
from tests.imports.checks import every_line_is_accounted_for
from tests.imports.test_pictures import workbook as with_pictures

H = list(HEADER)
G = goods()
PLAIN = [H, *G]
M = ["款号", "颜色", "吊牌价", "供货价"]
SHEET = "xl/worksheets/sheet1.xml"
TWO_ROWS = (
    f"<tr>{''.join(f'<td rowspan=2>{name}</td>' for name in H[:4])}<td colspan=2>价格</td><td rowspan=2>库存</td></tr>"
    "<tr><td>吊牌价</td><td>供货价</td></tr>"
)


@dataclass(frozen=True, slots=True)
class Book:
    """`stop` is the reason of a refusal, or the fields that are asked for."""

    build: Callable[[], bytes]
    rows: int = 8
    units: int = 52
    faults: tuple[tuple[int, str | None, str], ...] = ()
    warnings: tuple[str, ...] = ()
    stop: str | tuple[str, ...] | None = None
    name: str = "库存.xlsx"


def line(style: str, colour: str | None, *units: Any, tag: Any = 599.0, base: Any = 149.75) -> list[Any]:
    return [style, colour, tag, base, *units]


def changed(*cells: tuple[int, int, Any]) -> list[list[Any]]:
    """The clean lines with cells changed: (line from 0, column, value)."""
    lines: list[list[Any]] = [H, *goods()]
    for at, column, value in cells:
        lines = with_cell(lines, at + 1, column, value)
    return lines


def column(at: int, values: Any) -> list[list[Any]]:
    """The clean lines with a whole column changed."""
    return changed(*[(number, at, values[number] if isinstance(values, list) else values) for number in range(8)])


def added(heading: Any, value: Any) -> list[list[Any]]:
    return [[*H, heading], *[[*one, value] for one in G]]


def renamed(*headings: Any) -> list[list[Any]]:
    return [list(headings), *G]


def total(label: str, units: Any, at: int = 0) -> list[Any]:
    return [*[None] * at, label, *[None] * (5 - at), units]


def trusted(xml: bytes) -> bytes:
    """The workbook as Excel writes it: nothing to calculate on load."""
    assert b' fullCalcOnLoad="1"' in xml
    return xml.replace(b' fullCalcOnLoad="1"', b"")


def by_java(xml: bytes) -> bytes:
    """A result of zero as Java writes it."""
    assert b' t="str"><f>A1</f><v>0.0</v>' in xml
    return xml.replace(b' t="str"><f>A1</f><v>0.0</v>', b"><f>A1</f><v>0.0</v>")


BOOKS: dict[str, Book] = {
    # Forms, by content
    "xlsx": Book(lambda: xlsx(PLAIN)),
    "xlsm with macros": Book(
        lambda: rewrite(xlsx(PLAIN), "xl/vbaProject.bin", b"\xd0\xcf"), warnings=("macro",), name="a.xlsm"
    ),
    "xls": Book(lambda: xls(PLAIN), name="a.xls"),
    "xlsb": Book(lambda: xlsb(PLAIN), name="a.xlsb"),
    "ods": Book(lambda: ods(PLAIN, tail_rows=1_048_000), name="a.ods"),
    "csv of Windows Excel": Book(lambda: csv(PLAIN, "gbk"), name="a.csv"),
    "csv in UTF-16 with tabs": Book(lambda: csv(PLAIN, "utf-16", "\t"), name="a.txt"),
    "csv in Big5": Book(
        lambda: "款號,顏色,尺碼,零售價,批發價,數量\r\nA1,黑色,M,599,149.75,3\r\n".encode("big5"), 1, 3, name="a.csv"
    ),
    "page named xls": Book(lambda: html(PLAIN), warnings=("html_not_excel",), name="a.xls"),
    "page with a heading of two rows": Book(
        lambda: html(G).replace(b"<tr>", TWO_ROWS.encode() + b"<tr>", 1), warnings=("html_not_excel",), name="a.xls"
    ),
    "page laid out by tables": Book(
        lambda: b"<table><tr><td>\xe5\xaf\xbc\xe5\x87\xba</td></tr><tr><td>" + html(PLAIN) + b"</td></tr></table>",
        warnings=("html_not_excel",),
        name="a.xls",
    ),
    "SpreadsheetML named xls": Book(lambda: spreadsheetml(PLAIN), name="a.xls"),
    "xls named xlsx": Book(lambda: xls(PLAIN), warnings=("wrong_extension",)),
    "truncated": Book(lambda: xlsx(PLAIN)[:-300], stop="corrupt"),
    "nothing but a heading": Book(lambda: xlsx([H]), stop="empty"),
    "letter": Book("您好：\n附件请查收。\n".encode, stop="no_header", name="a.csv"),
    "entity bomb": Book(
        lambda: rewrite(xlsx(PLAIN), SHEET, lambda x: x.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1)),
        stop="xml_entity",
    ),
    "bomb": Book(lambda: rewrite(xlsx(PLAIN), SHEET, b"<worksheet>" + b" " * 50_000_000), stop="zip_bomb"),
    # Finding the table
    "title, contact, blank lines": Book(lambda: xlsx([["素棠 尾货"], ["联系人：李 13800000000"], [], H, *G])),
    "table further in": Book(
        lambda: xlsx([[], [None, None, *H], *[[None, None, *one] for one in changed((2, QUANTITY, "多"))[1:]]]),
        7,
        47,
        ((5, "I", "bad_number"),),
    ),
    "template": Book(
        lambda: xlsx(
            [
                ["填写说明：带*必填"],
                ["*款号", "*颜色", "*尺码", "条码", "*吊牌价", "*供货价", "*库存"],
                ["（例）ABC1", "红", "M", None, 599.0, 150.0, 5.0],
                *G,
            ]
        ),
        warnings=("example_row",),
    ),
    "example said in the remark": Book(
        lambda: xlsx([[*H, "备注"], ["ABC1", "红", "M", ean(99), 599.0, 150.0, 5.0, "示例，请删除"], *G]),
        warnings=("example_row",),
    ),
    "units under the heading": Book(lambda: xlsx([H, [None, None, None, None, "（元）", "（元）", "（件）"], *G])),
    "line breaks and full width": Book(
        lambda: xlsx(
            renamed(
                "*款号\n(必填)",
                "★颜色",
                "尺码\nＳｉｚｅ",
                "条 码",
                "吊牌价\n（RMB）",
                "供货价（含税）",
                "可售库存\n（件）",
            )
        )
    ),
    "heading of two rows, merged": Book(
        lambda: xlsx(
            [
                ["款号", "颜色", "尺码", "条码", "价格", None, "库存"],
                [None, None, None, None, "吊牌价", "供货价", None],
                *G,
            ],
            merges=["A1:A2", "E1:F1", "G1:G2"],
        )
    ),
    "heading in two languages": Book(
        lambda: xlsx([H, ["Style", "Color", "Size", "Barcode", "Tag", "Supply", "Qty"], *G])
    ),
    "print-out": Book(lambda: xlsx([H, *G[:4], H, *G[4:], [], ["制表：王", None, "审核：", None, "日期：2024-11-01"]])),
    "subtotals per style": Book(
        lambda: xlsx([H, *G[:4], total("小计", 18.0), *G[4:], total("小计", 34.0, 2), total("总计", 52.0)])
    ),
    "wrong subtotal": Book(
        lambda: xlsx([H, *G[:4], total("小计", 17.0), *G[4:], total("合计", 52.0)]), warnings=("total_mismatch",)
    ),
    "total of all blocks": Book(
        lambda: xlsx(
            [
                ["A区"],
                H,
                *G[:4],
                total("小计", 18.0),
                [],
                ["B区"],
                [*H, "备注"],
                *G[4:],
                total("小计", 34.0),
                total("总计", 52.0),
            ]
        )
    ),
    "total said in a sentence": Book(
        lambda: xlsx([*PLAIN, ["共 8 款", None, None, None, None, None, "52件"], ["共 1 页"]])
    ),
    "captions over groups of columns": Book(
        lambda: xlsx([["商品信息", None, None, None, "价格", None, "库存"], H, [*[None] * 4, "元", "元", "件"], *G])
    ),
    "size chart below": Book(
        lambda: xlsx(
            [
                *PLAIN,
                [],
                ["尺码对照表"],
                ["尺码", "肩宽", "胸围", "衣长"],
                ["S", 38.0, 90.0, 60.0],
                ["M", 39.0, 94.0, 62.0],
            ]
        )
    ),
    "terms below the total": Book(
        lambda: xlsx([*PLAIN, total("合计", 52.0), ["合作"], [1.0, "付款", "款到发货"], [2.0, "起订", "100件"]])
    ),
    "goods below a total": Book(
        lambda: xlsx([*PLAIN, total("合计", 52.0), ["ST9", "黑", "M", None, 599.0, 149.75, "多"]]),
        faults=((11, "G", "bad_number"),),
    ),
    "figures beside": Book(
        lambda: xlsx(
            [
                [*H, None, "品类", "件数"],
                *[[*one, None, *more] for one, more in zip(G, [["毛衣", 30.0], ["裤", 22.0], *[[]] * 6], strict=True)],
            ]
        ),
        warnings=("unused_column",) * 2,
    ),
    "total above": Book(lambda: xlsx([H, total("合计", 52.0), *G])),
    "side by side": Book(
        lambda: xlsx(
            [
                [*H, None, "货号", "花色", "码数", "条码", "牌价", "结算价", "数量"],
                *[[*G[at], None, *G[at + 4]] for at in range(4)],
            ]
        )
    ),
    "stacked, flat and matrix": Book(
        lambda: xlsx(
            [
                ["A区"],
                H,
                *G,
                [],
                ["B区"],
                [*M, "S", "M"],
                line("B1", "黑", 1.0, 2.0),
                [],
                [*M, 36.0, 36.5],
                line("C1", "黑", 3.0),
            ]
        ),
        11,
        58,
    ),
    "sheets per brand and a summary": Book(
        lambda: xlsx({"汇总": [["品牌", "件数"], ["素棠", 52.0]], "素棠": PLAIN[:5], "木野": [["木野"], H, *G[4:]]})
    ),
    "hidden sheet": Book(
        lambda: xlsx({"现": PLAIN, "旧": [H, *goods(4, start=9)]}, hidden_sheets=["旧"]), warnings=("hidden_sheet",)
    ),
    "hidden row and column": Book(
        lambda: xlsx(PLAIN, hidden_rows=[4], hidden_columns=[1]), warnings=("hidden_column", "hidden_row")
    ),
    "merged style, colour, prices": Book(
        lambda: xlsx(
            [[*M, "S", "M"], line("A1", "黑", 1.0, 2.0), [None, "白", None, None, 3.0, 4.0], line("A2", "黑", 5.0)],
            merges=["A2:A3", "C2:C3", "D2:D3"],
        ),
        5,
        15,
    ),
    "style on a line of its own": Book(
        lambda: xlsx(
            [
                ["款号", "品名", "颜色", "尺码", "吊牌价", "供货价", "库存"],
                ["A1", "毛衣"],
                *([None, None, "黑", size, 599.0, 149.75, 3.0] for size in "SM"),
                ["B1", "长裤", None, None, 699.0, 179.75, 4.0],
                [None, None, "白", "S", None, None, 4.0],
            ]
        ),
        3,
        10,
        warnings=("filled_down",) * 3,
    ),
    "style on a line of its own with a wrong sum": Book(
        lambda: xlsx(
            [
                H,
                ["A1", *[None] * 3, 599.0, 149.75, 7.0],
                [None, "黑", "S", *[None] * 3, 3.0],
                [None, "黑", "M", *[None] * 3, 3.0],
            ]
        ),
        2,
        6,
        warnings=("total_mismatch", "filled_down", "filled_down"),
    ),
    "a size and a style number forgotten": Book(
        lambda: xlsx(changed((1, SIZE, None), (2, STYLE, None))),
        6,
        43,
        ((3, "C", "missing_required"), (4, "A", "missing_required")),
    ),
    "style named once per group": Book(
        lambda: xlsx(
            [
                H,
                *[
                    [None if at % 4 else one[0], *one[1:4], *([None, None] if at % 4 else one[4:6]), one[6]]
                    for at, one in enumerate(G)
                ],
            ]
        ),
        warnings=("filled_down",) * 6,
    ),
    "date of 1904": Book(
        lambda: xlsx(changed((3, SIZE, dt.date(2024, 3, 5))), date_1904=True), 7, 46, ((5, "C", "size_became_date"),)
    ),
    "formula without result": Book(
        lambda: uncomputed(xlsx(changed((2, QUANTITY, Formula("=A1"))))), 7, 47, ((4, "G", "formula_no_value"),)
    ),
    "formulas that the program which wrote them did not calculate": Book(
        lambda: xlsx(column(QUANTITY, Formula("=A1", 0))), stop="formula_no_value"
    ),
    "one of them beside figures": Book(
        lambda: xlsx(changed((2, QUANTITY, Formula("=A1", 0)))), 7, 47, ((4, "G", "formula_no_value"),)
    ),
    "a total that was not calculated": Book(lambda: xlsx([*PLAIN, total("合计", Formula("=SUM(G2:G9)", 0))])),
    "a zero that was calculated": Book(
        lambda: xlsx(changed((2, QUANTITY, Formula("=A1", 0)), (3, QUANTITY, Formula("=A2", 6.0)))),
        units=47,
        warnings=("zero_quantity",),
    ),
    "a zero by Excel": Book(
        lambda: rewrite(xlsx(changed((2, QUANTITY, Formula("=A1", 0)))), "xl/workbook.xml", trusted),
        units=47,
        warnings=("zero_quantity",),
    ),
    "a zero by Java": Book(
        lambda: rewrite(xlsx(changed((2, QUANTITY, Formula("=A1", "0.0")))), SHEET, by_java),
        7,
        47,
        ((4, "G", "formula_no_value"),),
    ),
    "xls by Java without results": Book(
        lambda: xls(changed((2, QUANTITY, JavaFormula()), (5, BASE, JavaFormula()))),
        6,
        39,
        ((4, "G", "formula_no_value"), (7, "F", "formula_no_value")),
        name="a.xls",
    ),
    "xls by Java with results": Book(
        lambda: xls(changed((2, QUANTITY, JavaFormula()), (5, QUANTITY, JavaFormula(8.0)))),
        units=47,
        warnings=("zero_quantity",),
        name="a.xls",
    ),
    "formula with an error": Book(
        lambda: xls(changed((2, TAG, "#N/A"))), 7, 47, ((4, "E", "formula_error"),), name="a.xls"
    ),
    "zeros by number format": Book(lambda: xlsx(column(STYLE, [Styled(float(7 + at), "00000") for at in range(8)]))),
    "letters by number format": Book(
        lambda: xlsx(
            [
                *changed(*[(at, STYLE, Styled(float(7 + at), '"BX"00000')) for at in range(8)]),
                ["BX00007", "白", *G[0][2:]],
            ]
        ),
        faults=((10, "D", "duplicate_barcode"),),
    ),
    # Matrices
    "matrix with total": Book(
        lambda: xlsx(
            [
                [*M, "S", "M", "L", "合计"],
                [*line("A1", "黑", 1.0, 2.0, 3.0), 6.0],
                ["合计", None, None, None, 1.0, 2.0, 3.0, 6.0],
            ]
        ),
        3,
        6,
    ),
    "matrix with a corner": Book(
        lambda: xlsx([["款号", "颜色\\尺码", "吊牌价", "供货价", "S", "M"], line("A1", "黑", 1.0, 2.0)]), 2, 3
    ),
    "cards with a corner": Book(
        lambda: xlsx(
            [
                *(["款号", "A1", "吊牌价", 599.0, "供货价", 149.75], ["颜色/尺码", "S", "M"], ["黑", 1.0, 2.0], []),
                *(["款号", "B1", "吊牌价", 699.0, "供货价", 179.75], ["颜色/尺码", "M", "L"], ["白", 3.0, 4.0]),
            ]
        ),
        4,
        10,
    ),
    "matrix cell wrong": Book(
        lambda: xlsx([[*M, "S", "M", "L"], line("A1", "黑", 1.0, -2.0, "3件"), line("A1", "白", "缺", 2.0)]),
        3,
        6,
        ((2, "F", "negative_quantity"), (3, "E", "bad_number")),
    ),
    "shoes in halves": Book(
        lambda: xlsx([[*M, *[at / 2 for at in range(72, 91)]], line("A1", "黑", *[1.0] * 19)]), 19, 19
    ),
    "shoes in millimetres": Book(lambda: xlsx([[*M, 220.0, 225.0, 230.0], line("A1", "黑", 1.0, 2.0, 3.0)]), 3, 6),
    "children's sizes": Book(
        lambda: xlsx([[*M, "73", "80", "90", "100", "110", "120", "130"], line("A1", "粉", *[1.0] * 7)]), 7, 7
    ),
    "bra sizes": Book(lambda: xlsx([[*M, "70A", "75B", "80C"], line("A1", "黑", 1.0, 2.0, 3.0)]), 3, 6),
    "ring sizes": Book(lambda: xlsx([[*M, 11.0, 12.0, 13.0, 14.0], line("A1", "金", 1.0, 2.0, 3.0, 4.0)]), 4, 10),
    "one size": Book(lambda: xlsx([[*M, "均码"], line("A1", "黑", 4.0), line("A2", "白", 5.0)]), 2, 9),
    "rows of sizes by group": Book(
        lambda: xlsx(
            [
                ["款号", "颜色", "尺码组", "吊牌价", "供货价", "1", "2", "3"],
                [None, None, "A组", None, None, "S", "M", "L"],
                [None, None, "B组", None, None, 26.0, 27.0, 28.0],
                ["A1", "黑", "A组", 599.0, 149.75, 1.0, 2.0],
                ["B1", "黑", "B组", 599.0, 149.75, 3.0],
                ["C1", "黑", "C组", 599.0, 149.75, 3.0],
            ]
        ),
        3,
        6,
        ((6, "C", "unknown_size"),),
    ),
    "two names of each size": Book(
        lambda: xlsx([[*M, "S", "M"], [None, None, None, None, "155/80A", "160/84A"], line("A1", "黑", 1.0, 2.0)]), 2, 3
    ),
    "sizes change below": Book(
        lambda: xlsx(
            [[*M, "S", "M", "L"], line("A1", "黑", 1.0), [*M, 26.0, 27.0, 28.0], line("B1", "白", 1.0, None, 3.0)]
        ),
        3,
        5,
    ),
    "barcode over several sizes": Book(
        lambda: xlsx(
            [["款号", "条码", "颜色", "吊牌价", "供货价", "S", "M"], ["A1", ean(1), "黑", 599.0, 149.75, 1.0, 2.0]]
        ),
        2,
        3,
        warnings=("unused_column",),
    ),
    "a size twice": Book(
        lambda: xlsx([[*M, "S", "M", "M"], line("A1", "黑", 1.0, 2.0, 3.0)]),
        1,
        1,
        ((2, "F", "conflicting_duplicate"), (2, "G", "conflicting_duplicate")),
    ),
    # Columns
    "traditional": Book(lambda: xlsx(renamed("貨號", "顏色", "尺碼", "條碼", "零售價", "批發價", "數量"))),
    "numbered headings": Book(lambda: xlsx(renamed(*[f"{at}.{name}" for at, name in enumerate(H, 1)]))),
    "headings in circles": Book(lambda: xlsx(renamed(*[f"{'①②③④⑤⑥⑦'[at]} {name}" for at, name in enumerate(H)]))),
    "English": Book(
        lambda: xlsx(
            renamed(
                "Style No", "Colour", "Size", "EAN Code", "Retail Price (RMB)", "Wholesale Price (RMB)", "Stock Qty"
            )
        )
    ),
    "cost price alone": Book(
        lambda: xlsx(renamed(*H[:5], "含税成本价(元)", "库存")), 0, 0, warnings=("unused_column",), stop=("base_price",)
    ),
    "cost price beside": Book(lambda: xlsx(added("成本价", 88.0)), warnings=("unused_column",)),
    "two supply prices": Book(lambda: xlsx(added("结算价", 155.0)), 0, 0, stop=("base_price",)),
    "price without a name": Book(lambda: xlsx(renamed(*H[:5], "单价", "库存")), 0, 0, stop=("base_price",)),
    "no quantity": Book(lambda: xlsx([one[:6] for one in PLAIN]), 0, 0, stop=("quantity",)),
    "no heading": Book(lambda: xlsx(goods()), 0, 0, stop=("style_no", "size", "tag_price", "base_price", "quantity")),
    "columns without a heading": Book(lambda: xlsx(added(None, "清仓")), warnings=("unused_column",)),
    "warehouses": Book(lambda: xlsx([[*H[:6], "杭州仓", "广州仓"], *[[*one, 1.0] for one in G]]), 8, 60),
    "SKU in two warehouses": Book(
        lambda: xlsx([[*H, "仓库"], [*G[0], "杭州"], [*G[0][:6], 5.0, "广州"]]), 1, 8, warnings=("summed_lines",)
    ),
    "colour and size in one": Book(
        lambda: xlsx([["款号", "颜色及规格", *H[3:]], *[[one[0], f"{one[1]};{one[2]}", *one[3:]] for one in G]])
    ),
    # Values
    "prices as typed": Book(
        lambda: xlsx(
            changed(
                (0, TAG, "￥599"),
                (1, TAG, "599 元"),
                (2, TAG, "RMB599.00"),
                (3, TAG, "５９９"),
                (4, TAG, "699\u00a0"),
                (5, TAG, "\u200b699"),
            )
        )
    ),
    "thousands and pieces": Book(
        lambda: xlsx(
            column(TAG, "1,299.00")[:1]
            + [with_cell([one], 0, TAG, "1,299.00")[0] for one in changed((0, QUANTITY, "3件"))[1:]]
        )
    ),
    "discounts": Book(
        lambda: xlsx(
            [
                [*H[:5], "折扣", "库存"],
                *[
                    [*one[:5], rate, one[6]]
                    for one, rate in zip(G, ["25%", 0.25, "2.5折", "二五折", 2.5, 25.0, "25折", "贰伍折"], strict=True)
                ],
            ]
        ),
        warnings=("discount_price",),
    ),
    "discount of a price that is none": Book(
        lambda: xlsx(changed((1, TAG, "$599"), (1, BASE, "25%"))), 7, 48, ((3, "E", "foreign_currency"),)
    ),
    "discounts in 折 of two readings": Book(
        lambda: xlsx(changed((1, BASE, "10折"), (2, BASE, "0.25折"), (3, BASE, "2.5折"))),
        6,
        43,
        ((3, "F", "ambiguous_discount"), (4, "F", "ambiguous_discount")),
        ("discount_price",),
    ),
    "discount of two readings": Book(
        lambda: xlsx(
            [[*H[:5], "折扣", "库存"], *[[*one[:5], 1.0 if at == 3 else 0.25, one[6]] for at, one in enumerate(G)]]
        ),
        7,
        46,
        ((5, "F", "ambiguous_discount"),),
        ("discount_price",),
    ),
    "barcodes": Book(
        lambda: xlsx(
            changed(
                (0, BARCODE, 6901234567892.0),
                (1, BARCODE, "6.90123E+12"),
                (2, BARCODE, "6901234567893"),
                (3, BARCODE, "69012345"),
            )
        ),
        5,
        37,
        ((3, "D", "barcode_precision_lost"), (4, "D", "barcode_checksum"), (5, "D", "barcode_checksum")),
    ),
    "barcodes kept as text": Book(
        '款号,颜色,尺码,条码,吊牌价,供货价,库存\nA1,黑,M,="6901234567892",599,149.75,3\n'.encode,
        1,
        3,
        name="a.csv",
    ),
    "sizes that became dates": Book(
        lambda: xlsx(changed((1, SIZE, "2-Mar"), (2, SIZE, 45514.0))),
        6,
        43,
        ((3, "C", "size_became_date"), (4, "C", "size_became_date")),
    ),
    "zeros lost": Book(
        lambda: xlsx(column(STYLE, ["0012", "0013", "0014", "0015", "0034", "0035", 56.0, "0078"])),
        7,
        43,
        ((8, "A", "leading_zero_lost"),),
    ),
    "foreign money": Book(
        lambda: xlsx(changed((1, TAG, "JP¥599"), (2, TAG, Styled(599.0, "[$€-2] #,##0")), (3, BASE, "US$20"))),
        5,
        37,
        ((3, "E", "foreign_currency"), (4, "E", "foreign_currency"), (5, "F", "foreign_currency")),
    ),
    "too many decimals": Book(lambda: xlsx(changed((1, BASE, 149.7512))), 7, 48, ((3, "F", "too_many_decimals"),)),
    "quantities that are none": Book(
        lambda: xlsx(
            changed((1, QUANTITY, -3.0), (2, QUANTITY, 2.5), (3, QUANTITY, "10+5"), (4, QUANTITY, 6901234567892.0))
        ),
        4,
        30,
        (
            (3, "G", "negative_quantity"),
            (4, "G", "fractional_quantity"),
            (5, "G", "bad_number"),
            (6, "G", "quantity_too_large"),
        ),
    ),
    "supply above tag": Book(lambda: xlsx(changed((1, BASE, 799.0))), 7, 48, ((3, "F", "supply_above_tag"),)),
    "columns swapped": Book(
        lambda: xlsx([H, *[[*one[:4], one[5], one[4], one[6]] for one in G]]),
        0,
        0,
        tuple((at, "F", "columns_swapped") for at in range(2, 10)),
    ),
    "the same line twice": Book(lambda: xlsx([*PLAIN, G[2]]), 8, 52, ((10, "A", "duplicate_row"),)),
    "contradiction": Book(
        lambda: xlsx([*PLAIN, with_cell(G, 2, QUANTITY, 9.0)[2]]),
        7,
        47,
        ((4, "A", "conflicting_duplicate"), (10, "A", "conflicting_duplicate")),
    ),
    "barcode of another SKU": Book(
        lambda: xlsx(changed((5, BARCODE, G[0][BARCODE]))), 7, 44, ((7, "D", "duplicate_barcode"),)
    ),
    "the same on two sheets": Book(
        lambda: xlsx({"春": PLAIN[:5], "夏": [H, *G[3:]]}), 8, 52, ((2, "A", "duplicate_across_sheets"),)
    ),
    "unsafe text": Book(lambda: xlsx(added("品名", "=cmd|'/c calc'!A1")), warnings=("unsafe_text",) * 8),
    "garbled text": Book(lambda: xlsx(changed((1, COLOUR, "é»‘è‰²"))), 7, 48, ((3, "B", "encoding_damage"),)),
    # Pictures
    "floating pictures": Book(lambda: with_pictures("floating")),
    "pictures in cells": Book(lambda: with_pictures("in the cell")),
}


def test_there_are_enough_workbooks() -> None:
    assert len(BOOKS) >= 60


# IMPORT-1
@pytest.mark.parametrize("name", BOOKS)
def test_read_gives_the_expected_rows_and_faults(name: str) -> None:
    book = BOOKS[name]
    reading = stock_sheet.read(book.build(), book.name)
    every_line_is_accounted_for(reading)
    if isinstance(book.stop, str):
        assert (reading.outcome, reading.reason, len(reading.rows)) == ("refuse", book.stop, 0)
        return
    assert reading.outcome == ("accept" if book.stop is None else "ask_mapping")
    assert tuple(question.field for question in reading.questions) == (book.stop or ())
    assert tuple((fault.row, fault.col, fault.code) for fault in reading.faults) == book.faults
    assert tuple(warning.code for warning in reading.warnings) == book.warnings
    assert (len(reading.rows), sum(row.quantity for row in reading.rows)) == (book.rows, book.units)
