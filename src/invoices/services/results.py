"""The exported file with numbers and days filled in: all its rows are entered, or none (INVOICE-6)."""

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record_all
from db.transactions import atomic_with_retry
from events.services import publish
from imports import invoice_sheet, reasons
from imports.invoice_sheet import InvoiceReading, IssuedLine
from imports.limits import MEGABYTE
from imports.report import FaultWithText
from invoices import sql
from invoices.models import InvoiceRequest
from invoices.rules.states import (
    NUMBERED,
    InvoiceAct,
    InvoiceState,
    is_invoice_number,
    is_issue_day,
    next_state,
)
from invoices.selectors.invoices import numbers_taken
from invoices.selectors.titles import owner_of
from invoices.services.steps import issued_events
from kernel.money import display_yuan, format_yuan
from kernel.period import shanghai_date
from kernel.refusal import Busy, Invalid

MAX_FILE_BYTES = 5 * MEGABYTE
MAX_NAMED = 100
"""Faults that one answer names."""
_WAIT_SECONDS = 15.0
_reading = threading.BoundedSemaphore(1)
"""One file is read at a time in a web process."""


class ResultsTooLarge(Invalid):
    code = "invoices.results_too_large"
    zh = "文件超过 {max_mb} MB，请用导出的那份文件填写"
    en = "The file is larger than {max_mb} MB; fill in the file that was exported"
    max_mb: int


class ResultsUnreadable(Invalid):
    """`reason` is a reason of a whole file (docs/rules/imports.md)."""

    code = "invoices.results_unreadable"
    zh = "读不了这个文件：{reason_zh}"
    en = "The file cannot be read: {reason_en}"
    reason: str
    reason_zh: str
    reason_en: str


class NoResults(Invalid):
    code = "invoices.no_results"
    zh = "文件里没有填了发票号码和开票日期的行"
    en = "No line of the file has an invoice number and a day"


class FaultyResults(Invalid):
    """`faults` name sheet, row, cell, value and what is wrong, in Chinese and English; at most the first hundred."""

    code = "invoices.faulty_results"
    zh = "有 {count} 处对不上，什么都没有登记；改好后整份再传"
    en = "{count} cells do not fit, and nothing was entered; correct them and send the whole file again"
    count: int
    faults: list[dict[str, Any]]


class TooManyReading(Busy):
    code = "invoices.too_many_reading"
    zh = "现在上传结果的人太多，请稍等几秒再试"
    en = "Too many files are being read at this moment; try again in a few seconds"


@dataclass(frozen=True, slots=True)
class ResultFault:
    """A cell that does not fit."""

    sheet: str
    row: int
    cell: str
    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """What a file did: requests that are issued now, those that already were with the same number and day, and lines without both."""

    issued: int
    unchanged: int
    left_open: int


def enter_results(*, actor: Actor, filename: str, chunks: Iterable[bytes], now: datetime) -> ResultsView:
    """Read the file and enter all its numbers and days, or refuse and name every cell that does not fit.

    Finance enter for every issuer, a clerk for the brand. The same file again changes nothing.
    """
    require_roles(actor, Role.FINANCE, Role.BRAND)
    data = _all_of(chunks)
    if not _reading.acquire(timeout=_WAIT_SECONDS):
        raise TooManyReading
    try:
        reading = invoice_sheet.read_in_child(data, filename)
    finally:
        _reading.release()
    if reading.outcome == "refuse":
        code = reading.reason or "corrupt"
        zh, en = (reasons.file_message(code, language, reading.details) for language in ("zh", "en"))
        raise ResultsUnreadable(reason=code, reason_zh=zh, reason_en=en)
    if not reading.lines and not reading.faults:
        raise NoResults
    return _enter(actor, reading, hashlib.sha256(data).hexdigest(), now)


@atomic_with_retry
def _enter(actor: Actor, reading: InvoiceReading, sha256: str, now: datetime) -> ResultsView:
    rows = _locked(actor, [each.request_id for each in reading.lines])
    faults = [_of_reading(each) for each in reading.faults]
    to_write: list[tuple[InvoiceRequest, IssuedLine]] = []
    unchanged = 0
    for issuer in sorted({row.issuer_brand_id or 0 for row in rows.values()}):
        sql.lock_numbers(issuer or None)
    taken = numbers_taken([each.number for each in reading.lines])
    in_file: dict[tuple[int | None, str], int] = {}
    for line in reading.lines:
        row = rows.get(line.request_id)
        found = _fault_of(line, row, now)
        if found is None and row is not None:
            if row.state in NUMBERED:
                unchanged += 1
                continue
            place = (row.issuer_brand_id, line.number)
            found = _fault_of_number(line, taken.get(place), in_file.get(place))
            in_file[place] = line.row
            to_write.append((row, line))
        if found is not None:
            faults.append(found)
    if faults:
        ordered = sorted(faults, key=lambda fault: (fault.sheet, fault.row))
        raise FaultyResults(count=len(faults), faults=[asdict(each) for each in ordered[:MAX_NAMED]])
    _write(to_write, sha256, actor, now)
    return ResultsView(issued=len(to_write), unchanged=unchanged, left_open=reading.open_lines)


def _locked(actor: Actor, request_ids: Sequence[int]) -> dict[int, InvoiceRequest]:
    rows = InvoiceRequest.objects.select_for_update().filter(pk__any_of=request_ids, export__isnull=False)
    if actor.role is Role.BRAND:
        rows = rows.filter(issuer_brand_id=owner_of(actor).brand_id)
    return {row.pk: row for row in rows.order_by("pk")}


def _fault_of(line: IssuedLine, row: InvoiceRequest | None, now: datetime) -> ResultFault | None:
    """What does not fit of a line: its request, the amount, the number or the day; None where all fit."""
    request_cell, amount_cell, number_cell, day_cell = line.cells
    if row is None:
        zh, en = f"没有导出过申请 {line.request_id}", f"Request {line.request_id} is in no file of yours"
        return _fault(line, request_cell, str(line.request_id), zh, en)
    if line.amount_fen != row.amount_fen:
        shown = display_yuan(row.amount_fen)
        zh, en = f"金额应是 {shown}，与导出时不同", f"The amount was exported as {shown}"
        return _fault(line, amount_cell, format_yuan(line.amount_fen), zh, en)
    if row.state in NUMBERED and (row.number, row.issued_on) == (line.number, line.day):
        return None
    if next_state(InvoiceState(row.state), InvoiceAct.ISSUE) is None:
        return _fault(line, request_cell, str(line.request_id), *_ended_words(row))
    if not is_invoice_number(line.number):
        return _fault(
            line, number_cell, line.number, "发票号码应是 8 至 20 位数字", "An invoice number has 8 to 20 digits"
        )
    requested_on = shanghai_date(row.requested_at)
    if not is_issue_day(line.day, requested_on=requested_on, today=shanghai_date(now)):
        zh = f"开票日期不能早于申请日（{requested_on}），也不能在今天之后"
        en = f"The day is not before that of the request ({requested_on}) and not after today"
        return _fault(line, day_cell, f"{line.day}", zh, en)
    return None


def _ended_words(row: InvoiceRequest) -> tuple[str, str]:
    """Why no other number is entered for a request, in Chinese and English."""
    if row.state == InvoiceState.ISSUED.value:
        return f"已登记发票 {row.number}（{row.issued_on}）", f"Invoice {row.number} of {row.issued_on} stands for it"
    if row.state == InvoiceState.REVERSED.value:
        zh = f"发票 {row.number}（{row.issued_on}）已整张红冲"
        return zh, f"Invoice {row.number} of {row.issued_on} was taken back by a red letter"
    return "这个申请已退回", "The request was refused"


def _fault_of_number(line: IssuedLine, taken_by: int | None, earlier_row: int | None) -> ResultFault | None:
    number_cell = line.cells[2]
    if taken_by is not None:
        zh, en = f"这个号码已登记在申请 {taken_by} 上", f"The number stands for request {taken_by}"
        return _fault(line, number_cell, line.number, zh, en)
    if earlier_row is not None:
        zh, en = f"与第 {earlier_row} 行的发票号码相同", f"Row {earlier_row} has the same invoice number"
        return _fault(line, number_cell, line.number, zh, en)
    return None


def _fault(line: IssuedLine, cell: str, value: str, zh: str, en: str) -> ResultFault:
    return ResultFault(line.sheet or "", line.row, cell, value, zh, en)


def _of_reading(fault: FaultWithText) -> ResultFault:
    cell = f"{fault.col or ''}{fault.row}"
    zh, en = f"{fault.message_zh}；{fault.hint_zh}", f"{fault.message_en}. {fault.hint_en}"
    return ResultFault(fault.sheet or "", fault.row, cell, fault.value or "", zh, en)


def _write(to_write: Sequence[tuple[InvoiceRequest, IssuedLine]], sha256: str, actor: Actor, now: datetime) -> None:
    for row, line in to_write:
        row.state, row.number, row.issued_on = InvoiceState.ISSUED.value, line.number, line.day
        row.issued_at, row.acted_by_id = now, actor.own_id
    rows = [row for row, _ in to_write]
    InvoiceRequest.objects.bulk_update(rows, ["state", "number", "issued_on", "issued_at", "acted_by"], batch_size=500)
    details: dict[int, dict[str, object]] = {
        row.pk: {"invoice_number": row.number, "issued_on": f"{row.issued_on}", "sha256": sha256} for row in rows
    }
    record_all(actor=actor, action="invoices.issue", kind="invoice", details=details, now=now)
    publish(issued_events(rows), now=now)


def _all_of(chunks: Iterable[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > MAX_FILE_BYTES:
            raise ResultsTooLarge(max_mb=MAX_FILE_BYTES // MEGABYTE)
    return bytes(data)
