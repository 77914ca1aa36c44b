"""What holds for any file and any goods."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports import order_sheet, stock_sheet, tracking_sheet, vocabulary
from imports.carriers import built_in_table
from imports.cells.barcodes import are_valid_ean13, check_digit, parse_barcode
from imports.cells.text import PLAIN_STYLE, normalize, parse_style, parse_style_in_full
from imports.limits import DEFAULT
from imports.order_sheet import OrderRow
from imports.tracking_sheet import ShippingLine
from imports.workbook.markup import read_html
from tests.imports.binary_builders import xls, xlsb
from tests.imports.builders import HEADER, csv, ean, goods, html, ods, spreadsheetml, xlsx
from tests.imports.checks import is_sane

WORKBOOKS = Path(__file__).parent / "workbooks"
RELAXED = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
LINES = [list(HEADER), *goods()]


@RELAXED
@given(st.binary(max_size=4000), st.sampled_from(["a.xlsx", "a.xls", "a.csv", "", "a"]))
def test_read_gives_an_outcome_for_any_bytes(data: bytes, name: str) -> None:
    is_sane(stock_sheet.read(data, name))


@RELAXED
@given(
    st.sampled_from(
        [
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"<html><table>",
            b"<?xml version='1.0'?>",
            b"\x09\x08\x10\x00",
            "款号,颜色,尺码,吊牌价,供货价,库存\n".encode(),
        ]
    ),
    st.binary(max_size=3000),
)
def test_read_gives_an_outcome_for_any_bytes_after_a_known_beginning(head: bytes, data: bytes) -> None:
    is_sane(stock_sheet.read(head + data, "a.xls"))


@RELAXED
@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_cells_of_an_html_table_are_placed_by_their_spans(data: st.DataObject, lines: int, columns: int) -> None:
    covered: set[tuple[int, int]] = set()
    stand: dict[tuple[int, int], str] = {}
    page = "<table>"
    for line in range(lines):
        page += "<tr>"
        for column in range(columns):
            if (line, column) in covered:
                continue
            wide = data.draw(st.integers(1, columns - column))
            wide = next((w for w in range(1, wide) if (line, column + w) in covered), wide)
            high = data.draw(st.integers(1, lines - line))
            covered |= {(line + down, column + right) for down in range(high) for right in range(wide)}
            stand[line + 1, column] = f"{line}.{column}"
            page += f"<td rowspan={high} colspan={wide}>{line}.{column}"
    sheet = read_html((page + "</table>").encode(), DEFAULT, lambda _: None).sheets[0]
    found = {
        (number, column): value
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        for column, value in enumerate(row)
        if value is not None
    }
    assert found == stand


CELL = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-5, 2000).map(float),
    st.sampled_from(
        [
            "款号",
            "颜色",
            "尺码",
            "吊牌价",
            "供货价",
            "库存",
            "S",
            "M",
            "L",
            "XL",
            "合计",
            "小计",
            "599",
            "2.5折",
            "示例",
            "ST24A1",
            "黑色",
            "#N/A",
            "6901234567892",
            "必填",
            "=1+1",
            "@SUM(A1)",
        ]
    ),
)


# IMPORT-1
@RELAXED
@given(st.lists(st.lists(CELL, max_size=9), max_size=14))
def test_every_line_of_any_grid_is_accounted_for(lines: list[list[Any]]) -> None:
    is_sane(stock_sheet.read(csv(lines, "utf-8"), "a.csv"))


@RELAXED
@given(st.lists(st.lists(CELL, max_size=8), max_size=12), st.booleans())
def test_every_line_under_a_heading_is_accounted_for(lines: list[list[Any]], matrix: bool) -> None:
    header = ["款号", "颜色", "吊牌价", "供货价", "S", "M", "L"] if matrix else list(HEADER)
    good = ["A1", "黑", 599.0, 149.75, 1.0, 2.0, 3.0] if matrix else goods(1)[0]
    clean = [[None if isinstance(v, str) and any(ord(c) < 32 for c in v) else v for v in line] for line in lines]
    is_sane(stock_sheet.read(xlsx([header, good, *clean, good]), "a.xlsx"))


STYLE = st.from_regex(r"[A-Z]{1,3}[0-9]{3,6}[A-Z]?", fullmatch=True)


@st.composite
def clean_lines(draw: st.DrawFn) -> list[list[Any]]:
    count = draw(st.integers(1, 12))
    lines = []
    for at in range(count):
        tag = draw(st.integers(1000, 300_000))
        base = draw(st.integers(max(100, tag // 10), tag))
        lines.append(
            [
                f"{draw(STYLE)}{at}",
                draw(st.sampled_from(["黑色", "米白", "藏青", "51"])),
                draw(st.sampled_from(["S", "M", "XL", "3XL", "165/88A", "38", "38.5", "均码", "120", "75B"])),
                ean(draw(st.integers(0, 99_999)) * 100 + at),
                tag / 100,
                base / 100,
                float(draw(st.integers(1, 9000))),
            ]
        )
    return lines


THIRTEEN = st.text("0123456789", min_size=13, max_size=13)
CODE = (
    THIRTEEN
    | THIRTEEN.map(lambda text: text[:12] + check_digit(text[:12]))
    | st.text("0123456789０²a", min_size=12, max_size=14)
)


@RELAXED
@given(st.lists(CODE | st.none() | st.floats(allow_nan=False), max_size=200))
def test_are_valid_ean13_agrees_with_parse_barcode(values: list[Any]) -> None:
    alone = [
        isinstance(value, str)
        and len(value) == 13
        and value.isascii()
        and value.isdigit()
        and parse_barcode(value) == value
        for value in values
    ]
    assert are_valid_ean13(values) == alone


@RELAXED
@given(st.from_regex(PLAIN_STYLE, fullmatch=True))
def test_parse_style_agrees_with_its_full_form(text: str) -> None:
    assert parse_style(text) == parse_style_in_full(text) == text


PIECES_OF_MARKS = (
    "sub", "-", "total", "To", "tal", "grand", ":", "Example", "exam", "ple", "sample", "(", "7", ",", "sku",
)  # fmt: skip


@settings(RELAXED, max_examples=300)
@given(
    st.lists(
        st.sampled_from(PIECES_OF_MARKS) | st.text(st.characters(max_codepoint=127), max_size=3),
        max_size=6,
    ).flatmap(lambda parts: st.sampled_from(["", " "]).map(lambda gap: gap.join(parts)))
)
def test_plain_text_without_a_mark_names_no_total_and_no_example(text: str) -> None:
    if not vocabulary.ASCII_MARK.search(text):
        assert not vocabulary.EXAMPLE_LABEL.search(text)
        assert not vocabulary.TOTAL_LABEL.match(normalize(text))


@RELAXED
@given(clean_lines(), st.sampled_from(["xlsx", "xls", "xlsb", "ods", "csv", "html", "spreadsheetml"]))
def test_read_gives_back_the_rows_that_were_written(lines: list[list[Any]], form: str) -> None:
    writers: dict[str, Callable[[Any], bytes]] = {
        "xlsx": xlsx,
        "xls": xls,
        "xlsb": xlsb,
        "ods": ods,
        "csv": csv,
        "html": html,
        "spreadsheetml": spreadsheetml,
    }
    reading = stock_sheet.read(writers[form]([list(HEADER), *lines]), f"a.{form}")
    is_sane(reading)
    assert reading.faults == []
    assert [
        [r.style_no, r.colour, r.size, r.barcode, r.tag_price_fen, r.base_price_fen, r.quantity] for r in reading.rows
    ] == [[*line[:4], round(line[4] * 100), round(line[5] * 100), int(line[6])] for line in lines]


CARRIER_NAMES = [carrier.name for carrier in built_in_table().carriers]


@RELAXED
@given(
    st.lists(
        st.tuples(STYLE, st.sampled_from(CARRIER_NAMES), st.from_regex(r"[A-Z]{2}[0-9]{10,13}", fullmatch=True)),
        max_size=8,
        unique_by=lambda row: row[0],
    )
)
def test_tracking_numbers_come_back_as_they_were_written(rows: list[tuple[str, str, str]]) -> None:
    lines = [
        ShippingLine(
            number, "张三", "13800000000", "浙江省杭州市西湖区一号", "A1", "黑", "M", None, 2, True, carrier, code
        )
        for number, carrier, code in rows
    ]
    reading = tracking_sheet.read(tracking_sheet.write(lines), "发货单.xlsx")
    assert [(row.consignment_no, row.carrier, row.tracking_no) for row in reading.rows] == rows
    assert reading.faults == []


TEXT = st.text(alphabet="张王李赵一二三四五号路区市省abcXYZ", min_size=2, max_size=10)


@RELAXED
@given(st.lists(st.tuples(TEXT, TEXT.map(lambda text: f"浙江省杭州市{text}"), STYLE, st.integers(1, 99)), max_size=8))
def test_orders_come_back_as_they_were_written(wishes: list[tuple[str, str, str, int]]) -> None:
    rows = [
        OrderRow("代发订单", at, f"D{at}", who, "13812345678", where, style, "黑", "M", ean(at), units, None)
        for at, (who, where, style, units) in enumerate(wishes, 2)
    ]
    reading = order_sheet.read(order_sheet.write(rows), "订单.xlsx")
    assert reading.rows == rows
    assert reading.faults == []


SEEDS: dict[str, Callable[[], bytes]] = {
    **{path.name: path.read_bytes for path in WORKBOOKS.glob("*") if path.suffix in (".xlsx", ".csv")},
    "made.xls": lambda: xls(LINES),
    "made.xlsb": lambda: xlsb(LINES),
    "made.ods": lambda: ods(LINES),
    "made.html": lambda: html(LINES),
    "made.xml": lambda: spreadsheetml(LINES),
}


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_read_survives_mutated_files(name: str) -> None:
    source = SEEDS[name]()
    dice = random.Random(name)
    for _ in range(25):
        data = bytearray(source)
        for _ in range(dice.choice([1, 3, 20])):
            at = dice.randrange(len(data))
            kind = dice.random()
            if kind < 0.5:
                data[at] = dice.randrange(256)
            elif kind < 0.75:
                del data[at : at + dice.randrange(1, 60)]
            else:
                data[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 20)))
            if not data:
                break
        is_sane(stock_sheet.read(bytes(data), name))


@pytest.mark.parametrize("name", sorted(name for name in SEEDS if name.endswith((".xlsx", ".ods", ".xlsb"))))
def test_read_survives_mutated_parts(name: str) -> None:
    """Damage inside the package, where a changed byte would otherwise only break a checksum."""
    dice = random.Random(name)
    with zipfile.ZipFile(io.BytesIO(SEEDS[name]())) as package:
        parts = {entry: package.read(entry) for entry in package.namelist()}
    for _ in range(25):
        changed = dict(parts)
        victim = dice.choice([entry for entry in parts if parts[entry]])
        content = bytearray(parts[victim])
        for _ in range(dice.choice([1, 4])):
            at = dice.randrange(len(content))
            if dice.random() < 0.5:
                content[at] = dice.randrange(256)
            else:
                span = bytes(content[at : at + dice.randrange(1, 40)])
                where = dice.randrange(len(content))
                content[where:where] = span
        changed[victim] = bytes(content)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for entry, value in changed.items():
                target.writestr(entry, value)
        is_sane(stock_sheet.read(out.getvalue(), name))
