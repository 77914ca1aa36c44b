"""Reconciliation lists as brands keep them: any columns, headings and formats give the same lines (SETTLE-13)."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.reconciliation_sheet import FIGURES, ListReading, parse_amount, parse_count, read, read_in_child
from tests.imports.builders import xlsx
from tests.imports.reconciliation import FIELDS, Line, csv_file, lines, plain, table, text, workbook

LINES = lines(12)
CELLS = (plain, text)


def facts(reading: ListReading) -> list[tuple[object, ...]]:
    return [(row.order_no, row.line_no, row.style_no, row.colour, row.size, row.figures) for row in reading.rows]


def expected(rows: list[Line]) -> list[tuple[object, ...]]:
    return [
        (
            str(row.order), str(row.line), row.style, row.colour, row.size,
            tuple(getattr(row, name) for name in FIGURES),
        )
        for row in rows
    ]  # fmt: skip


# SETTLE-13
@pytest.mark.parametrize("words", [0, 1, 2])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_headings_formats_and_files_give_the_same_lines(words: int, cell: object, form: str) -> None:
    rows = table(LINES, words=words, cell=cell)
    reading = read(workbook(rows) if form == "xlsx" else csv_file(rows), f"list.{form}")
    assert (reading.outcome, reading.faults, facts(reading)) == ("accept", [], expected(LINES))


@settings(deadline=None, max_examples=25)
@given(
    order=st.permutations(FIELDS),
    rows=st.permutations(LINES),
    words=st.sampled_from([0, 1, 2]),
    cell=st.sampled_from(CELLS),
)
def test_columns_and_lines_may_stand_in_any_order(order: list[str], rows: list[Line], words: int, cell: object) -> None:
    reading = read(csv_file(table(rows, order, words=words, cell=cell), "utf-8"), "list.csv")
    assert (reading.faults, facts(reading)) == ([], expected(rows))


def test_title_rows_own_columns_and_totals_are_no_lines() -> None:
    body = table(LINES)
    with_own = [
        [*row, *extra] for row, extra in zip(body, [["下单时间", "门店"], *[["2026-11-02", "北京"]] * 12], strict=True)
    ]
    total = ["合计", "", "", "", "", *(sum(getattr(row, name) for row in LINES) for name in FIELDS[5:7])]
    sums = [*total, *(sum(getattr(row, name) for row in LINES) / 100 for name in FIELDS[7:])]
    rows = [["2026年11月 尾仓对账单"], [], *with_own, sums, ["制表人：王芳"]]
    reading = read(workbook(rows, merges=["A1:M1"]), "list.xlsx")
    assert (reading.faults, facts(reading)) == ([], expected(LINES))
    assert {each.why for each in reading.ignored} == {"title", "blank", "header", "total", "footer"}


def test_a_line_of_sums_without_a_word_is_no_line() -> None:
    body = table(LINES)
    sums = ["", "", "", "", "", *(sum(row[at] for row in body[1:]) for at in range(5, 11))]
    reading = read(workbook([*body, sums]), "list.xlsx")
    assert (reading.faults, facts(reading)) == ([], expected(LINES))
    unlike = [*sums[:-1], sums[-1] + 1]
    assert [(each.row, each.code) for each in read(workbook([*body, unlike]), "list.xlsx").faults] == [
        (14, "missing_required")
    ]


def test_faulty_rows_name_cell_and_reason_and_what_they_are_about() -> None:
    body = table(LINES[:4])
    body[1][10], body[2][5], body[3][0] = "八十", 1.5, None
    body[3][1] = None
    body[4][10] = None
    reading = read(workbook(body), "list.xlsx")
    assert [(each.row, each.col, each.header, each.code, each.value) for each in reading.faults] == [
        (2, "K", "应结货款", "bad_number", "八十"),
        (3, "F", "售出件数", "fractional_quantity", "1.5"),
        (4, "B", "明细号", "missing_required", None),
        (5, "K", "应结货款", "missing_required", None),
    ]
    assert reading.rows == []
    assert [(each.row, each.line_no) for each in reading.unread] == [(2, "5001"), (3, "5002"), (5, "5004")]


def test_refunds_and_commission_below_zero_are_what_is_taken_off() -> None:
    body = table(LINES)
    for row in body[1:]:
        row[6], row[8], row[9] = -row[6], -row[8], -row[9]
    assert facts(read(workbook(body), "list.xlsx")) == expected(LINES)


def test_a_line_of_units_below_zero_is_a_return() -> None:
    names = ("order", "style", "units", "sold", "payable")
    reading = read(workbook([*table(LINES[:1], names), ["1000", "ST101", -1, -99.0, -74.07]]), "list.xlsx")
    assert [row.figures for row in reading.rows] == [
        (2, None, 20_022, None, None, 14_994),
        (0, 1, 0, 9_900, None, -7_407),
    ]


def test_a_merged_amount_is_about_all_its_lines() -> None:
    body = table(LINES[:3], ("order", "size", "units", "payable"))
    body[2][3] = body[3][3] = None
    reading = read(workbook(body, merges=["D2:D4"]), "list.xlsx")
    assert reading.faults == []
    assert [(row.joined, row.figures[0], row.figures[5]) for row in reading.rows] == [
        (2, 2, LINES[0].payable), (2, 3, None), (2, 1, None),
    ]  # fmt: skip


def test_the_workbook_of_a_statement_is_read_by_its_sheet_of_lines() -> None:
    disputes: list[list[Any]] = [["订单号", "明细号", "商品", "结算单应结", "品牌主张"], ["1", "2", "x", 1.0, 2.0]]
    reading = read(xlsx({"明细": table(LINES), "异议": disputes}), "statement-7.xlsx")
    assert facts(reading) == expected(LINES)


def test_a_list_without_figures_asks_and_one_that_is_no_table_is_refused() -> None:
    asked = read(workbook(table(LINES, ("order", "style", "size"))), "list.xlsx")
    assert (asked.outcome, [question.field for question in asked.questions]) == ("ask_mapping", ["payable"])
    assert read(b"", "list.xlsx").outcome == "refuse"


def test_two_columns_of_one_figure_that_differ_are_asked_about() -> None:
    rows: list[list[Any]] = [["订单号", "应结货款", "应付货款"], ["1", 5.0, 6.0]]
    asked = read(workbook(rows), "list.xlsx")
    assert [(question.code, question.field) for question in asked.questions] == [("duplicate_header", "payable")]
    fingerprint = asked.questions[0].fingerprint
    reading = read(workbook(rows), "list.xlsx", answers={fingerprint: {"C": "payable"}})
    assert [row.figures[5] for row in reading.rows] == [600]


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        (65.90000000000001, 6590), ("1,234.50", 123_450), ("￥１２．５０", 1_250), ("(8.00)", -800), ("-8", -800), ("12元", 1_200),
        (33.333333, 3_333), (None, None), ("—", None), ("", None), ('="12.00"', 1_200), ("'12.00", 1_200), (0.0, 0),
    ],
)  # fmt: skip
def test_amounts(value: object, fen: int | None) -> None:
    assert parse_amount(value) == fen  # type: ignore[arg-type]  # any cell


@pytest.mark.parametrize("value", ["八", "1.2.3", dt.date(2026, 11, 2), "1e5", "12件"])
def test_what_is_no_amount(value: object) -> None:
    assert getattr(parse_amount(value), "code", None) == "bad_number"  # type: ignore[arg-type]  # any cell


@pytest.mark.parametrize(("value", "count"), [("3件", 3), (2.0, 2), ("-1", -1), (None, None), ("０", 0)])
def test_counts(value: object, count: int | None) -> None:
    assert parse_count(value) == count  # type: ignore[arg-type]  # any cell


def test_an_error_of_the_spreadsheet_is_a_fault() -> None:
    body = table(LINES[:1])
    body[1][10] = "#DIV/0!"
    assert [each.code for each in read(workbook(body), "list.xlsx").faults] == ["formula_error"]


def test_a_child_process_gives_the_same_reading() -> None:
    data = workbook([*table(LINES), ["x", "", "", "", "", "y", 0, 0, 0, 0, 0]])
    assert read_in_child(data, "list.xlsx") == read(data, "list.xlsx")
