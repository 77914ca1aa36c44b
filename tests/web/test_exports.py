"""Downloads of lists: pages joined without a gap, the language of the request, and what is told at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Invalid
from web.exports import (
    ROWS_IN_A_CHUNK,
    ExportedList,
    FileFormat,
    every_view,
    integer,
    money,
    stream_export,
    text,
    time,
    words,
)
from web.pagination import Page

pytestmark = pytest.mark.django_db  # between two pages, connections that are too old are closed


@dataclass(frozen=True)
class Row:
    id: int
    state: str
    amount_fen: int
    at: datetime | None


STATES = {"paid": _("已付款"), "open": (_("待付款"), "wait")}
ROWS = ExportedList(
    "rows",
    _("订单"),
    (
        integer(_("订单号"), "id"),
        text(_("状态"), words(STATES, "state")),
        money(_("金额（元）"), "amount_fen"),
        time(_("时间"), "at"),
    ),
)
AT = datetime(2026, 11, 29, 16, tzinfo=UTC)


class Source:
    """A list of `size` rows in pages, which notes what it was asked for."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.asked: list[tuple[str, int]] = []

    def page(self, *, cursor: str, limit: int) -> Page[Row]:
        self.asked.append((cursor, limit))
        start = int(cursor or 0)
        stop = min(self.size, start + limit)
        rows = [Row(n, "paid" if n % 2 else "open", n * 10, AT) for n in range(start, stop)]
        return Page(rows, str(stop) if stop < self.size else None)


def test_every_view_joins_the_pages_and_reads_each_when_it_is_needed() -> None:
    source = Source(2 * ROWS_IN_A_CHUNK + 1)
    views = iter(every_view(source.page))
    assert source.asked == [("", ROWS_IN_A_CHUNK)]
    assert [next(views).id for _ in range(ROWS_IN_A_CHUNK)] == list(range(ROWS_IN_A_CHUNK))
    assert len(source.asked) == 1
    assert [view.id for view in views] == list(range(ROWS_IN_A_CHUNK, source.size))
    assert [cursor for cursor, _limit in source.asked] == ["", "1000", "2000"]


def test_every_view_refuses_before_anything_is_sent() -> None:
    class WrongFilter(Invalid):
        code, zh, en = "test.wrong_filter", "错", "wrong"

    def page(*, cursor: str, limit: int) -> Page[Row]:
        raise WrongFilter

    try:
        every_view(page)
    except WrongFilter:
        return
    raise AssertionError("the refusal came too late")


def test_stream_export_speaks_the_language_of_the_request_to_its_end() -> None:
    with translation.override("en"):
        response = stream_export(ROWS, every_view(Source(2).page), FileFormat.CSV)
    with translation.override("zh-hans"):
        data = b"".join(response.streaming_content)  # type: ignore[arg-type]
        assert translation.get_language() == "zh-hans"
    lines = data.decode("utf-8-sig").splitlines()
    assert lines == [
        "Order no.,State,Amount (CNY),Time (Beijing time)",
        "0,To pay,0.00,2026-11-30 00:00:00",
        "1,Paid,0.10,2026-11-30 00:00:00",
    ]
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="rows-20')


def test_stream_export_tells_how_many_rows_were_read_and_whether_all_were_taken() -> None:
    told: list[tuple[int, bool]] = []
    for file_format in FileFormat:
        response = stream_export(ROWS, every_view(Source(1500).page), file_format, on_end=lambda *end: told.append(end))
        assert b"".join(response.streaming_content)  # type: ignore[arg-type]
    assert told == [(1500, True), (1500, True)]


def test_stream_export_tells_of_a_client_that_leaves() -> None:
    told: list[tuple[int, bool]] = []
    source = Source(5 * ROWS_IN_A_CHUNK)
    response = stream_export(ROWS, every_view(source.page), FileFormat.CSV, on_end=lambda *end: told.append(end))
    pieces: Iterator[bytes] = response._iterator  # type: ignore[attr-defined]
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # as the web server does
    [(count, complete)] = told
    assert (0 < count < source.size, complete) == (True, False)
    assert len(source.asked) < 5
