"""Which column is which: the vocabulary of fields, columns that stand in for others, and what is asked of the brand."""

from __future__ import annotations

from typing import Any

import pytest

from imports import stock_sheet
from imports.layout.tables import tables_of
from imports.limits import DEFAULT
from imports.workbook import open_workbook
from tests.imports.builders import HEADER, Styled, goods, with_cell, xlsx
from tests.imports.test_stock_layouts import read


def test_read_sums_the_columns_of_warehouses() -> None:
    header = [*HEADER[:6], "杭州仓", "广州仓", "成都仓库存"]
    lines = [[*line[:6], line[6], 2.0, None] for line in goods()]
    reading = read([header, *lines])
    assert reading.faults == []
    assert [row.quantity for row in reading.rows] == [5, 6, 7, 8, 9, 10, 11, 12]


def test_read_sums_warehouses_under_one_heading() -> None:
    top = [*HEADER[:6], "库存", None, None]
    below = [None, None, None, None, None, None, "杭州", "广州", "合计"]
    lines = [[*line[:6], line[6], 2.0, line[6] + 2] for line in goods()]
    reading = read([top, below, *lines], merges=["G1:I1"])
    assert reading.faults == []
    assert [row.quantity for row in reading.rows] == [5, 6, 7, 8, 9, 10, 11, 12]


def test_read_takes_the_total_where_warehouses_have_one() -> None:
    header = [*HEADER[:6], "杭州仓", "广州仓", "总库存"]
    lines = [[*line[:6], line[6], 2.0, line[6] + 2] for line in goods()]
    assert [row.quantity for row in read([header, *lines]).rows] == [5, 6, 7, 8, 9, 10, 11, 12]


# IMPORT-5
def test_read_never_takes_a_cost_price() -> None:
    header = [*HEADER, "成本价"]
    reading = read([header, *[[*line, 88.0] for line in goods()]])
    assert reading.outcome == "accept"
    assert reading.rows[0].base_price_fen == 14975
    assert [w.code for w in reading.warnings] == ["unused_column"]
    only_cost = [(*HEADER[:5], "成本价", "库存"), *goods()]
    reading = read(only_cost)
    assert (reading.outcome, reading.reason) == ("ask_mapping", "missing_column")
    assert [question.field for question in reading.questions] == ["base_price"]
    assert all(candidate.header != "成本价" for q in reading.questions for candidate in q.candidates)


# IMPORT-4
@pytest.mark.parametrize("column", [0, 2, 4, 5, 6])
def test_read_asks_for_a_required_column_that_it_does_not_find(column: int) -> None:
    header = list(HEADER)
    header[column] = "自定义"
    reading = read([header, *goods()])
    assert (reading.outcome, reading.reason) == ("ask_mapping", "missing_column")
    question = reading.questions[0]
    assert "自定义" in [candidate.header for candidate in question.candidates]
    assert question.candidates[0].samples
    answered = stock_sheet.read(
        xlsx([header, *goods()]), "库存.xlsx", answers={question.fingerprint: {"自定义": question.field}}
    )
    assert answered.outcome == "accept"
    assert len(answered.rows) == 8
    by_letter = stock_sheet.read(
        xlsx([header, *goods(12)]), "下次.xlsx", answers={question.fingerprint: {"ABCDEFG"[column]: question.field}}
    )
    assert by_letter.outcome == "accept"
    assert len(by_letter.rows) == 12


# IMPORT-4
@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ("供货价", "duplicate_header"),
        ("结算价", "duplicate_header"),
        ("吊牌价", "duplicate_header"),
        ("库存", "duplicate_header"),
    ],
)
def test_read_asks_which_of_two_columns_it_is(extra: str, code: str) -> None:
    header = [*HEADER, extra]
    reading = read([header, *[[*line, 120.0 + at] for at, line in enumerate(goods())]])
    assert (reading.outcome, reading.reason) == ("ask_mapping", code)
    question = reading.questions[0]
    assert len(question.candidates) == 2
    answered = stock_sheet.read(
        xlsx([header, *[[*line, 120.0] for line in goods()]]), "库存.xlsx",
        answers={question.fingerprint: {question.candidates[1].col: "ignore"}},
    )  # fmt: skip
    assert answered.outcome == "accept"
    assert answered.rows[0].base_price_fen == 14975


def test_read_takes_one_of_two_equal_columns() -> None:
    reading = read([[*HEADER, "供货价"], *[[*line, line[5]] for line in goods()]])
    assert reading.outcome == "accept"
    assert len(reading.rows) == 8


def test_read_asks_what_a_price_without_a_name_is() -> None:
    reading = read([("款号", "颜色", "尺码", "条码", "吊牌价", "单价", "库存"), *goods()])
    assert (reading.outcome, reading.reason) == ("ask_mapping", "ambiguous_layout")
    assert [(q.field, [c.header for c in q.candidates]) for q in reading.questions] == [("base_price", ["单价"])]


def test_read_does_not_use_a_retail_price_beside_a_tag_price() -> None:
    reading = read([[*HEADER, "零售价"], *[[*line, 399.0] for line in goods()]])
    assert reading.outcome == "accept"
    assert reading.rows[0].tag_price_fen == 59900


def test_read_does_not_use_an_item_number_beside_a_style_number() -> None:
    reading = read([["货号", *HEADER], *[[f"{line[0]}51", *line] for line in goods()]])
    assert reading.outcome == "accept"
    assert reading.rows[0].style_no == "ST24A10000"


@pytest.mark.parametrize("rate", ["25%", 0.25, "2.5折", "二五折", 2.5, 25.0, Styled(0.25, "0%"), "25折"])
def test_read_computes_the_supply_price_from_a_discount(rate: Any) -> None:
    header = (*HEADER[:5], "折扣", "库存")
    reading = read([header, *[[*line[:5], rate, line[6]] for line in goods()]])
    assert reading.faults == []
    assert [row.base_price_fen for row in reading.rows[:1]] == [14975]
    assert [w.code for w in reading.warnings] == ["discount_price"]


# IMPORT-9
@pytest.mark.parametrize("rate", [1.0, 10.0, "1", 100.0])
def test_read_refuses_a_discount_with_two_readings(rate: Any) -> None:
    header = (*HEADER[:5], "折扣", "库存")
    lines = [[*line[:5], 0.25, line[6]] for line in goods()]
    reading = read([header, *with_cell(lines, 3, 5, rate)])
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(5, "F", "ambiguous_discount")]


# IMPORT-9
def test_read_compares_the_discount_with_the_supply_price() -> None:
    header = [*HEADER, "折扣"]
    lines = [[*line, 0.25] for line in goods()]
    reading = read([header, *with_cell(lines, 2, 7, 0.35)])
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(4, "H", "discount_mismatch")]
    assert read([header, *with_cell(lines, 2, 5, 150.0)]).faults == []


def test_read_takes_a_supply_column_of_shares_as_discounts() -> None:
    lines = [with_cell([line], 0, 5, 0.25)[0] for line in goods()]
    reading = read([HEADER, *lines])
    assert reading.faults == []
    assert reading.rows[0].base_price_fen == 14975
    assert [w.code for w in reading.warnings] == ["discount_price"]


def test_read_reports_every_price_under_a_foreign_heading() -> None:
    reading = read([(*HEADER[:4], "吊牌价(USD)", "供货价", "库存"), *goods()])
    assert {f.code for f in reading.faults} == {"foreign_currency"}
    assert not reading.rows


def test_read_splits_colour_and_size_out_of_one_column() -> None:
    header = ("款号", "颜色及规格", "条码", "吊牌价", "供货价", "库存")
    lines = [[line[0], f"{line[1]};{line[2]}", *line[3:]] for line in goods()]
    reading = read([header, *lines])
    assert [(r.colour, r.size) for r in reading.rows[:2]] == [("墨绿", "M"), ("墨绿", "L")]


def test_read_takes_the_colour_code_where_there_is_no_colour() -> None:
    header = ("款号", "色号", *HEADER[2:])
    lines = [with_cell([line], 0, 1, {"墨绿": "53", "酒红": 41.0}[line[1]])[0] for line in goods()]
    assert [row.colour for row in read([header, *lines]).rows[:4]] == ["53", "53", "41", "41"]


def test_read_asks_about_a_table_without_a_heading() -> None:
    reading = read([*goods()])
    assert (reading.outcome, reading.reason) == ("ask_mapping", "no_header")
    fingerprint = reading.questions[0].fingerprint
    fields = dict(
        zip("ABCDEFG", ("style_no", "colour", "size", "barcode", "tag_price", "base_price", "quantity"), strict=True)
    )
    answered = stock_sheet.read(xlsx([*goods()]), "库存.xlsx", answers={fingerprint: fields})
    assert answered.outcome == "accept"
    assert len(answered.rows) == 8


# IMPORT-4
def test_a_column_beside_the_table_that_the_brand_has_named_is_read() -> None:
    lines = [[*line, None, "毛衣", 1.0] for line in goods()]
    data = xlsx([[*HEADER, None, "分区", "件数"], *lines])
    table = tables_of(open_workbook(data, "库存.xlsx", limits=DEFAULT, on_progress=lambda _: None).sheets[0])[0]
    reading = stock_sheet.read(data, "库存.xlsx", answers={table.fingerprint: {"I": "category"}})
    assert {row.category for row in reading.rows} == {"毛衣"}
    assert [warning.value for warning in reading.warnings] == ["件数"]


BLOCKS = (("S", "M", "L"), ("26", "27", "28", "29"), ("35", "36"), ("90", "100", "110"), ("均码",))


def blocks(*more: str) -> list[list[Any]]:
    """Five blocks of one table that differ in their sizes; `more` are the last columns, all filled with prices."""
    lines: list[list[Any]] = []
    for number, sizes in enumerate(BLOCKS):
        lines.append(["款号", "品名", "颜色", *sizes, *more])
        lines += [[f"K{number}{at}", "衣", "黑", *[5.0] * len(sizes), 599.0, 149.75] for at in range(3)]
        lines.append([None])
    return lines


@pytest.mark.parametrize("more", [("合计",), ("P1", "P2"), ("单价", "价格")])
def test_read_asks_once_about_the_blocks_of_one_table(more: tuple[str, ...]) -> None:
    reading = read(blocks(*more))
    assert reading.outcome == "ask_mapping"
    assert [question.field for question in reading.questions] == ["tag_price", "base_price"]
    assert all(question.headings == ("款号", "品名", "颜色", "S", "M", "L", *more) for question in reading.questions)


@pytest.mark.parametrize("answer", [{"G": "tag_price", "H": "base_price"}, {"P1": "tag_price", "P2": "base_price"}])
def test_read_takes_an_answer_for_all_blocks_of_the_table(answer: dict[str, str]) -> None:
    lines = blocks("P1", "P2")
    fingerprint = read(lines).questions[0].fingerprint
    reading = stock_sheet.read(xlsx(lines), "库存.xlsx", answers={fingerprint: answer})
    assert (reading.outcome, reading.faults, reading.questions) == ("accept", [], [])
    assert len(reading.rows) == 3 * sum(map(len, BLOCKS))
    assert {(row.tag_price_fen, row.base_price_fen) for row in reading.rows} == {(59900, 14975)}


@pytest.mark.parametrize("count", [15, 40, 54])
def test_read_finds_the_known_columns_of_a_wide_export(count: int) -> None:
    words = [
        "企划波段",
        "设计师",
        "版师",
        "开发组",
        "面料编号",
        "里布",
        "辅料",
        "克重",
        "幅宽",
        "洗标号",
        "合格证",
        "质检员",
        "自定义1",
    ]
    others = [f"{words[at % len(words)]}{'甲乙丙丁戊'[at // len(words)]}" for at in range(count)]
    known = ["款号", "颜色", "尺码", "吊牌价", "供货价", "可用库存"]
    half = count // 2
    lines = [
        ["乙"] * half + ["QH26001", "黑", size, 599.0, 149.75, 5.0] + [12.0] * (count - half) for size in ("M", "L")
    ]
    reading = read([others[:half] + known + others[half:], *lines])
    assert reading.faults == []
    assert [(row.style_no, row.size, row.base_price_fen, row.quantity) for row in reading.rows] == [
        ("QH26001", "M", 14975, 5),
        ("QH26001", "L", 14975, 5),
    ]
    assert [warning.header for warning in reading.warnings] == others
