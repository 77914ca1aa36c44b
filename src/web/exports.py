"""Lists as downloads: the same rows as on the page, as .xlsx or .csv, sent while they are read (docs/decisions/0141)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import Schema

from imports.exports.columns import Cell, Column, Kind
from imports.exports.csv_file import stream_csv
from imports.exports.xlsx_file import stream_xlsx
from kernel.period import SHANGHAI
from web.file_responses import ANY_FILE, XLSX, sends
from web.pagination import Page

View = TypeVar("View")

ROWS_IN_A_CHUNK: Final = 1000
"""Rows of one statement: enough that statements cost little, few enough that memory stays flat."""
SENDS_EXPORT: Final = sends(ANY_FILE)
ZONE_NAME: Final = _("北京时间")


class FileFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


class ExportQuery(Schema):
    """The form of the file; the other parameters are the filters of the list."""

    format: FileFormat = FileFormat.XLSX


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[View]):
    """A column of a list: its heading and what a row gives for it."""

    heading: str | Promise
    value: Callable[[View], Cell]
    kind: Kind
    width: int


Value = str | Callable[[Any], Any]
"""A function of a row, or the name of its attribute (`order.id` for an attribute of one)."""


def _column(heading: str | Promise, value: Value, kind: Kind, width: int) -> ListColumn[Any]:
    return ListColumn(heading, attrgetter(value) if isinstance(value, str) else value, kind, width)


def text(heading: str | Promise, value: Value, width: int = 0) -> ListColumn[Any]:
    return _column(heading, value, Kind.TEXT, width)


def code(heading: str | Promise, value: Value) -> ListColumn[Any]:
    """A column of texts that may look like numbers: phones, barcodes, style numbers, numbers of others."""
    return _column(heading, value, Kind.CODE, 0)


def integer(heading: str | Promise, value: Value) -> ListColumn[Any]:
    return _column(heading, value, Kind.INTEGER, 0)


def money(heading: str | Promise, value: Value) -> ListColumn[Any]:
    """A column of amounts in fen, which the file shows in yuan."""
    return _column(heading, value, Kind.MONEY, 0)


def time(heading: str | Promise, value: Value) -> ListColumn[Any]:
    """A column of instants, which the file shows in the local time that the heading names."""
    return _column(heading, value, Kind.TIME, 0)


def words(labels: Any, value: str) -> Callable[[Any], str]:
    """A function from a row to the words for the code in one of its attributes; `labels` gives the words, or words and a tone."""
    read = attrgetter(value)

    def in_words(row: Any) -> str:
        code = read(row)
        found = labels.get(code, code)
        return str(found[0] if isinstance(found, tuple) else found if found is not None else "")

    return in_words


@dataclass(frozen=True, slots=True)
class ExportedList:
    """A list that can be downloaded. `name` is its name in the audit log and of the file, `title` that of the sheet."""

    name: str
    title: str | Promise
    columns: Sequence[ListColumn[Any]]
    holds_personal_data: bool = False


def every_view(page_of: Callable[..., Page[View]]) -> Iterable[View]:
    """All rows of a paged list: the first page at once, so that a filter is refused before anything is sent, the others when needed.

    Each page is a statement of its own. So no transaction is open while a slow client takes the file, and each part may be read by
    another thread of the web server. Rows are neither skipped nor repeated, as on pages.
    """
    first = page_of(cursor="", limit=ROWS_IN_A_CHUNK)
    return _views_from(page_of, first)


def _views_from(page_of: Callable[..., Page[View]], page: Page[View]) -> Iterator[View]:
    yield from page.items
    while page.next_cursor is not None:
        page = page_of(cursor=page.next_cursor, limit=ROWS_IN_A_CHUNK)
        close_old_connections()
        yield from page.items


def stream_export(
    exported: ExportedList,
    rows: Iterable[Any],
    file_format: FileFormat,
    *,
    on_end: Callable[[int, bool], None] = lambda count, complete: None,
) -> StreamingHttpResponse:
    """The answer with the file. `on_end` is told how many rows were read for it, and whether it was sent to its end."""
    language = translation.get_language() or "zh-hans"
    columns = [Column(_heading(each), each.kind, each.width) for each in exported.columns]
    title = str(exported.title)
    cells = _Counted(exported.columns, rows)
    if file_format is FileFormat.XLSX:
        pieces, content_type = stream_xlsx(title, columns, cells, SHANGHAI), XLSX
    else:
        pieces, content_type = stream_csv(columns, cells, SHANGHAI), "text/csv; charset=utf-8"
    response = StreamingHttpResponse(_in_language(pieces, cells, language, on_end), content_type=content_type)
    today = timezone.localdate(timezone=SHANGHAI).isoformat()
    response["Content-Disposition"] = f'attachment; filename="{exported.name}-{today}.{file_format.value}"'
    return response


def _heading(column: ListColumn[Any]) -> str:
    heading = str(column.heading)
    return f"{heading} ({ZONE_NAME})" if column.kind is Kind.TIME else heading


class _Counted:
    """The cells of each row, and how many rows were read."""

    def __init__(self, columns: Sequence[ListColumn[Any]], rows: Iterable[Any]) -> None:
        self.count = 0
        self._values = [each.value for each in columns]
        self._rows = rows

    def __iter__(self) -> Iterator[list[Cell]]:
        for row in self._rows:
            self.count += 1
            yield [value(row) for value in self._values]


def _in_language(
    pieces: Iterator[bytes], cells: _Counted, language: str, on_end: Callable[[int, bool], None]
) -> Iterator[bytes]:
    """The pieces, each made in the language of the request, and at the end, or where the client leaves, what became of them."""
    complete = False
    try:
        while True:
            with translation.override(language):
                piece = next(pieces, None)
            if piece is None:
                break
            yield piece
        complete = True
    finally:
        on_end(cells.count, complete)
