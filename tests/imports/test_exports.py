"""Lists as files: typed cells, text that stays text, pieces of bounded size (docs/decisions/0141)."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.exports.columns import Cell, Column, Kind
from imports.exports.csv_file import stream_csv
from imports.exports.safe_text import safe_text
from imports.exports.xlsx_file import stream_xlsx
from imports.workbook import open_workbook

SHANGHAI = ZoneInfo("Asia/Shanghai")
PAID_AT = datetime(2026, 11, 29, 16, 5, 3, 250_000, tzinfo=UTC)
COLUMNS = (
    Column("收货人"), Column("电话", Kind.CODE), Column("件数", Kind.INTEGER), Column("金额", Kind.MONEY), Column("付款时间", Kind.TIME),
    Column("网址", Kind.LINK),
)  # fmt: skip
ROWS: list[Sequence[Cell]] = [
    ("王小美", "13800138000", 3, 17332, PAID_AT, "https://example.com/?a=1&b=2"),
    ("=HYPERLINK(\"http://x\")", "0571-88881234", -1, -5, None, None),
    (None, "5113837045333047045", 0, 0, PAID_AT, None),
    ("a<b> & \"c\"\n换行", "00123", 1, 100_000_000, PAID_AT, None),
]  # fmt: skip


def xlsx(rows: Sequence[Sequence[Cell]], columns: Sequence[Column] = COLUMNS, *, max_rows: int = 1_048_576) -> bytes:
    return b"".join(stream_xlsx("订单", columns, iter(rows), SHANGHAI, max_rows=max_rows))


def csv_lines(rows: Sequence[Sequence[Cell]], columns: Sequence[Column] = COLUMNS) -> list[list[str]]:
    text = b"".join(stream_csv(columns, iter(rows), SHANGHAI)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_stream_xlsx_writes_a_typed_cell_for_each_kind() -> None:
    [sheet] = openpyxl.load_workbook(io.BytesIO(xlsx(ROWS))).worksheets
    assert (sheet.title, sheet.freeze_panes) == ("订单", "A2")
    heading, first, second, third, fourth = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert heading == [column.heading for column in COLUMNS]
    paid_at = datetime(2026, 11, 30, 0, 5, 3)  # noqa: DTZ001 - a cell has no zone
    assert first == ["王小美", "13800138000", 3, 173.32, paid_at, "https://example.com/?a=1&b=2"]
    assert second == ['\'=HYPERLINK("http://x")', "0571-88881234", -1, -0.05, None, None]
    assert third == [None, "'5113837045333047045", 0, 0, paid_at, None]
    assert fourth == ['a<b> & "c"\n换行', "'00123", 1, 1_000_000, paid_at, None]
    cells = list(sheet[2])
    assert [cell.data_type for cell in cells] == ["s", "s", "n", "n", "d", "s"]
    assert [cell.number_format for cell in cells] == ["@", "@", "0", "0.00", "yyyy-mm-dd hh:mm:ss", "@"]


def test_digits_for_a_program_stand_bare_and_nothing_else_does() -> None:
    columns = (Column("账号", Kind.DIGITS), Column("联行号", Kind.DIGITS))
    rows: list[Sequence[Cell]] = [("6217000011112222006", "012345678901"), ("62170000", "")]
    [sheet] = openpyxl.load_workbook(io.BytesIO(xlsx(rows, columns))).worksheets
    cells = [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert cells == [[("6217000011112222006", "@"), ("012345678901", "@")], [("62170000", "@"), (None, "General")]]
    assert csv_lines(rows, columns)[1:] == [["6217000011112222006", "012345678901"], ["62170000", ""]]
    for text in ("=1", "62 17", "６２１７"):
        for write in (xlsx, csv_lines):
            with pytest.raises(ValueError, match="something else"):
                write([(text, "")], columns)


def test_stream_csv_writes_the_same_values_as_text() -> None:
    assert csv_lines(ROWS)[1:] == [
        ["王小美", "13800138000", "3", "173.32", "2026-11-30 00:05:03", "https://example.com/?a=1&b=2"],
        ["'=HYPERLINK(\"http://x\")", "0571-88881234", "-1", "-0.05", "", ""],
        ["", "'5113837045333047045", "0", "0.00", "2026-11-30 00:05:03", ""],
        ["a<b> & \"c\"\n换行", "'00123", "1", "1000000.00", "2026-11-30 00:05:03", ""],
    ]  # fmt: skip


def test_a_sheet_saved_as_csv_and_opened_again_keeps_its_texts() -> None:
    """What a spreadsheet program writes for text cells is the text itself: it must not read as anything else."""
    texts = [
        "=1+1",
        "@SUM(A1)",
        "+8613800138000",
        "-2+3",
        "\t=1",
        "＝1+1",
        "00123",
        "3-4",
        "1/2",
        "24E05",
        "2024-11-29",
    ]
    texts += ["12:30", "5.10", "MAR-12", "TRUE", "1,234,567,890,123,456", "50%", "3月4日"]
    [sheet] = openpyxl.load_workbook(io.BytesIO(xlsx([(text,) for text in texts], COLUMNS[:1]))).worksheets
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [f"'{text}" for text in texts]
    assert [row[0] for row in csv_lines([(text,) for text in texts], COLUMNS[:1])[1:]] == [f"'{text}" for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "王小美",
        "13800138000",
        "6901234567892",
        "SF1380013800012",
        "0571-88881234",
        "18412345678-7804",
        "M",
        "38",
        "165/88A",
        "NOVA-101",
        "黑/白",
        "-",
        "=",
        "'",
        "3件",
    ],
)
def test_safe_text_leaves_alone_what_no_program_changes(text: str) -> None:
    assert safe_text(text) == text


@given(st.text(max_size=40))
def test_safe_text_never_begins_a_formula_and_fits_a_cell(text: str) -> None:
    safe = safe_text(text)
    bare = safe.lstrip()
    assert len(bare) < 2 or bare[0] not in "=+-@\t\r＝＋－＠"
    assert safe_text(safe) == safe
    assert safe.isprintable() or "\n" in safe or "\t" in safe or any(not char.isprintable() for char in text)
    assert not any(ord(char) < 32 and char not in "\t\n\r" for char in safe)


@given(st.lists(st.tuples(st.text(max_size=30) | st.none(), st.integers(-(10**9), 10**9) | st.none()), max_size=8))
def test_stream_xlsx_gives_back_any_text_and_amount(rows: list[tuple[str | None, int | None]]) -> None:
    columns = (Column("a"), Column("b", Kind.MONEY))
    [sheet] = openpyxl.load_workbook(io.BytesIO(xlsx(rows, columns))).worksheets
    found = [tuple(row) for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True)]
    expected = [
        (_as_read(safe_text(text)) if text else None, None if fen is None else pytest.approx(fen / 100))
        for text, fen in rows
    ]
    assert [(text or None, amount) for text, amount in found] == expected[: len(found)]
    assert all(text is None and fen is None for text, fen in expected[len(found) :])


def _as_read(text: str) -> str | None:
    """XML knows one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n") or None


def test_stream_xlsx_goes_on_on_another_sheet() -> None:
    data = xlsx([(f"K{n}",) for n in range(7)], COLUMNS[:1], max_rows=4)
    sheets = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    assert [sheet.title for sheet in sheets] == ["订单", "订单 2", "订单 3"]
    assert [[row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in sheets] == [
        ["K0", "K1", "K2"],
        ["K3", "K4", "K5"],
        ["K6"],
    ]


def test_stream_xlsx_of_no_rows_has_its_heading() -> None:
    [sheet] = open_workbook(xlsx([]), "a.xlsx").sheets
    assert sheet.rows == [[column.heading for column in COLUMNS]]


def test_the_reader_of_stock_reads_what_was_written() -> None:
    [sheet] = open_workbook(xlsx(ROWS), "a.xlsx").sheets
    assert sheet.rows[1][:4] == ["王小美", "13800138000", 3.0, 173.32]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_streams_take_one_row_at_a_time_in_little_memory(form: str) -> None:
    read = 0

    def rows() -> Iterator[Sequence[Cell]]:
        nonlocal read
        for read in range(1, 30_001):  # noqa: B007 - read below
            yield ROWS[0]

    stream = stream_xlsx("订单", COLUMNS, rows(), SHANGHAI) if form == "xlsx" else stream_csv(COLUMNS, rows(), SHANGHAI)
    tracemalloc.start()
    try:
        first = next(stream)
        assert read <= 1000
        largest = max(map(len, stream), default=len(first))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 30_000
    assert largest < 500_000
    assert peak < 8_000_000
