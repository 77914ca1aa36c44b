"""Every reason of a row: one workbook that has it, and its near misses that must not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from imports import stock_sheet
from imports.stock_sheet.rows import Reading
from imports.workbook import formats
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
    ean,
    goods,
    uncomputed,
    with_cell,
    xlsx,
)
from tests.imports.checks import every_line_is_accounted_for

LINE = 3  # the changed line, 0-based among the goods; row 5 of the sheet
ROW = LINE + 2


def read_with(column: int, value: Any) -> Reading:
    data = xlsx([HEADER, *with_cell(goods(), LINE, column, value)])
    reading = stock_sheet.read(data, "库存.xlsx")
    every_line_is_accounted_for(reading)
    return reading


FAULTS = [
    (STYLE, None, "missing_required"),
    (STYLE, "   ", "missing_required"),
    (STYLE, "—", "bad_style"),
    (STYLE, "???", "encoding_damage"),
    (STYLE, "*#", "bad_style"),
    (STYLE, dt.date(2024, 3, 12), "style_became_date"),
    (STYLE, "3月12日", "style_became_date"),
    (STYLE, "12-Mar", "style_became_date"),
    (STYLE, "Mar-12", "style_became_date"),
    (STYLE, "7-May-24", "style_became_date"),
    (STYLE, "2024/3/12", "style_became_date"),
    (STYLE, Styled(2400000.0, "0.00E+00"), "style_number_damaged"),
    (STYLE, Styled(20240101.0, "##0.0E+0"), "style_number_damaged"),
    (STYLE, "2.4E6", "style_number_damaged"),
    (STYLE, "2.4E+06", "style_number_damaged"),
    (STYLE, 12345.67, "style_number_damaged"),
    (STYLE, 1234567890123456768.0, "precision_lost"),
    (STYLE, "ST24\x07A", "control_character"),
    (STYLE, "锟斤拷2401", "encoding_damage"),
    (STYLE, "ST\ufffd24", "encoding_damage"),
    (STYLE, Formula("=VLOOKUP(A1,B:C,2,0)", "#REF!"), "formula_error"),
    (SIZE, None, "missing_required"),
    (STYLE, "00", "bad_style"),
    (SIZE, "S-XL", "size_range"),
    (SIZE, "S~XL", "size_range"),
    (SIZE, "S/M/L", "size_range"),
    (SIZE, "S,M,L,XL", "size_range"),
    (SIZE, "26-30", "size_range"),
    (SIZE, "90~160", "size_range"),
    (SIZE, dt.date(2024, 8, 10), "size_became_date"),
    (SIZE, "8月10日", "size_became_date"),
    (SIZE, 45514.0, "size_became_date"),
    (SIZE, "2024-08-10", "size_became_date"),
    (SIZE, "无", "bad_size"),
    (SIZE, "XLL", "unknown_size"),
    (SIZE, -3.0, "bad_size"),
    (SIZE, 0.0, "bad_size"),
    (SIZE, "***", "bad_size"),
    (COLOUR, "??", "encoding_damage"),
    (COLOUR, "å¢¨ç»¿", "encoding_damage"),
    (BARCODE, "6.90123E+12", "barcode_precision_lost"),
    (BARCODE, 6901234567891234816.0, "barcode_precision_lost"),
    (BARCODE, "6901234567893", "barcode_checksum"),
    (BARCODE, 6901234567893.0, "barcode_checksum"),
    (BARCODE, "69012345678", "barcode_format"),
    (BARCODE, "690123456789212345678901234567", "barcode_format"),
    (BARCODE, "6969289763492;6996219856290", "barcode_format"),
    (BARCODE, "6969289763492/6996219856290", "barcode_format"),
    (BARCODE, "见备注", "barcode_format"),
    (BARCODE, 0.0, "barcode_format"),
    (BARCODE, Formula("=1/0", "#DIV/0!"), "formula_error"),
    (BARCODE, ean(1000), "duplicate_barcode"),
    (TAG, None, "missing_required"),
    (TAG, "面议", "bad_number"),
    (TAG, "12,34", "decimal_comma"),
    (TAG, "399-499", "bad_number"),
    (TAG, 0.0, "zero_price"),
    (TAG, -599.0, "negative_price"),
    (TAG, "-599", "negative_price"),
    (TAG, "$599", "foreign_currency"),
    (TAG, "USD 599", "foreign_currency"),
    (TAG, "HK$599", "foreign_currency"),
    (TAG, "599欧元", "foreign_currency"),
    (TAG, Styled(599.0, "[$$-409]#,##0.00"), "foreign_currency"),
    (TAG, Styled(599.0, "[$€-2] #,##0.00"), "foreign_currency"),
    (TAG, 599.995, "too_many_decimals"),
    (TAG, "599.123", "too_many_decimals"),
    (TAG, 59900000.0, "implausible_price"),
    (TAG, 5990.0, "implausible_price"),
    (TAG, Formula("=A1", "#NAME?"), "formula_error"),
    (BASE, None, "missing_required"),
    (BASE, "详询", "bad_number"),
    (BASE, 0.0, "zero_price"),
    (BASE, -1.0, "negative_price"),
    (BASE, 149.755, "too_many_decimals"),
    (BASE, 799.0, "supply_above_tag"),
    (BASE, 1.5, "implausible_price"),
    (BASE, 1497.5, "supply_above_tag"),
    (BASE, 0.25, "ambiguous_discount"),
    (BASE, "€120", "foreign_currency"),
    (QUANTITY, None, "missing_required"),
    (QUANTITY, "充足", "bad_number"),
    (QUANTITY, "约10", "bad_number"),
    (QUANTITY, "10+", "bad_number"),
    (QUANTITY, ">10", "bad_number"),
    (QUANTITY, -5.0, "negative_quantity"),
    (QUANTITY, "-5", "negative_quantity"),
    (QUANTITY, "(5)", "negative_quantity"),
    (QUANTITY, 2.5, "fractional_quantity"),
    (QUANTITY, "2.5", "fractional_quantity"),
    (QUANTITY, 999999.0, "quantity_too_large"),
    (QUANTITY, 6901234567892.0, "quantity_too_large"),
    (QUANTITY, True, "bad_number"),
    (QUANTITY, dt.date(2024, 8, 10), "bad_number"),
    (QUANTITY, Formula("=SUM(A1)", "#VALUE!"), "formula_error"),
]


# IMPORT-6, 8, 10, 11
@pytest.mark.parametrize(("column", "value", "code"), FAULTS)
def test_read_reports_the_wrong_cell_and_keeps_the_other_lines(column: int, value: Any, code: str) -> None:
    reading = read_with(column, value)
    assert [(fault.row, fault.col, fault.code) for fault in reading.faults] == [(ROW, "ABCDEFG"[column], code)]
    assert reading.faults[0].header == HEADER[column]
    assert reading.faults[0].message_zh
    assert reading.faults[0].hint_en
    assert [row.row for row in reading.rows] == [2, 3, 4, 6, 7, 8, 9]


NEAR_MISSES = [
    (STYLE, 20231101.0, "style_no", "20231101"),
    (STYLE, " ＳＴ24A10000 ", "style_no", "ST24A10000"),
    (STYLE, "ST24A\u200b10000", "style_no", "ST24A10000"),
    (STYLE, "24E05", "style_no", "24E05"),
    (STYLE, "NOVA-101", "style_no", "NOVA-101"),
    (STYLE, "JULIA-38", "style_no", "JULIA-38"),
    (STYLE, "MARINA-12", "style_no", "MARINA-12"),
    (STYLE, "MAYA-7", "style_no", "MAYA-7"),
    (STYLE, "DECO-5", "style_no", "DECO-5"),
    (STYLE, "AUGUSTA-20", "style_no", "AUGUSTA-20"),
    (STYLE, "MAY-7", "style_no", "MAY-7"),
    (STYLE, "MAR-12", "style_no", "MAR-12"),
    (STYLE, "DEC-101", "style_no", "DEC-101"),
    (STYLE, "JUNO-2024", "style_no", "JUNO-2024"),
    (STYLE, "SEPT-1", "style_no", "SEPT-1"),
    (STYLE, "1024-12-5", "style_no", "1024-12-5"),
    (STYLE, "2024-13-40", "style_no", "2024-13-40"),
    (STYLE, "ST-24/A#1", "style_no", "ST-24/A#1"),
    (COLOUR, "娴雅紫", "colour", "娴雅紫"),
    (TAG, Styled(599.0, "0.00E+00"), "tag_price_fen", 59900),
    (STYLE, "0012345", "style_no", "0012345"),
    (STYLE, Styled(12345.0, "00000000"), "style_no", "00012345"),
    (STYLE, "TOTAL24A", "style_no", "TOTAL24A"),
    (STYLE, Formula('="ST"&"9"', "ST9"), "style_no", "ST9"),
    (SIZE, "XXL", "size", "XXL"),
    (SIZE, "2xl", "size", "2xl"),
    (SIZE, "170/88A", "size", "170/88A"),
    (SIZE, "L(170/88A)", "size", "L(170/88A)"),
    (SIZE, "均码", "size", "均码"),
    (SIZE, "F", "size", "F"),
    (SIZE, 38.0, "size", "38"),
    (SIZE, 38.5, "size", "38.5"),
    (SIZE, "38.5码", "size", "38.5码"),
    (SIZE, "36/37", "size", "36/37"),
    (SIZE, "38½", "size", "38 1⁄2"),
    (SIZE, "F/均码", "size", "F/均码"),
    (SIZE, "S/M", "size", "S/M"),
    (SIZE, "75B", "size", "75B"),
    (SIZE, 120.0, "size", "120"),
    (SIZE, "120cm", "size", "120cm"),
    (SIZE, "3-4岁", "size", "3-4岁"),
    (SIZE, "6M", "size", "6M"),
    (SIZE, "Ｌ", "size", "L"),
    (COLOUR, "酒红\u00a0", "colour", "酒红"),
    (COLOUR, "黑/白", "colour", "黑/白"),
    (COLOUR, 51.0, "colour", "51"),
    (COLOUR, None, "colour", None),
    (BARCODE, None, "barcode", None),
    (BARCODE, "无", "barcode", None),
    (BARCODE, 6901234567892.0, "barcode", "6901234567892"),
    (BARCODE, "６９０１２３４５６７８９２", "barcode", "6901234567892"),
    (BARCODE, " 6901234567892\n", "barcode", "6901234567892"),
    (BARCODE, "690 1234 567892", "barcode", "6901234567892"),
    (BARCODE, "6901234567892.0", "barcode", "6901234567892"),
    (BARCODE, "'6901234567892", "barcode", "6901234567892"),
    (BARCODE, "ST24A10000-51-M", "barcode", "ST24A10000-51-M"),
    (BARCODE, "012345678905", "barcode", "012345678905"),
    (BARCODE, "96385074", "barcode", "96385074"),
    (BARCODE, Formula('=TEXT(6901234567892,"0")', "6901234567892"), "barcode", "6901234567892"),
    (TAG, "￥599", "tag_price_fen", 59900),
    (TAG, "¥ 599.00", "tag_price_fen", 59900),
    (TAG, "599元", "tag_price_fen", 59900),
    (TAG, "RMB599", "tag_price_fen", 59900),
    (TAG, "５９９", "tag_price_fen", 59900),
    (TAG, "599.9", "tag_price_fen", 59990),
    (TAG, "599元/件", "tag_price_fen", 59900),
    (TAG, "599\u00a0", "tag_price_fen", 59900),
    (TAG, Styled(599.0, '"￥"#,##0.00'), "tag_price_fen", 59900),
    (TAG, Styled(599.0, "[$￥-804]#,##0.00"), "tag_price_fen", 59900),
    (TAG, Formula("=600-1", 599.0), "tag_price_fen", 59900),
    (TAG, "1,299.00", "tag_price_fen", 129900),
    (BASE, 149.74999999999997, "base_price_fen", 14975),
    (BASE, Styled(149.7533, "0.00"), "base_price_fen", 14975),
    (BASE, "25%", "base_price_fen", 14975),
    (BASE, "2.5折", "base_price_fen", 14975),
    (BASE, "二五折", "base_price_fen", 14975),
    (BASE, "25折", "base_price_fen", 14975),
    (BASE, Styled(0.25, "0%"), "base_price_fen", 14975),
    (BASE, 599.0, "base_price_fen", 59900),
    (QUANTITY, "10件", "quantity", 10),
    (QUANTITY, "１０", "quantity", 10),
    (QUANTITY, "1,200", "quantity", 1200),
    (QUANTITY, "10.0", "quantity", 10),
    (QUANTITY, "10 双", "quantity", 10),
    (QUANTITY, "10pcs", "quantity", 10),
    (QUANTITY, 0.0, "quantity", 0),
    (QUANTITY, 12000.0, "quantity", 12000),
]


# IMPORT-7
@pytest.mark.parametrize(("column", "value", "field", "expected"), NEAR_MISSES)
def test_read_takes_values_as_people_type_them(column: int, value: Any, field: str, expected: Any) -> None:
    reading = read_with(column, value)
    assert reading.faults == []
    row = next(row for row in reading.rows if row.row == ROW)
    assert getattr(row, field) == expected
    assert len(reading.rows) == 8


WARNINGS = [
    (STYLE, "=cmd|' /C calc'!A0", "unsafe_text"),
    (COLOUR, "<script>alert(1)</script>", "unsafe_text"),
    (COLOUR, None, "missing_colour"),
    (SIZE, "加肥加大", "unknown_size"),
    (BASE, "2.5折", "discount_price"),
    (BASE, Styled(149.7533, "0.00"), "rounded_price"),
    (QUANTITY, 0.0, "zero_quantity"),
    (QUANTITY, 12000.0, "quantity_too_large"),
    (QUANTITY, Formula("='[other.xlsx]Sheet1'!A1", 5.0), "external_link"),
]


@pytest.mark.parametrize(("column", "value", "code"), WARNINGS)
def test_read_warns_and_keeps_the_line(column: int, value: Any, code: str) -> None:
    reading = read_with(column, value)
    assert reading.faults == []
    assert [(w.row, w.col, w.code) for w in reading.warnings] == [(ROW, "ABCDEFG"[column], code)]
    assert len(reading.rows) == 8


@pytest.mark.parametrize("column", [STYLE, SIZE, BARCODE, TAG, BASE, QUANTITY])
def test_read_reports_a_formula_without_its_result(column: int) -> None:
    data = uncomputed(xlsx([HEADER, *with_cell(goods(), LINE, column, Formula("=A1"))]))
    reading = stock_sheet.read(data, "库存.xlsx")
    assert [(fault.row, fault.code) for fault in reading.faults] == [(ROW, "formula_no_value")]


# IMPORT-6
def test_read_reports_all_faults_of_a_line_and_of_the_sheet() -> None:
    lines = with_cell(goods(), 0, SIZE, "S-XL")
    lines = with_cell(lines, 0, TAG, "面议")
    lines = with_cell(lines, 0, QUANTITY, -1.0)
    lines = with_cell(lines, 5, BARCODE, "6901234567893")
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert [(f.row, f.col, f.code) for f in reading.faults] == [
        (2, "C", "size_range"),
        (2, "E", "bad_number"),
        (2, "G", "negative_quantity"),
        (7, "D", "barcode_checksum"),
    ]
    assert [row.row for row in reading.rows] == [3, 4, 5, 6, 8, 9]


def test_read_reports_leading_zeros_lost_beside_codes_that_have_them() -> None:
    lines = [with_cell([line], 0, STYLE, f"00{2400 + at // 4}")[0] for at, line in enumerate(goods())]
    reading = stock_sheet.read(xlsx([HEADER, *with_cell(lines, LINE, STYLE, 2400.0)]), "库存.xlsx")
    assert [(f.row, f.code) for f in reading.faults] == [(ROW, "leading_zero_lost")]


def test_read_takes_numeric_style_numbers_of_different_lengths_where_all_are_numbers() -> None:
    lines = [with_cell([line], 0, STYLE, float(980 + 10 * (at // 2)))[0] for at, line in enumerate(goods())]
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert reading.faults == []


def test_read_reports_style_numbers_that_became_powers_of_ten() -> None:
    lines = [with_cell([line], 0, STYLE, f"{24 + at // 4}E05")[0] for at, line in enumerate(goods())]
    reading = stock_sheet.read(xlsx([HEADER, *with_cell(lines, LINE, STYLE, 2400000.0)]), "库存.xlsx")
    assert [(f.row, f.code) for f in reading.faults] == [(ROW, "style_number_damaged")]


def test_read_reports_colour_and_size_that_are_swapped() -> None:
    lines = with_cell(with_cell(goods(), LINE, SIZE, "酒红"), LINE, COLOUR, "L")
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(ROW, "C", "columns_swapped")]


def test_read_reports_prices_that_are_swapped_on_every_line() -> None:
    lines = [[*line[:TAG], line[BASE], line[TAG], line[QUANTITY]] for line in goods()]
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert {f.code for f in reading.faults} == {"columns_swapped"}
    assert len(reading.faults) == 8
    assert not reading.rows


# IMPORT-10
def test_read_reports_one_line_with_swapped_prices() -> None:
    lines = goods()
    lines[LINE][TAG], lines[LINE][BASE] = lines[LINE][BASE], lines[LINE][TAG]
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert [(f.row, f.col, f.code) for f in reading.faults] == [(ROW, "F", "columns_swapped")]


# IMPORT-12
def test_read_drops_the_second_of_two_equal_lines() -> None:
    lines = goods()
    reading = stock_sheet.read(xlsx([HEADER, *lines, lines[2]]), "库存.xlsx")
    assert [(f.row, f.code) for f in reading.faults] == [(10, "duplicate_row")]
    assert len(reading.rows) == 8


# IMPORT-12
def test_read_drops_two_lines_that_contradict_each_other() -> None:
    lines = goods()
    reading = stock_sheet.read(xlsx([HEADER, *lines, with_cell(lines, 2, QUANTITY, 77.0)[2]]), "库存.xlsx")
    assert [(f.row, f.code) for f in reading.faults] == [(4, "conflicting_duplicate"), (10, "conflicting_duplicate")]
    assert len(reading.rows) == 7


def test_read_reports_a_sku_on_two_sheets() -> None:
    reading = stock_sheet.read(xlsx({"春": [HEADER, *goods(4)], "夏": [HEADER, *goods(4, start=4)]}), "库存.xlsx")
    assert [(f.sheet, f.row, f.code) for f in reading.faults] == [("夏", 2, "duplicate_across_sheets")]
    assert len(reading.rows) == 7


def test_read_distinguishes_duplicates_by_colour() -> None:
    lines = goods()
    lines[1][BARCODE] = lines[0][BARCODE] = None
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert reading.faults == []
    assert len(reading.rows) == 8


# IMPORT-11
def test_read_accepts_own_barcodes_where_most_of_the_column_has_them() -> None:
    lines = [with_cell([line], 0, BARCODE, f"20000123{at:02d}")[0] for at, line in enumerate(goods())]
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert reading.faults == []
    assert [row.barcode for row in reading.rows] == [f"20000123{at:02d}" for at in range(8)]
    assert [w.code for w in reading.warnings] == ["barcode_format"]


def test_read_accepts_words_as_style_numbers_where_most_are_words() -> None:
    lines = [with_cell([line], 0, STYLE, "云朵" if at < 4 else "山茶")[0] for at, line in enumerate(goods())]
    reading = stock_sheet.read(xlsx([HEADER, *lines]), "库存.xlsx")
    assert reading.faults == []
    mixed = stock_sheet.read(xlsx([HEADER, *with_cell(goods(), LINE, STYLE, "云朵")]), "库存.xlsx")
    assert [f.code for f in mixed.faults] == ["bad_style"]


# IMPORT-7
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('"BX"00000', "BX00007"), ('0"/84A"', "7/84A"), (r"\B\X000", "BX007"), ('[Red]"A:1"00"-\0"', "A:107-\0"),
        ('"￥"0', None), ('0"件"', None), ("00000", None),
    ],
)  # fmt: skip
def test_letters_of_a_number_format_belong_to_the_number(code: str, shown: str | None) -> None:
    display = formats.display_meaning(code)
    assert (formats.with_format_text(7.0, display) if display.startswith("around:") else None) == shown
