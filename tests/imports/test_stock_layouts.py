"""Tables in the places and shapes where brands put them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from imports import stock_sheet
from imports.stock_sheet.rows import Reading
from tests.imports.builders import HEADER, QUANTITY, Formula, csv, goods, html, with_cell, xlsx
from tests.imports.checks import every_line_is_accounted_for

SIZES = ("S", "M", "L", "XL")


def read(lines: Any, filename: str = "库存.xlsx", **options: Any) -> Reading:
    reading = stock_sheet.read(lines if isinstance(lines, bytes) else xlsx(lines, **options), filename)
    every_line_is_accounted_for(reading)
    return reading


def why(reading: Reading) -> dict[int, str]:
    return {number: entry.why for entry in reading.ignored for number in entry.rows()}


def matrix_line(style: str, colour: str, *units: Any) -> list[Any]:
    return [style, colour, 599.0, 149.75, *units]


MATRIX = ["款号", "颜色", "吊牌价", "供货价", *SIZES]


def cells(reading: Reading) -> list[tuple[str | None, str, str | None, str, int]]:
    return [(row.col, row.style_no, row.colour, row.size, row.quantity) for row in reading.rows]


@pytest.mark.parametrize(
    "header",
    [
        ("款号", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存"),
        ("*款号", "*颜色", "*尺码", "条码", "*吊牌价", "*供货价", "*库存"),
        ("款号（必填）", "颜色（必填）", "尺码（必填）", "69码", "吊牌价（元）", "供货价（元）", "库存数量（件）"),
        ("款\n号", "颜 色", "尺  码", "条 形 码", "吊牌价\n(元)", "供货价\n(元)", "库存\n数量"),
        ("款號", "顏色", "尺碼", "條碼", "吊牌價", "供貨價", "庫存"),
        ("Style No.", "Color", "Size", "Barcode", "Tag Price", "Supply Price", "QTY"),
        (
            "款号 Style No.",
            "颜色 Color",
            "尺码 Size",
            "条码 EAN",
            "吊牌价 Tag Price",
            "供货价 Supply Price",
            "数量 Qty",
        ),
        ("货号", "花色", "规格", "国标码", "市场价", "结算价", "可用库存"),
        ("大货款号", "颜色名称", "码数", "商品条码", "牌价", "批发价", "现有库存"),
        ("款式编码", "颜色", "号型", "国际条码", "建议零售价", "供价", "可售数"),
        ("供应商款号", "顏色", "尺寸", "外部条形码", "厂商指导价", "分销结算价", "总库存"),
        ("型号", "颜色别名", "SIZE", "EAN", "零售价", "进货价", "数量"),
        ("款号：", "颜色：", "尺码：", "条码：", "吊牌价/元", "供货价/元", "库存/件"),
        ("【款号】", "颜色", "尺码", "条码", "吊牌价￥", "供货价￥", "库存数"),
        ("ＳＴＹＬＥ　ＮＯ", "颜色", "ＳＩＺＥ", "ＥＡＮ", "吊牌价", "一口价", "ＱＴＹ"),
    ],
)
def test_read_recognises_the_words_of_headings(header: tuple[str, ...]) -> None:
    reading = read([header, *goods()])
    assert reading.outcome == "accept", reading.questions
    assert reading.faults == []
    assert len(reading.rows) == 8
    assert reading.rows[0].tag_price_fen == 59900
    assert reading.rows[0].base_price_fen == 14975


def test_read_ignores_title_contact_and_blank_lines_before_the_table() -> None:
    lines = [["素棠 2024 秋 尾货库存表"], ["联系人：王小姐 电话：000-0000"], [], [None, None], HEADER, *goods()]
    reading = read(lines)
    assert [row.row for row in reading.rows] == list(range(6, 14))
    assert why(reading) == {1: "title", 2: "contact", 3: "blank", 4: "blank", 5: "header"}


def test_read_ignores_instructions_and_the_example_of_a_template() -> None:
    told = ["必填，文本格式", "必填", "必填", "选填", "必填，数字", "必填，数字", "必填，整数"]
    example = ["示例：ST0001", "黑色", "M", None, 599.0, 149.0, 10.0]
    reading = read([["填写说明：请按格式填写，带*为必填项"], HEADER, told, example, *goods()])
    assert why(reading) == {1: "instruction", 2: "header", 3: "instruction", 4: "example_row"}
    assert len(reading.rows) == 8
    assert reading.faults == []
    assert [w.code for w in reading.warnings] == ["example_row"]


def test_read_finds_the_table_below_and_beside_empty_space() -> None:
    lines: list[list[Any]] = [[], [], [], *([None, None, None, *line] for line in [HEADER, *goods()])]
    reading = read(lines)
    assert len(reading.rows) == 8
    assert reading.faults == []


def test_read_ignores_blank_columns_inside_the_table() -> None:
    lines = [[*line[:3], None, *line[3:]] for line in [list(HEADER), *goods()]]
    assert len(read(lines).rows) == 8


def test_read_ignores_subtotals_totals_repeated_headings_and_footers() -> None:
    lines = goods()
    sheet = [
        HEADER, *lines[:4], ["小计", *[None] * 5, 18.0], [], HEADER, *lines[4:], ["小计：", *[None] * 5, 34.0],
        [None, "合 计", *[None] * 4, 52.0], [], ["备注：以上价格含税"], ["制表：李四", None, None, "审核：________"],
    ]  # fmt: skip
    reading = read(sheet)
    assert len(reading.rows) == 8
    assert reading.faults == []
    assert reading.warnings == []
    assert [entry.why for entry in reading.ignored] == [
        "header", "subtotal", "blank", "repeated_header", "subtotal", "total", "blank", "footer", "footer",
    ]  # fmt: skip


# IMPORT-15
def test_read_warns_of_a_total_that_is_not_the_sum() -> None:
    reading = read([HEADER, *goods(), ["合计", *[None] * 5, 60.0]])
    assert [(w.row, w.code, w.value) for w in reading.warnings] == [(10, "total_mismatch", "60")]
    assert len(reading.rows) == 8


def test_read_ignores_an_unlabelled_total() -> None:
    reading = read([HEADER, *goods(), [*[None] * 6, Formula("=SUM(G2:G9)", 52.0)]])
    assert reading.faults == []
    assert why(reading)[10] == "total"


def test_read_ignores_totals_per_style_of_pivot_tables() -> None:
    lines = goods()
    reading = read(
        [HEADER, *lines[:4], ["ST24A10000 汇总", *[None] * 5, 18.0], *lines[4:], ["总计", *[None] * 5, 52.0]]
    )
    assert reading.faults == []
    assert len(reading.rows) == 8
    assert reading.warnings == []


def test_read_takes_the_category_from_lines_between_items() -> None:
    lines = goods()
    reading = read([HEADER, ["【T恤】"], *lines[:4], ["二、连衣裙"], *lines[4:]], merges=["A2:G2"])
    assert [row.category for row in reading.rows] == ["T恤"] * 4 + ["连衣裙"] * 4
    assert reading.faults == []


def test_read_fills_merged_cells_down() -> None:
    lines = goods()
    for at in (1, 2, 3):
        lines[at][0] = lines[at][4] = lines[at][5] = None
    lines[1][1] = lines[3][1] = None
    reading = read([HEADER, *lines], merges=["A2:A5", "E2:E5", "F2:F5", "B2:B3", "B4:B5"])
    assert reading.faults == []
    assert reading.warnings == []
    assert [(r.style_no, r.colour, r.size) for r in reading.rows[:4]] == [
        ("ST24A10000", "墨绿", "M"), ("ST24A10000", "墨绿", "L"), ("ST24A10000", "酒红", "M"), ("ST24A10000", "酒红", "L"),
    ]  # fmt: skip


# IMPORT-13
def test_read_fills_groups_that_name_their_style_once_with_a_warning() -> None:
    lines = goods()
    for at in (1, 2, 3, 5, 6, 7):
        lines[at][0] = lines[at][4] = lines[at][5] = None
    reading = read([HEADER, *lines])
    assert reading.faults == []
    assert len(reading.rows) == 8
    assert [w.code for w in reading.warnings] == ["filled_down"] * 6


# IMPORT-13
def test_read_does_not_fill_a_single_missing_style() -> None:
    reading = read([HEADER, *with_cell(goods(), 3, 0, None)])
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(5, "A", "missing_required")]


def test_read_refuses_a_quantity_merged_over_sizes() -> None:
    lines = goods()
    lines[1][6] = None
    reading = read([HEADER, *lines], merges=["G2:G3"])
    assert [(f.row, f.code) for f in reading.faults] == [(2, "merged_quantity"), (3, "missing_required")]


# IMPORT-14
def test_read_reads_hidden_rows_and_columns_with_a_warning() -> None:
    reading = read([HEADER, *goods()], hidden_rows=[4], hidden_columns=[5])
    assert len(reading.rows) == 8
    assert [(w.row, w.col, w.code) for w in reading.warnings] == [(1, "F", "hidden_column"), (4, None, "hidden_row")]


# IMPORT-14
def test_read_ignores_hidden_sheets_with_a_warning() -> None:
    reading = read({"在售": [HEADER, *goods(4)], "旧": [HEADER, *goods(4, start=5)]}, hidden_sheets=["旧"])
    assert len(reading.rows) == 4
    assert [(w.sheet, w.code) for w in reading.warnings] == [("旧", "hidden_sheet")]


def test_read_reads_every_sheet_with_items() -> None:
    reading = read(
        {"春": [HEADER, *goods(4)], "夏": [["夏季尾货"], HEADER, *goods(4, start=5)], "说明": [["本表截止 2024-11-30"]]}
    )
    assert [(row.sheet, row.row) for row in reading.rows] == [
        ("春", 2), ("春", 3), ("春", 4), ("春", 5), ("夏", 3), ("夏", 4), ("夏", 5), ("夏", 6),
    ]  # fmt: skip


def test_read_ignores_a_sheet_that_sums_up_the_others() -> None:
    everything = [HEADER, *goods(8)]
    reading = read({"汇总": everything, "春": [HEADER, *goods(4)], "夏": [HEADER, *goods(4, start=5)]})
    assert reading.faults == []
    assert {row.sheet for row in reading.rows} == {"春", "夏"}
    pivot = [["款号", "数量"], ["ST24A10000", 18.0], ["ST24A10037", 34.0], ["总计", 52.0]]
    reading = read({"明细": everything, "透视": pivot})
    assert reading.outcome == "accept"
    assert len(reading.rows) == 8
    assert [w.code for w in reading.warnings] == ["summary_sheet"]


def test_read_reads_tables_below_each_other_with_their_own_columns() -> None:
    other = ("货号", "色号", "码数", "零售价", "结算价", "数量")
    lines = goods(8)
    second = [[*line[:3], *line[4:]] for line in lines[4:]]
    reading = read([["上装"], HEADER, *lines[:4], [], ["下装"], other, *second])
    assert reading.faults == []
    assert len(reading.rows) == 8
    assert reading.rows[7].quantity == 10
    assert reading.rows[7].barcode is None


def test_read_reads_tables_beside_each_other() -> None:
    lines = goods(9)
    sheet = [["春季", *[None] * 7, "夏季"], [*HEADER, None, *HEADER]]
    sheet += [[*lines[at], None, *lines[at + 5]] for at in range(4)]
    sheet.append([*lines[4]])
    reading = read(sheet)
    assert reading.faults == []
    assert len(reading.rows) == 9
    assert sorted({row.row for row in reading.rows}) == [3, 4, 5, 6, 7]


def test_read_reads_a_matrix_with_sizes_as_columns() -> None:
    reading = read([MATRIX, matrix_line("A1", "黑", 1.0, 2.0, None, 4.0), matrix_line("A1", "白", None, 0.0, "-", 3.0)])
    assert cells(reading) == [
        ("E2", "A1", "黑", "S", 1), ("F2", "A1", "黑", "M", 2), ("H2", "A1", "黑", "XL", 4),
        ("F3", "A1", "白", "M", 0), ("H3", "A1", "白", "XL", 3),
    ]  # fmt: skip
    assert reading.faults == []


def test_read_reports_each_wrong_cell_of_a_matrix_and_keeps_the_others() -> None:
    reading = read(
        [MATRIX, matrix_line("A1", "黑", 1.0, "多", -3.0, 4.0), matrix_line("A1", "白", 5.0, None, None, 2.5)]
    )
    assert [(f.row, f.col, f.header, f.code) for f in reading.faults] == [
        (2, "F", "M", "bad_number"), (2, "G", "L", "negative_quantity"), (3, "H", "XL", "fractional_quantity"),
    ]  # fmt: skip
    assert [row.col for row in reading.rows] == ["E2", "H2", "E3"]


def test_read_reports_a_line_of_a_matrix_whose_price_is_wrong_once() -> None:
    reading = read([MATRIX, ["A1", "黑", None, 149.75, 1.0, 2.0, 3.0, 4.0], matrix_line("A1", "白", 5.0)])
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(2, "C", "missing_required")]
    assert [row.col for row in reading.rows] == ["E3"]


def test_read_checks_the_total_column_of_a_matrix() -> None:
    header = [*MATRIX, "合计"]
    good = [*matrix_line("A1", "黑", 1.0, 2.0, 3.0, 4.0), 10.0]
    bad = [*matrix_line("A1", "白", 1.0, 2.0, 3.0, 4.0), 12.0]
    reading = read([header, good, bad, ["合计", *[None] * 7, 20.0]])
    assert [(w.row, w.col, w.code) for w in reading.warnings] == [(3, "I", "total_mismatch")]
    assert len(reading.rows) == 8
    assert why(reading)[4] == "total"


@pytest.mark.parametrize(
    "labels",
    [
        ("S", "M", "L", "XL", "XXL", "3XL"),
        ("155/80A", "160/84A", "165/88A", "170/92A"),
        ("S(155/80A)", "M(160/84A)", "L(165/88A)"),
        (25.0, 26.0, 27.0, 28.0, 29.0),
        (35.0, 35.5, 36.0, 36.5, 37.0),
        ("90", "100", "110", "120", "130"),
        (90.0, 100.0, 110.0),
        ("90cm", "100cm", "110cm"),
        ("38码", "39码", "40码"),
        ("70A", "75B", "80C"),
        ("均码",),
        ("F", "XL"),
        ("35/36", "37/38"),
        ("S-M", "L-XL"),
        ("90(1-2岁)", "100(2-3岁)"),
        ("26(1尺9)", "27(2尺)"),
    ],
)
def test_read_recognises_the_sizes_of_a_matrix(labels: tuple[Any, ...]) -> None:
    lines = [["A1", "黑", 599.0, 149.75, *[float(at + 1) for at in range(len(labels))]]]
    lines.append(["A2", "白", 699.0, 174.75, *[float(at + 2) for at in range(len(labels))]])
    reading = read([[*MATRIX[:4], *labels], *lines])
    assert reading.outcome == "accept", reading.questions
    assert len(reading.rows) == 2 * len(labels)
    assert reading.faults == []
    assert reading.rows[0].size == (f"{labels[0]:g}" if isinstance(labels[0], float) else labels[0])


def test_read_reads_a_matrix_under_a_heading_of_two_rows() -> None:
    top = ["款号", "颜色", "价格", None, "尺码/库存数量", None, None, None, "合计"]
    below = [None, None, "吊牌价", "供货价", *SIZES, None]
    line = [*matrix_line("A1", "黑", 1.0, 2.0, 3.0, 4.0), 10.0]
    reading = read([["秋季尾货"], top, below, line], merges=[*["A2:A3"][:0], "C2:D2"])
    assert [row.col for row in reading.rows] == ["E4", "F4", "G4", "H4"]
    assert reading.rows[0].base_price_fen == 14975
    assert reading.faults == []


def test_read_chooses_the_row_of_sizes_by_the_size_group() -> None:
    header = ["款号", "颜色", "尺码组", "吊牌价", "供货价", "S", "M", "L", "XL"]
    second = [None, None, "裤装", None, None, 26.0, 27.0, 28.0, 29.0]
    third = [None, None, "鞋", None, None, 36.0, 37.0, 38.0, 39.0]
    lines = [
        ["A1", "黑", "裤装", 599.0, 149.75, 1.0, 2.0, None, None],
        ["B1", "黑", "鞋", 599.0, 149.75, None, None, 3.0, 4.0],
        ["C1", "黑", "帽", 599.0, 149.75, 5.0, None, None, None],
        ["D1", "黑", "上装", 599.0, 149.75, 5.0, None, None, None],
    ]
    reading = read([header, second, third, *lines])
    assert [(r.style_no, r.size, r.quantity) for r in reading.rows] == [
        ("A1", "26", 1),
        ("A1", "27", 2),
        ("B1", "38", 3),
        ("B1", "39", 4),
    ]
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(6, "C", "unknown_size"), (7, "C", "unknown_size")]


def test_read_chooses_between_named_rows_of_sizes_under_one_heading() -> None:
    header = ["款号", "颜色", "尺码组", "吊牌价", "供货价", "尺码", None, None]
    rows = [[None, None, "上装", None, None, "S", "M", "L"], [None, None, "童装", None, None, 110.0, 120.0, 130.0]]
    lines = [["A1", "黑", "上装", 599.0, 149.75, 1.0, None, 2.0], ["B1", "白", "童装", 599.0, 149.75, 3.0, 4.0, None]]
    reading = read([header, *rows, *lines], merges=["F1:H1"])
    assert [(r.style_no, r.size, r.quantity) for r in reading.rows] == [
        ("A1", "S", 1),
        ("A1", "L", 2),
        ("B1", "110", 3),
        ("B1", "120", 4),
    ]


def test_read_ignores_a_line_of_a_matrix_without_units() -> None:
    reading = read([MATRIX, matrix_line("A1", "黑", 1.0), matrix_line("A1", "白")])
    assert why(reading) == {1: "header", 3: "no_stock"}


def test_read_keeps_1904_dates_right() -> None:
    lines = with_cell(goods(), 3, 2, dt.date(2024, 8, 10))
    for flag in (False, True):
        reading = read(xlsx([HEADER, *lines], date_1904=flag))
        assert [(f.code, f.value) for f in reading.faults] == [("size_became_date", "2024-08-10")]


def test_read_reads_names_seasons_years_and_remarks() -> None:
    header = [*HEADER, "品名", "类目", "年份", "季节", "性别", "品牌", "备注"]
    reading = read([header, *[[*line, "衬衫", "上装", 2024.0, "春", "女", "素棠", "尾货"] for line in goods()]])
    row = reading.rows[0]
    assert (row.name, row.category, row.year, row.season, row.gender, row.brand, row.remark) == (
        "衬衫", "上装", 2024, "春", "女", "素棠", "尾货",
    )  # fmt: skip


def test_read_gives_a_csv_its_record_numbers() -> None:
    reading = read(csv([HEADER, *goods(2), [], *goods(2, start=3)]), "库存.csv")
    assert [row.row for row in reading.rows] == [2, 3, 5, 6]
    assert [row.sheet for row in reading.rows] == [None] * 4


def test_read_reads_spans_of_a_page() -> None:
    page = html([HEADER, *goods(2)]).replace(b"<tr><td>ST24A10000</td>", b"<tr><td rowspan=2>ST24A10000</td>", 1)
    page = page.replace(b"<tr><td>ST24A10000</td>", b"<tr>", 1)
    reading = read(page, "导出.xls")
    assert [(row.style_no, row.size) for row in reading.rows] == [("ST24A10000", "M"), ("ST24A10000", "L")]


def test_read_accepts_a_total_line_with_the_amounts() -> None:
    header = [*HEADER, "金额"]
    lines = [[*line, round(line[5] * line[QUANTITY], 2)] for line in goods()]
    reading = read([header, *lines, ["合计", None, None, None, None, None, 52.0, sum(line[7] for line in lines)]])
    assert reading.faults == []
    assert len(reading.rows) == 8


def test_read_takes_the_heading_s_own_sizes_for_the_one_group_without_a_row() -> None:
    header = ["款号", "颜色", "品类", "吊牌价", "供货价", "S", "M", "L", "XL"]
    second = [None, None, "裤子", None, None, 26.0, 27.0, 28.0, 29.0]
    lines = [["A1", "黑", "T恤", 599.0, 149.75, 1.0, 2.0], ["B1", "黑", "裤子", 599.0, 149.75, 3.0, 4.0]]
    reading = read([header, second, *lines])
    assert [(r.style_no, r.size, r.quantity) for r in reading.rows] == [
        ("A1", "S", 1), ("A1", "M", 2), ("B1", "26", 3), ("B1", "27", 4),
    ]  # fmt: skip


def test_read_reads_rows_of_sizes_above_the_heading() -> None:
    top = [
        [None, None, None, None, None, "上装", "S", "M", "L"],
        [None, None, None, None, None, "下装", 26.0, 27.0, 28.0],
    ]
    header = ["款号", "颜色", "尺码组", "吊牌价", "供货价", "品名"]
    lines = [
        ["A1", "黑", "上装", 599.0, 149.75, "T恤", 1.0, 2.0, 3.0],
        ["B1", "黑", "下装", 599.0, 149.75, "裤", 4.0, 5.0],
    ]
    reading = read([*top, header, *lines])
    assert [(r.style_no, r.size, r.quantity) for r in reading.rows] == [
        ("A1", "S", 1), ("A1", "M", 2), ("A1", "L", 3), ("B1", "26", 4), ("B1", "27", 5),
    ]  # fmt: skip


@pytest.mark.parametrize("apart", [False, True])
def test_read_reads_cards_with_a_matrix_each(apart: bool) -> None:
    def card(style: str, tag: float, base: float) -> list[Any]:
        if apart:
            return ["款号", style, "吊牌价", tag, "供货价", base]
        return [f"款号：{style}", f"吊牌价：{tag:g}", f"供货价：{base:g}"]

    reading = read(
        [
            card("A100", 599.0, 150.0), ["颜色", "S", "M", "L", "合计"], ["黑", 1.0, 2.0, 3.0, 6.0], ["白", 4.0, None, "多", 4.0], [],
            card("B200", 699.0, 170.0), ["颜色", 26.0, 27.0, 28.0, "合计"], ["蓝", 1.0, None, 3.0, 4.0], ["合计", 1.0, None, 3.0, 4.0],
        ]
    )  # fmt: skip
    assert [(r.col, r.style_no, r.colour, r.size, r.tag_price_fen, r.quantity) for r in reading.rows] == [
        ("B3", "A100", "黑", "S", 59900, 1), ("C3", "A100", "黑", "M", 59900, 2), ("D3", "A100", "黑", "L", 59900, 3),
        ("B4", "A100", "白", "S", 59900, 4), ("B8", "B200", "蓝", "26", 69900, 1), ("D8", "B200", "蓝", "28", 69900, 3),
    ]  # fmt: skip
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(4, "D", "bad_number")]


def test_read_ignores_units_and_numbers_under_the_heading() -> None:
    units = [None, None, None, None, "元", "元", "件"]
    numbers = [float(at) for at in range(1, 8)]
    reading = read([HEADER, units, numbers, *goods()])
    assert why(reading) == {1: "header", 2: "instruction", 3: "instruction"}
    assert reading.faults == []


def test_read_refuses_headings_that_lost_their_encoding() -> None:
    lines = [
        [value.encode().decode("gb18030", "replace") if isinstance(value, str) else value for value in line]
        for line in [HEADER, *goods()]
    ]
    reading = stock_sheet.read(csv(lines), "库存.csv")
    assert (reading.outcome, reading.reason) == ("refuse", "encoding_damage")


def test_read_takes_the_discount_where_the_supply_price_is_left_empty() -> None:
    header = [*HEADER[:5], "折扣", "供货价", "库存"]
    lines = [[*line[:5], "2.5折", None if at == 2 else line[5], line[6]] for at, line in enumerate(goods())]
    reading = read([header, *lines])
    assert reading.faults == []
    assert [(w.row, w.col, w.code) for w in reading.warnings] == [(4, "F", "discount_price")]
    assert reading.rows[2].base_price_fen == 14975


def test_read_ignores_signatures_and_counted_captions() -> None:
    lines = goods()
    caption = ["裤子", *[None] * 5, 34.0]
    total_of_style = ["ST24A10000", *[None] * 5, 18.0]
    signed = [None, None, "制表人", "李四", None, "审核人", "王五"]
    reading = read([HEADER, *lines[:4], total_of_style, caption, *lines[4:], signed])
    assert why(reading) == {1: "header", 6: "subtotal", 7: "category_line", 12: "footer"}
    assert reading.faults == []
    assert len(reading.rows) == 8


PLACES = ("款号", "颜色", "尺码", "吊牌价", "供货价", "仓库", "库存")


def placed(size: str, place: Any, units: float, base: float = 149.75) -> list[Any]:
    return ["A1", "黑", size, 599.0, base, place, units]


# IMPORT-17
def test_read_adds_up_what_one_sku_has_in_several_warehouses() -> None:
    reading = read([PLACES, placed("M", "杭州", 3.0), placed("L", "杭州", 1.0), placed("M", "广州", 4.0)])
    assert [(row.row, row.size, row.quantity) for row in reading.rows] == [(2, "M", 7), (3, "L", 1)]
    assert reading.faults == []
    assert [(w.row, w.col, w.code, w.value) for w in reading.warnings] == [(2, "G", "summed_lines", "7")]
    assert why(reading) == {1: "header", 4: "summed"}


# IMPORT-17
def test_read_refuses_two_quantities_of_one_sku_in_one_warehouse() -> None:
    reading = read([PLACES, placed("M", "杭州", 3.0), placed("M", "广州", 4.0), placed("M", "杭州", 5.0)])
    assert [(f.row, f.code) for f in reading.faults] == [
        (2, "conflicting_duplicate"), (3, "conflicting_duplicate"), (4, "conflicting_duplicate"),
    ]  # fmt: skip
    prices = read([PLACES, placed("M", "杭州", 3.0), placed("M", "广州", 4.0, 160.0)])
    assert [(f.row, f.code) for f in prices.faults] == [(2, "conflicting_duplicate"), (3, "conflicting_duplicate")]


# IMPORT-17
def test_read_counts_a_line_repeated_for_one_warehouse_once() -> None:
    reading = read([PLACES, placed("M", "杭州", 3.0), placed("M", "广州", 4.0), placed("M", "杭州", 3.0)])
    assert [(row.row, row.quantity) for row in reading.rows] == [(2, 7)]
    assert [(f.row, f.code) for f in reading.faults] == [(4, "duplicate_row")]


def test_read_takes_a_blank_carton_from_the_line_above() -> None:
    header = (*PLACES[:5], "箱号", "库存")
    reading = read([header, placed("M", "1#", 3.0), placed("L", None, 1.0), placed("M", "2#", 4.0)])
    assert [(row.row, row.quantity) for row in reading.rows] == [(2, 7), (3, 1)]


def test_read_accepts_unknown_sizes_between_known_ones() -> None:
    reading = read(
        [["款号", "颜色", "吊牌价", "供货价", "S", "加小", "M", "L"], matrix_line("A1", "黑", 1.0, 2.0, 3.0, 4.0)]
    )
    assert [(row.size, row.quantity) for row in reading.rows] == [("S", 1), ("加小", 2), ("M", 3), ("L", 4)]
    assert [(w.row, w.col, w.code) for w in reading.warnings] == [(1, "F", "unknown_size")]


def test_read_gives_the_columns_of_each_row() -> None:
    other = ("货号", "色号", "码数", "零售价", "结算价", "数量")
    second = [[*line[:3], *line[4:]] for line in goods(8)[4:]]
    reading = read([HEADER, *goods(4), [], other, *second])
    assert [(origin.start, origin.stop) for origin in reading.origins] == [(0, 4), (4, 8)]
    assert reading.place(3, "quantity") == ("G", "库存")
    assert reading.place(4, "quantity") == ("F", "数量")
    assert reading.place(4, "barcode") == ("", "")
    assert read([MATRIX, matrix_line("A1", "黑", 1.0, 2.0)]).place(1, "quantity") == ("F", "M")


def test_read_reports_units_without_a_size_in_the_heading() -> None:
    reading = read([["款号", "颜色", "吊牌价", "供货价", "S", None, "M"], matrix_line("A1", "黑", 1.0, 9.0, 2.0)])
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(2, "F", "unknown_size")]
    assert [(row.col, row.quantity) for row in reading.rows] == [("E2", 1), ("G2", 2)]


def test_read_compares_a_total_above_its_lines() -> None:
    assert read([HEADER, ["合计", *[None] * 5, 52.0], *goods()]).warnings == []
    reading = read([HEADER, ["合计", *[None] * 5, 60.0], *goods()])
    assert [(w.row, w.code, w.details) for w in reading.warnings] == [(2, "total_mismatch", ("52",))]


def test_read_joins_two_rows_of_sizes_without_a_group() -> None:
    body = [None, None, None, None, "155/80A", "160/84A", "165/88A", "170/92A"]
    reading = read([MATRIX, body, matrix_line("A1", "黑", 1.0, 2.0)])
    assert [(row.size, row.quantity) for row in reading.rows] == [("S(155/80A)", 1), ("M(160/84A)", 2)]
    assert why(reading) == {1: "header", 2: "header"}


def test_read_warns_of_a_hidden_size_or_warehouse() -> None:
    reading = read([MATRIX, matrix_line("A1", "黑", 1.0, 2.0)], hidden_columns=[5])
    assert [(w.row, w.col, w.header, w.code) for w in reading.warnings] == [(1, "F", "M", "hidden_column")]
    assert [row.quantity for row in reading.rows] == [1, 2]


def test_read_warns_of_columns_that_are_not_used() -> None:
    header = [*HEADER, "面料门幅", None]
    reading = read([header, *[[*line, "150cm", "看看"] for line in goods()]])
    assert [(w.col, w.header, w.code) for w in reading.warnings] == [
        ("H", "面料门幅", "unused_column"), ("I", None, "unused_column"),
    ]  # fmt: skip
    matrix = read([["款号", "条码", "吊牌价", "供货价", "S", "M"], ["A1", "6901234567892", 599.0, 149.75, 1.0, 2.0]])
    assert [(w.col, w.code) for w in matrix.warnings] == [("B", "unused_column")]
    assert len(matrix.rows) == 2


def test_read_reports_units_whose_size_became_a_date_or_a_range() -> None:
    header = ["款号", "颜色", "吊牌价", "供货价", dt.date(2024, 10, 12), "M", "L-4XL"]
    reading = read([header, matrix_line("A1", "黑", 1.0, 2.0, 3.0), matrix_line("A1", "白", None, 4.0)])
    assert [(f.row, f.col, f.header, f.code) for f in reading.faults] == [
        (2, "E", "2024-10-12", "size_became_date"), (2, "G", "L-4XL", "size_range"),
    ]  # fmt: skip
    assert [(row.col, row.quantity) for row in reading.rows] == [("F2", 2), ("F3", 4)]
    assert reading.warnings == []


def test_read_refuses_units_merged_over_two_sizes_of_a_matrix() -> None:
    reading = read([MATRIX, matrix_line("A1", "黑", 1.0, None, 3.0), matrix_line("A1", "白", 2.0)], merges=["E2:F2"])
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(2, "E", "merged_quantity")]
    assert [(row.col, row.quantity) for row in reading.rows] == [("G2", 3), ("E3", 2)]
