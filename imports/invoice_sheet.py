"""The file with invoice requests for whoever issues them, and the same file with numbers and days filled in (INVOICE-5, INVOICE-6)."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

import xlsxwriter

from imports import child
from imports.bank_statement.cells import parse_amount, parse_day, text_of
from imports.limits import DEFAULT, MEGABYTE, Limits
from imports.report import FaultWithText, FileRefused, Outcome, Progress
from imports.workbook import open_workbook
from imports.workbook.model import Row, Sheet, column_letters, is_blank

INVOICE_LIMITS: Final = replace(
    DEFAULT, file_bytes=5 * MEGABYTE, lines=20_000, memory_bytes=512 * MEGABYTE, seconds=10.0
)
MAX_LINES: Final = 5_000
_MAX_LINES_ABOVE: Final = 20
REQUEST, AMOUNT, NUMBER, DAY = "申请编号", "价税合计（元）", "发票号码", "开票日期"
_COLUMNS: Final = (
    (REQUEST, 10), ("开票方", 20), ("票种", 10), ("购方类型", 8), ("购方名称", 32), ("购方税号", 22), ("购方地址", 32), ("购方电话", 16),
    ("购方开户行", 26), ("购方银行账号", 24), ("项目名称", 16), (AMOUNT, 14), ("税率", 8), ("收票邮箱", 26), ("备注", 24), (NUMBER, 24),
    (DAY, 14),
)  # fmt: skip
_WORDS: Final = {
    "request": ("申请编号“{value}”认不出", "The request number “{value}” cannot be read", "请保留导出时的编号", "Keep it as exported"),
    "amount": ("金额“{value}”认不出", "The amount “{value}” cannot be read", "请保留导出时的金额", "Keep it as exported"),
    "number_missing": ("有开票日期，没有发票号码", "There is a day and no invoice number", "请补上发票号码", "Give the number"),
    "day_missing": ("有发票号码，没有开票日期", "There is an invoice number and no day", "请补上开票日期", "Give the day"),
    "day": ("开票日期“{value}”认不出", "The day “{value}” cannot be read", "请写成 2026-11-30", "Write it as 2026-11-30"),
    "twice": ("同一个申请编号前面已有一行", "An earlier line has the same request number", "请只留一行", "Keep one of them"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A request as it is written into the file. `amount_fen` includes the tax; `tax_rate` is shown as it is, such as 13%."""

    request_id: int
    issuer: str
    form: str
    buyer_kind: str
    name: str
    tax_number: str
    address: str
    phone: str
    bank: str
    account: str
    what: str
    amount_fen: int
    tax_rate: str
    email: str
    remark: str


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """A line of a file that came back with number and day; `cells` name the cells of the request, amount, number and day."""

    sheet: str | None
    row: int
    request_id: int
    amount_fen: int
    number: str
    day: dt.date
    cells: tuple[str, str, str, str]


@dataclass(slots=True)
class InvoiceReading:
    """What a file that came back holds. `open_lines` have neither number nor day; `details` fill the sentence of `reason`."""

    outcome: Outcome = "accept"
    reason: str | None = None
    details: tuple[str, ...] = ()
    lines: list[IssuedLine] = field(default_factory=list)
    faults: list[FaultWithText] = field(default_factory=list)
    open_lines: int = 0


class _LineRefused(Exception):
    def __init__(self, word: str, column: int, value: str = "") -> None:
        super().__init__(word)
        self.word, self.column, self.value = word, column, value


def write(lines: Iterable[InvoiceLine]) -> bytes:
    """The file. Numbers are texts of bare digits, since programs that issue invoices take no mark before them."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("开票申请")
    sheet.freeze_panes(1, 0)
    bold, text = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
    money = book.add_format({"num_format": "0.00"})
    for at, (heading, width) in enumerate(_COLUMNS):
        sheet.set_column(at, at, width, money if heading == AMOUNT else text)
        sheet.write_string(0, at, heading, bold)
    for row, line in enumerate(lines, start=1):
        before = (str(line.request_id), line.issuer, line.form, line.buyer_kind, line.name, line.tax_number)
        buyer = (line.address, line.phone, line.bank, line.account, line.what)
        for at, value in enumerate((*before, *buyer)):
            sheet.write_string(row, at, value, text)
        sheet.write_number(row, 11, Decimal(line.amount_fen).scaleb(-2), money)
        for at, value in enumerate((line.tax_rate, line.email, line.remark), start=12):
            sheet.write_string(row, at, value, text)
    book.close()
    return data.getvalue()


def read(
    data: bytes,
    filename: str,
    *,
    limits: Limits = INVOICE_LIMITS,
    progress: Callable[[Progress], None] | None = None,
) -> InvoiceReading:
    """Read a file that came back, in this process."""
    reading = InvoiceReading()
    try:
        workbook = open_workbook(data, filename, limits=limits)
        found = [_read_sheet(sheet, reading) for sheet in workbook.sheets if sheet.visibility == "visible"]
        if not any(found):
            raise FileRefused("no_header")
        if len(reading.lines) + reading.open_lines > MAX_LINES:
            raise FileRefused("too_many_rows", str(MAX_LINES))
    except FileRefused as refused:
        return InvoiceReading(outcome="refuse", reason=refused.code, details=refused.details)
    return reading


def read_in_child(source: bytes | str | os.PathLike[str], filename: str) -> InvoiceReading:
    """The same in a child process with limits of memory and time."""
    try:
        return child.read_in_child("invoices", InvoiceReading, source, filename, keywords={}, limits=INVOICE_LIMITS)
    except FileRefused as refused:
        return InvoiceReading(outcome="refuse", reason=refused.code, details=refused.details)


def _read_sheet(sheet: Sheet, reading: InvoiceReading) -> bool:
    heading = _find_heading(sheet)
    if heading is None:
        return False
    at, columns = heading
    rows_by_request: dict[int, int] = {each.request_id: each.row for each in reading.lines}
    for row, number in zip(sheet.rows[at + 1 :], sheet.numbers[at + 1 :], strict=True):
        if all(is_blank(each) for each in row):
            continue
        try:
            line = _read_line(sheet, number, row, columns)
            if line is None:
                reading.open_lines += 1
                continue
            if line.request_id in rows_by_request:
                raise _LineRefused("twice", columns[REQUEST], str(line.request_id))
        except _LineRefused as refused:
            reading.faults.append(_fault(sheet, number, columns, refused))
            continue
        rows_by_request[line.request_id] = number
        reading.lines.append(line)
    return True


def _find_heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for at, row in enumerate(sheet.rows[:_MAX_LINES_ABOVE]):
        texts = [text_of(value).replace("(", "（").replace(")", "）") for value in row]
        found = {name: texts.index(name) for name in (REQUEST, AMOUNT, NUMBER, DAY) if name in texts}
        if len(found) == 4:
            return at, found
    return None


def _read_line(sheet: Sheet, number: int, row: Row, columns: dict[str, int]) -> IssuedLine | None:
    """The line; None where nothing was filled in."""
    request, amount, invoice, day_text = (text_of(row[columns[name]]) for name in (REQUEST, AMOUNT, NUMBER, DAY))
    if not invoice and not day_text:
        return None
    if not (request.isascii() and request.isdigit() and len(request) <= 18):
        raise _LineRefused("request", columns[REQUEST], request)
    if not invoice:
        raise _LineRefused("number_missing", columns[NUMBER])
    if not day_text:
        raise _LineRefused("day_missing", columns[DAY])
    day = parse_day(row[columns[DAY]])
    if day is None:
        raise _LineRefused("day", columns[DAY], day_text)
    amount_fen = parse_amount(row[columns[AMOUNT]])
    if not amount_fen:
        raise _LineRefused("amount", columns[AMOUNT], amount)
    return IssuedLine(
        sheet=sheet.name,
        row=number,
        request_id=int(request),
        amount_fen=amount_fen,
        number="".join(invoice.split()),
        day=day[0],
        cells=(
            f"{column_letters(columns[REQUEST])}{number}",
            f"{column_letters(columns[AMOUNT])}{number}",
            f"{column_letters(columns[NUMBER])}{number}",
            f"{column_letters(columns[DAY])}{number}",
        ),
    )


def _fault(sheet: Sheet, number: int, columns: dict[str, int], refused: _LineRefused) -> FaultWithText:
    zh, en, hint_zh, hint_en = _WORDS[refused.word]
    headings = {column: name for name, column in columns.items()}
    return FaultWithText(
        sheet=sheet.name,
        row=number,
        col=column_letters(refused.column),
        header=headings[refused.column],
        code=f"invoice_{refused.word}",
        value=refused.value or None,
        words=(zh.format(value=refused.value), en.format(value=refused.value), hint_zh, hint_en),
    )
