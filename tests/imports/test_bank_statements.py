"""Bank statements of six layouts, as workbooks and CSV: the same money, whatever the bank calls it (TRANSFER-3)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.bank_statement.cells import is_incoming, parse_amount, parse_day, parse_time, text_of
from imports.bank_statement.reader import balance_gaps, read, read_in_child
from imports.bank_statement.reading import StatementLine, StatementReading
from imports.bank_statement.words import fields_of
from imports.reasons import file_message
from tests.imports.bank_statements import ALIPAY, HEADING, LINES, TITLE, Row, csv_file, rows_of, workbook

DAY = dt.date(2026, 11, 30)
AT_FIVE_PAST_NINE = dt.datetime(2026, 11, 30, 9, 5)  # noqa: DTZ001 - cells have no time zone
BANKS = sorted(HEADING)


def facts(reading: StatementReading) -> list[tuple[object, ...]]:
    return [
        (each.day, each.time, each.amount_fen, each.balance_fen, each.counterparty_account[:4])
        for each in reading.lines
    ]


# TRANSFER-3
@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("bank", BANKS)
def test_the_layouts_of_banks_give_the_same_lines(bank: str, form: str) -> None:
    rows = rows_of(bank)
    reading = read(workbook(rows) if form == "xlsx" else csv_file(rows), f"{bank}.{form}")
    assert (reading.outcome, reading.faults, reading.gaps) == ("accept", [], [])
    assert reading.account == "1202020409900123456"
    assert facts(reading) == [
        (DAY, "10:11:12", 1000_00, 11000_00, "6222"),
        (DAY, "15:00:00", -12_50, 10987_50, "3310"),
    ]
    assert reading.lines[0].counterparty == "王小美"
    assert "RACCC" in reading.lines[0].remark
    expected = {"icbc": "", "ccb": "99-101", "abc": "101", "boc": "B101", "cmb": "C101"}
    assert reading.lines[0].reference == expected[bank]


# TRANSFER-3
def test_the_csv_of_alipay_is_read() -> None:
    reading = read(ALIPAY.encode("gbk"), "20881234567890120156_账务明细.csv")
    assert [(each.amount_fen, each.reference, each.row) for each in reading.lines] == [
        (1000_00, "101", 6),
        (-12_50, "102", 7),
    ]
    assert (reading.account, reading.faults, reading.gaps) == ("20881234567890120156", [], [])
    assert reading.lines[0].remark == "转账 RACCC"


def test_a_child_process_gives_the_same_reading() -> None:
    data = workbook([*rows_of("cmb"), ["30日", "", "", "", "", "abc", "", "", "C9", "", ""]])
    assert read_in_child(data, "cmb.xlsx") == read(data, "cmb.xlsx")


# TRANSFER-4
def test_a_refused_line_names_place_column_and_what_is_wrong() -> None:
    wrong = [
        ["2026-13-30", "10:11:12", "", "", "", "1000.00", "", "", "C1", "", ""],
        ["20261130", "", "", "", "", "12a.00", "", "", "C2", "", ""],
        ["20261130", "", "", "", "5.00", "6.00", "", "", "C3", "", ""],
        ["20261130", "", "", "", "", "", "", "", "C4", "王", ""],
        ["20261130", "", "", "", "", "6.00", "", "", "", "", ""],
        ["20261130", "", "", "", "", "6.005", "", "", "C6", "", ""],
    ]
    reading = read(workbook([*TITLE["cmb"], HEADING["cmb"], *wrong]), "cmb.xlsx")
    assert reading.lines == []
    found = [(each.sheet, each.row, each.col, each.code.removeprefix("bank_statement_")) for each in reading.faults]
    assert found == [
        ("明细", 5, "A", "day"),
        ("明细", 6, "F", "amount"),
        ("明细", 7, "E", "both"),
        ("明细", 8, None, "none"),
        ("明细", 9, None, "unidentified"),
        ("明细", 10, "F", "amount"),
    ]
    assert reading.faults[0].message_zh == "日期“2026-13-30”认不出"
    assert reading.faults[1].header == "贷方金额"


# TRANSFER-4
def test_foreign_currency_and_unknown_directions_are_refused() -> None:
    heading = ["交易日期", "交易金额", "借贷标志", "币种", "流水号"]
    rows = [
        ["20261130", "5.00", "贷", "USD", "1"],
        ["20261130", "5.00", "转", "人民币", "2"],
        ["20261130", "5", "借", "CNY", "3"],
    ]
    reading = read(workbook([heading, *rows]), "a.xlsx")
    assert [each.code for each in reading.faults] == ["bank_statement_currency", "bank_statement_direction"]
    assert [each.amount_fen for each in reading.lines] == [-5_00]


# TRANSFER-5
@pytest.mark.parametrize("backwards", [False, True])
def test_a_missing_line_is_seen_by_the_balance(backwards: bool) -> None:
    lines = [StatementLine("明细", row, DAY, "", 10_00, 10_00 * row, "", "", "", str(row)) for row in range(1, 8)]
    ordered = lines[::-1] if backwards else lines
    assert balance_gaps(ordered) == []
    gone = [each for each in ordered if each.row != 4]
    (gap,) = balance_gaps(gone)
    assert (gap.row, gap.expected_fen, gap.found_fen) == (5, 40_00, 50_00)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.4", "unsupported_format"),
        (workbook([["款号", "数量"], ["A", 1]]), "no_statement_header"),
    ],
)
def test_what_is_no_statement_is_refused(data: bytes, reason: str) -> None:
    reading = read(data, "a.xlsx")
    assert (reading.outcome, reading.reason, reading.lines) == ("refuse", reason, [])


def test_a_heading_printed_again_and_totals_are_no_lines() -> None:
    rows: list[Row] = [*rows_of("ccb"), HEADING["ccb"], ["", "", "本页小计", "12.50", "1000.00"], LINES["ccb"][1]]
    reading = read(workbook(rows), "ccb.xlsx")
    assert len(reading.lines) == 3
    assert (reading.faults, reading.skipped) == ([], 2)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.50", 1234_50), ("￥12.00元", 12_00), ("-3", -3_00), ("(5.00)", -5_00), ("", 0), ("--", 0), ("1.005", None),
        ("十", None), ("1,2,3", None),
    ],
)  # fmt: skip
def test_amounts(text: str, fen: int | None) -> None:
    assert parse_amount(text) == fen


@given(st.integers(-(10**12), 10**12), st.booleans())
def test_amounts_are_exact(fen: int, grouped: bool) -> None:
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    text = f"{sign}{whole // 100:{',' if grouped else ''}}.{whole % 100:02}"
    assert parse_amount(text) == fen
    assert parse_amount(f'="{text}"') == fen


@pytest.mark.parametrize(
    ("value", "day", "time"),
    [
        ("2026-11-30 9:05", DAY, "09:05:00"), ("20261130", DAY, ""), ("2026年11月30日", DAY, ""), (20261130.0, DAY, ""),
        (AT_FIVE_PAST_NINE, DAY, "09:05:00"), ("2026/11/30 09:05:01", DAY, "09:05:01"),
        ("20261130090501", DAY, "09:05:01"),
    ],
)  # fmt: skip
def test_days(value: object, day: dt.date, time: str) -> None:
    assert parse_day(value) == (day, time)  # type: ignore[arg-type]


def test_other_cells() -> None:
    assert parse_day("2026-02-30") is None
    assert parse_time("93015") == "09:30:15"
    assert parse_time("25:00") == ""
    assert text_of('="00123"') == "00123"
    assert text_of("\t00123\t") == "00123"
    assert (is_incoming("贷"), is_incoming("往账"), is_incoming("转账")) == (True, False, None)
    assert fields_of("收(付)方名称") == {"counterparty": 7}
    assert fields_of("交易流水号[ Transaction reference number ]") == {"reference": 0}


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        (
            ["Transaction Date", "Description", "Debit", "Credit", "Balance", "Reference No."],
            ["46032.5", "R7", "", "12.50", "12.50", "N1"],
        ),
        (["入账日", "摘要", "付款金额", "来款", "余额", "流水号"], [46032.5, "R7", "", 12.5, 12.5, "N1"]),
        (["Date", "Remark", "Amount", "Balance", "Reference"], ["2026-01-10 12:00", "R7", "12.50", "12.50", "N1"]),
    ],
)
def test_english_headings_and_days_without_a_format_are_read(heading: Row, line: Row) -> None:
    reading = read(workbook([heading, line]), "a.xlsx")
    assert (reading.reason, reading.faults) == (None, [])
    [found] = reading.lines
    assert (found.day, found.time, found.amount_fen, found.remark, found.reference) == (
        dt.date(2026, 1, 10), "12:00:00", 12_50, "R7", "N1",
    )  # fmt: skip


def test_a_file_without_headings_is_refused_with_what_a_statement_needs() -> None:
    reading = read(workbook([["款号", "数量"], ["A", 1]]), "a.xlsx")
    said = file_message(reading.reason or "", "zh", reading.details)
    assert "交易日期" in said
    assert "款号" not in said
