"""IMPORT-20: a text file is read line by line; quotation marks, control characters and stray delimiters lose nothing."""

from __future__ import annotations

import pytest

from imports import stock_sheet
from imports.stock_sheet.rows import Reading
from tests.imports.checks import every_line_is_accounted_for

HEADING = "款号,颜色,尺码,条码,吊牌价,供货价,库存,备注"


def line(number: int, colour: str = "黑", remark: str = "") -> str:
    return f"K{number:03},{colour},M,,599,149.75,{number},{remark}"


def read(*lines: str, heading: str = HEADING, encoding: str = "utf-8") -> Reading:
    reading = stock_sheet.read("\r\n".join([heading, *lines, ""]).encode(encoding), "库存.csv")
    every_line_is_accounted_for(reading)
    return reading


def faults(reading: Reading) -> list[tuple[int, str | None, str, str | None, tuple[str, ...]]]:
    return [(fault.row, fault.col, fault.code, fault.value, fault.details) for fault in reading.faults]


def notes(reading: Reading) -> list[tuple[str, tuple[str, ...]]]:
    return [(fault.code, fault.details) for fault in reading.warnings if fault.code == "stray_quotes"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_read_reads_the_lines_below_a_quote_that_is_never_closed(encoding: str) -> None:
    reading = read(line(1), line(2, '"黑'), line(3), line(4), encoding=encoding)
    assert faults(reading) == [(3, "B", "unclosed_quote", '"黑', ("3", "5"))]
    assert [row.row for row in reading.rows] == [2, 4, 5]
    assert notes(reading) == [("stray_quotes", ("3–5",))]


def test_read_reads_the_lines_between_two_stray_quotes_and_names_both() -> None:
    reading = read(line(1), line(2, '"27寸'), line(3), line(4), line(5, '黑"'), line(6))
    assert faults(reading) == [
        (3, "B", "unclosed_quote", '"27寸', ("3", "6")),
        (6, "B", "unclosed_quote", '黑"', ("3", "6")),
    ]
    assert [(row.row, row.quantity) for row in reading.rows] == [(2, 1), (4, 3), (5, 4), (7, 6)]


def test_read_does_not_pair_a_stray_quote_with_the_quote_of_another_value() -> None:
    reading = read(line(1), line(2, '"黑'), line(3, '"红,白"'), line(4))
    assert faults(reading) == [(3, "B", "unclosed_quote", '"黑', ("3", "4"))]
    assert [(row.row, row.colour) for row in reading.rows] == [(2, "黑"), (4, "红,白"), (5, "黑")]


def test_read_finds_a_stray_quote_on_the_last_line_and_behind_another_mark() -> None:
    reading = read(line(1), line(2), line(3, '"黑'))
    assert faults(reading) == [(4, "B", "unclosed_quote", '"黑', ("4", "4"))]
    reading = read(line(1), line(2, '12" 黑', '"好'), line(3), line(4))
    assert faults(reading) == [(3, "B", "unclosed_quote", '12" 黑', ("3", "5"))]
    assert [row.row for row in reading.rows] == [2, 4, 5]


def test_read_keeps_a_stray_quote_in_a_remark_as_a_warning() -> None:
    reading = read(line(1), line(2, remark='"27寸'), line(3))
    assert reading.faults == []
    assert [(row.row, row.remark) for row in reading.rows] == [(2, None), (3, '"27寸'), (4, None)]
    assert ("unclosed_quote", 3, "H") in [(warning.code, warning.row, warning.col) for warning in reading.warnings]


def test_read_names_the_lines_of_a_cell_that_holds_as_many_delimiters_as_a_row() -> None:
    reading = read(line(1), line(2, '"黑,M,,1\n,2,3,4,5"'), line(3, '"红"'))
    assert faults(reading) == [(3, "B", "unclosed_quote", "黑,M,,1\n,2,3,4,5", ("3", "4"))]
    assert [row.row for row in reading.rows] == [2, 4]


def test_read_counts_lines_as_a_spreadsheet_program_does() -> None:
    reading = read(line(1, remark='"好\n看"'), line(2, '"黑'), line(3), line(4, '黑"'))
    assert [(fault.row, fault.details) for fault in reading.faults] == [(3, ("3", "5")), (5, ("3", "5"))]


def test_read_takes_line_breaks_and_delimiters_that_are_quoted() -> None:
    reading = read(line(1), line(2, '"黑\n白"', '"好,看"'), line(3, '"雾 ""蓝"""'), line(4, '27"'))
    assert reading.faults == []
    assert [(row.row, row.colour) for row in reading.rows] == [(2, "黑"), (3, "黑 白"), (4, '雾 "蓝"'), (5, '27"')]
    assert notes(reading) == []


def test_read_reports_many_stray_quotes_one_by_one() -> None:
    reading = read(*[line(n, '"黑') for n in range(1, 41)])
    assert [fault.row for fault in reading.faults] == list(range(2, 42))
    assert notes(reading)[0][1][0].endswith("(+29)")


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x07", "\x1a", "\x1f"])
def test_read_reads_text_with_a_few_control_characters(character: str) -> None:
    heading = HEADING.replace("备注", "品名")
    reading = read(
        line(1), line(2, f"红{character}", f"春{character}衣"), line(3, remark=f"秋{character}衣"), heading=heading
    )
    assert [(fault.row, fault.col, fault.code) for fault in reading.faults] == [(3, "B", "control_character")]
    assert [(row.row, row.name) for row in reading.rows] == [(2, None), (4, "秋衣")]
    assert [(each.row, each.col, each.code) for each in reading.warnings] == [
        (3, "H", "control_character"),
        (4, "H", "control_character"),
    ]


def test_read_refuses_text_that_is_mostly_control_characters() -> None:
    reading = read(*[line(n, "黑\x01\x02\x03") for n in range(40)])
    assert (reading.outcome, reading.reason) == ("refuse", "unsupported_format")


def test_read_refuses_a_line_with_more_cells_than_its_heading() -> None:
    heading = "款号,颜色,尺码,吊牌价,供货价,库存"
    lines = ["K1,黑,M,599,50,149,75,5", "K2,黑,M,599,149.75,5,,", "K3,黑,M,599,149.75,5"]
    reading = read(*lines, heading=heading)
    assert faults(reading) == [(2, "G", "extra_cells", "75", ("6", "8"))]
    assert [row.row for row in reading.rows] == [3, 4]


def test_read_never_misreads_a_decimal_comma() -> None:
    heading = "款号;颜色;尺码;吊牌价;供货价;库存"
    lines = ["K1;黑;M;599,00;149,75;5", "K1;黑;L;599;149,750;5", "K2;黑;M;1.299;324.5;5", "K2;黑;L;999;249.75;1.200"]
    reading = read(*lines, "K3;黑;M;999;249.75;12", heading=heading)
    assert [(fault.row, fault.col, fault.code) for fault in reading.faults] == [
        (2, "D", "decimal_comma"),
        (2, "E", "decimal_comma"),
        (3, "E", "decimal_comma"),
        (4, "D", "decimal_comma"),
        (5, "F", "decimal_comma"),
    ]
    assert [(row.row, row.tag_price_fen, row.base_price_fen, row.quantity) for row in reading.rows] == [
        (6, 99900, 24975, 12)
    ]


def test_read_takes_thousands_where_no_number_has_a_decimal_comma() -> None:
    reading = read("K1;黑;M;1,299;324.75;1,200", heading="款号;颜色;尺码;吊牌价;供货价;库存")
    assert [(row.tag_price_fen, row.base_price_fen, row.quantity) for row in reading.rows] == [(129900, 32475, 1200)]
