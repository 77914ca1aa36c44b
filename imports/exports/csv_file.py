"""A list as CSV: UTF-8 with its mark, so that spreadsheet programs read Chinese, and CRLF between the lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from imports.cells.numbers import price_text
from imports.exports.columns import Cell, Column, Kind
from imports.exports.safe_text import bare_digits, safe_text

_LINES_IN_A_PIECE = 500


def stream_csv(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], zone: tzinfo) -> Iterator[bytes]:
    """The file in pieces of 500 lines. Each row has a cell for each column."""
    writers = [_WRITERS[column.kind] for column in columns]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([safe_text(column.heading) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow(["" if cell is None else write(cell, zone) for write, cell in zip(writers, row, strict=True)])
        if number % _LINES_IN_A_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return piece


def _text(cell: str, zone: tzinfo) -> str:
    return safe_text(cell)


def _digits(cell: str, zone: tzinfo) -> str:
    return bare_digits(cell)


def _integer(cell: int, zone: tzinfo) -> str:
    return str(cell)


def _money(cell: int, zone: tzinfo) -> str:
    return price_text(cell)


def _time(cell: datetime, zone: tzinfo) -> str:
    return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


_WRITERS: dict[Kind, Callable[..., str]] = {
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.DIGITS: _digits,
    Kind.LINK: _text,
    Kind.INTEGER: _integer,
    Kind.MONEY: _money,
    Kind.TIME: _time,
}
