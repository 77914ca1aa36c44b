"""Making an analysis workbook (ANALYSIS-6). pandas sorts and splits the rows, openpyxl writes them; in the worker only.

Every figure of the sheets of sums is a formula over the flat sheets, one per month, so that a reader sees where it comes from and can make
pivot tables of them.
"""

import io
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pandas as pd
from django.db.models import F, Q
from openpyxl import Workbook as Book
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from analysis.models import Workbook
from analysis.rules import Days, WorkbookState
from analysis.selectors.figures import counted_at, list_sales
from analysis.selectors.workbooks import workbook_file_key
from analysis.services.workbook_words import (
    BRAND_COLUMNS,
    COLUMNS,
    README,
    SALE_HEADERS,
    SUM_HEADERS,
    FlatColumn,
)
from analysis.sql.figures import GroupBy, sum_figures
from analysis.sql.flat import list_flat_rows
from jobs.leases import MAX_ATTEMPTS
from kernel.period import SHANGHAI
from storage.files import store_bytes
from storage.objects import StorageUnavailable

MAX_LINES = 100_000
"""Order lines of a workbook at most; beyond them its flat sheets have sums by day and SKU."""
LEASE = timedelta(minutes=15)
_MONEY, _BOLD, _PERCENT = "#,##0.00", Font(bold=True), "0.0%"
log = logging.getLogger("weicang.analysis")


@dataclass(frozen=True, slots=True)
class MadeWorkbook:
    content: bytes
    row_count: int


def waiting_workbooks(*, now: datetime) -> list[int]:
    """Workbooks that no living worker makes, the longest waiting first."""
    rows = Workbook.objects.filter(_free(now), state=WorkbookState.WAITING.value).order_by("requested_at", "pk")
    return list(rows.values_list("pk", flat=True)[:100])


def make_workbook(*, workbook_id: int, clock: Callable[[], datetime]) -> bool:
    """Make a workbook that waits and store it; False where another worker has it or it does not wait.

    A worker may die at any point: the row waits under a lease. What fails MAX_ATTEMPTS times is given up.
    """
    now = clock()
    waiting = Workbook.objects.filter(pk=workbook_id, state=WorkbookState.WAITING.value)
    if not waiting.filter(_free(now)).update(attempts=F("attempts") + 1, lease_until=now + LEASE):
        return False
    row = Workbook.objects.get(pk=workbook_id)
    if row.attempts > MAX_ATTEMPTS:
        log.error("an analysis workbook could not be made", extra={"workbook": row.pk})
        waiting.update(state=WorkbookState.FAILED.value, lease_until=None, finished_at=now)
        return True
    made = write_workbook(Days(row.first_date, row.last_date), brand_id=row.brand_id)
    digest = sha256(made.content).hexdigest()
    try:
        store_bytes(workbook_file_key(digest), made.content, now=clock())
    except StorageUnavailable:
        waiting.update(attempts=F("attempts") - 1, lease_until=clock() + timedelta(minutes=1))
        raise
    waiting.filter(attempts=row.attempts).update(
        state=WorkbookState.READY.value,
        lease_until=None,
        finished_at=clock(),
        sha256=digest,
        size_bytes=len(made.content),
        row_count=made.row_count,
    )
    return True


def write_workbook(days: Days, *, brand_id: int | None) -> MadeWorkbook:
    """The workbook of a period, of one brand or of all; amounts in yuan.

    A brand's has its own part of the price only, neither the price nor the tier of the reseller.
    """
    columns = COLUMNS if brand_id is None else BRAND_COLUMNS
    total = sum(row.lines for row in sum_figures(GroupBy.DAY, days, brand_id=brand_id))
    by_sku = total > MAX_LINES
    frame = flat_frame(days, columns, brand_id=brand_id, by_sku=by_sku)
    months = list(frame.groupby("month", sort=True))
    book = Book(write_only=True)
    sheets = [_Flat(str(month), len(part)) for month, part in months]
    _write_readme(book, days, total, by_sku=by_sku)
    _write_sums(book, "按月", [str(month) for month, _part in months], columns, sheets, by=None)
    _write_sums(book, "按品牌" if brand_id is None else "按专场", _values(frame, columns, brand_id), columns, sheets,
                by="brand" if brand_id is None else "sale")  # fmt: skip
    _write_sales(book, days, brand_id)
    for month, part in months:
        _write_flat(book, str(month), part, columns)
    buffer = io.BytesIO()
    book.save(buffer)
    return MadeWorkbook(buffer.getvalue(), len(frame))


def flat_frame(days: Days, columns: Sequence[FlatColumn], *, brand_id: int | None, by_sku: bool) -> pd.DataFrame:
    """The rows of the flat sheets in the order of days, with amounts in yuan and the month as 2026-11."""
    rows = list_flat_rows(days, brand_id=brand_id, by_sku=by_sku)
    frame = pd.DataFrame(
        (asdict(row) for row in rows), columns=[each.field for each in columns if each.field != "month"]
    )
    for each in columns:
        if each.is_money:
            frame[each.field] = frame[each.field].astype("int64") / 100
    frame["month"] = [f"{day:%Y-%m}" for day in frame["day"]]
    return frame[[each.field for each in columns]]


@dataclass(frozen=True, slots=True)
class _Flat:
    """A flat sheet: its name and its rows without the heading."""

    name: str
    rows: int


def _values(frame: pd.DataFrame, columns: Sequence[FlatColumn], brand_id: int | None) -> list[str]:
    measure, key = ("sold_fen", "brand") if brand_id is None else ("brand_fen", "sale")
    sums = frame.groupby(key)[measure].sum().sort_values(ascending=False, kind="stable")
    return [str(each) for each in sums.index]


def _write_sums(
    book: Book,
    title: str,
    keys: Iterable[str],
    columns: Sequence[FlatColumn],
    sheets: Sequence[_Flat],
    *,
    by: str | None,
) -> None:
    """A row of formulas per month, brand or sale, and a row of their sums; then the rates."""
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 24
    measures = [each for each in columns if each.is_sum]
    letters = {each.field: get_column_letter(place) for place, each in enumerate(columns, start=1)}
    places = {each.field: get_column_letter(place) for place, each in enumerate(measures, start=2)}
    sheet.append([_bold(sheet, text) for text in ("", *(each.heading for each in measures), *SUM_HEADERS)])
    number = 1
    for number, key in enumerate(keys, start=2):
        cells: list[Any] = [_text(sheet, key)]
        for each in measures:
            formula = _over_sheets(key, letters[each.field], sheets, letters.get(by or ""), number)
            cells.append(_formula(sheet, formula, each))
        sheet.append([*cells, *_rates(sheet, places, number)])
    total: list[Any] = [_bold(sheet, "合计")]
    for each in measures:
        column = places[each.field]
        # Without a row above it the total would add up itself.
        total.append(_formula(sheet, f"=SUM({column}2:{column}{number})" if number > 1 else "=0", each))
    sheet.append([*total, *_rates(sheet, places, max(number, 2) + 1 if number > 1 else 2)])


def _over_sheets(key: str, column: str, sheets: Sequence[_Flat], by_column: str | None, row: int) -> str:
    """The formula of a measure: of the sheet of a month, or over all sheets where the key stands in `by_column`."""
    if by_column is None:
        (sheet,) = (each for each in sheets if each.name == key)
        return f"=SUM('{sheet.name}'!{column}2:{column}{sheet.rows + 1})"
    # Not SUMIFS: it reads * ? ~ < > = in a title as a pattern, and takes "ABC" and "abc" for one.
    return "=" + "+".join(
        f"SUMPRODUCT(--EXACT('{each.name}'!{by_column}2:{by_column}{each.rows + 1},A{row}),'{each.name}'!{column}2:{column}{each.rows + 1})"
        for each in sheets
    )


def _rates(sheet: Any, places: dict[str, str], row: int) -> list[Any]:
    """On-time rate, return rate and shortage rate of a row (ANALYSIS-3)."""
    late, good = f"{places['late_units']}{row}", f"{places['on_time_units']}{row}"
    parts = (
        (good, f"({good}+{late})"),
        (f"{places['returned_units']}{row}", f"{places['shipped_units']}{row}"),
        (f"{places['short_units']}{row}", f"{places['units']}{row}"),
    )
    return [_percent(sheet, f'=IF({whole}=0,"",{part}/{whole})') for part, whole in parts]


def _write_sales(book: Book, days: Days, brand_id: int | None) -> None:
    sheet = book.create_sheet("动销率")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["B"].width = 30
    sheet.append([_bold(sheet, text) for text in SALE_HEADERS])
    row = 1
    for row, each in enumerate(list_sales(days, brand_id=brand_id), start=2):
        units = each.sell_through
        sheet.append(
            [each.sale_id, _text(sheet, each.title), each.starts_on, units.offered_units, units.sold_units,
             _percent(sheet, f'=IF(D{row}=0,"",E{row}/D{row})')]
        )  # fmt: skip
    if row > 1:
        sums = [f"=SUM(D2:D{row})", f"=SUM(E2:E{row})", _percent(sheet, f'=IF(D{row + 1}=0,"",E{row + 1}/D{row + 1})')]
        sheet.append([_bold(sheet, "合计"), "", "", *sums])


def _write_flat(book: Book, name: str, part: pd.DataFrame, columns: Sequence[FlatColumn]) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(part) + 1}"
    sheet.append([_bold(sheet, each.heading) for each in columns])
    for values in part.itertuples(index=False, name=None):
        sheet.append([_cell(sheet, value, each) for value, each in zip(values, columns, strict=True)])


def _write_readme(book: Book, days: Days, total: int, *, by_sku: bool) -> None:
    sheet = book.create_sheet("说明")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 110
    at = counted_at()
    rows = (
        ("付款日", f"{days.first} 至 {days.last}"),
        ("数字截至", f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else "—"),
        (
            "明细",
            f"共 {total} 条订单明细，超过 {MAX_LINES} 条，按天和 SKU 汇总"
            if by_sku
            else f"共 {total} 条订单明细，一行一条",
        ),
        *README,
    )
    for name, words in rows:
        sheet.append([_bold(sheet, name), _text(sheet, words)])


def _cell(sheet: Any, value: Any, column: FlatColumn) -> Any:
    if column.is_money:
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = _MONEY
        return cell
    if pd.isna(value):
        return None
    return _text(sheet, value) if isinstance(value, str) else value


def _text(sheet: Any, text: str) -> Any:
    """A text that no program takes for a formula."""
    if not text.startswith(("=", "+", "-", "@")):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type, cell.quotePrefix = "s", True
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = _BOLD
    return cell


def _formula(sheet: Any, formula: str, column: FlatColumn) -> Any:
    cell = WriteOnlyCell(sheet, value=formula)
    cell.number_format = _MONEY if column.is_money else "0"
    return cell


def _percent(sheet: Any, formula: str) -> Any:
    cell = WriteOnlyCell(sheet, value=formula)
    cell.number_format = _PERCENT
    return cell


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)
