"""Requests one by one: issued with number and day, refused with a reason, and the file of an issued invoice (INVOICE-6)."""

import hashlib
from datetime import date, datetime
from typing import Protocol

from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from events.services import publish
from invoices import sql
from invoices.models import InvoiceRequest
from invoices.rules.states import (
    MAX_FILE_BYTES,
    MAX_LINK,
    MAX_REASON,
    NUMBERED,
    InvoiceAct,
    InvoiceState,
    file_kind,
    invoice_number,
    is_invoice_number,
    is_issue_day,
    is_link,
)
from invoices.selectors.files import file_key
from invoices.selectors.invoices import InvoiceView, get_invoice, numbers_taken
from invoices.services.steps import NotPossibleNow, issued_events, lock_for_issuer, require_act, tell_refused
from invoices.services.steps import end_request as end
from kernel.period import shanghai_date
from kernel.refusal import Conflict, Invalid, require_reason
from storage.files import store_bytes


class InvalidInvoiceNumber(Invalid):
    code = "invoices.invalid_number"
    zh = "发票号码应是 8 至 20 位数字，填的是“{number}”"
    en = "An invoice number has 8 to 20 digits; this is “{number}”"
    number: str


class InvalidIssueDay(Invalid):
    code = "invoices.invalid_day"
    zh = "开票日期不能早于申请日（{requested_on}），也不能在今天之后"
    en = "The day of the invoice is not before that of the request ({requested_on}) and not after today"
    requested_on: date


class NumberTaken(Conflict):
    code = "invoices.number_taken"
    zh = "号码 {number} 已登记在开票申请 {taken_by} 上，请核对"
    en = "The number {number} stands for invoice request {taken_by}; check it"
    number: str
    taken_by: int


class InvalidLink(Invalid):
    code = "invoices.invalid_link"
    zh = "下载链接须以 https:// 开头，最多 {max_length} 个字符"
    en = "The link begins with https:// and has at most {max_length} characters"
    max_length: int


class NotAnInvoiceFile(Invalid):
    code = "invoices.not_an_invoice_file"
    zh = "发票文件须是 PDF 或 OFD，最大 {max_mb} MB"
    en = "The file of an invoice is a PDF or an OFD of at most {max_mb} MB"
    max_mb: int


class Readable(Protocol):
    """A file that was sent."""

    def read(self, size: int, /) -> bytes: ...


@atomic_with_retry
def issue_invoice(
    *, actor: Actor, request_id: int, number: str, issued_on: date, link: str = "", now: datetime
) -> InvoiceView:
    """Enter number and day of an invoice that was issued for an exported request; who asked is told. The same again changes nothing."""
    row = lock_for_issuer(actor, request_id)
    number, link = invoice_number(number), link.strip()
    if link and not is_link(link):
        raise InvalidLink(max_length=MAX_LINK)
    if row.state in NUMBERED and (row.number, row.issued_on, row.link) == (number, issued_on, link):
        return get_invoice(row.pk)
    row.link = link
    write_issued(row, number, issued_on, actor, now)
    publish(issued_events([row]), now=now)
    return get_invoice(row.pk)


@atomic_with_retry
def refuse_request(*, actor: Actor, request_id: int, reason: str, now: datetime) -> InvoiceView:
    """Refuse a request that was not issued; who asked reads the reason, and may ask for the money again."""
    reason = require_reason(reason, max_length=MAX_REASON)
    row = lock_for_issuer(actor, request_id)
    end(row, require_act(row, InvoiceAct.REFUSE), reason=reason, actor=actor, now=now)
    details = {"reason": reason}
    record(actor=actor, action="invoices.refuse", kind="invoice", subject_id=row.pk, details=details, now=now)
    tell_refused(row, asked_fen=row.amount_fen, now=now)
    return get_invoice(row.pk)


def attach_file(*, actor: Actor, request_id: int, content: Readable, now: datetime) -> InvoiceView:
    """Add the PDF or OFD of an issued invoice, or put another in its place. The first bytes decide what a file is."""
    data = content.read(MAX_FILE_BYTES + 1)
    kind = file_kind(data)
    if kind is None or len(data) > MAX_FILE_BYTES:
        raise NotAnInvoiceFile(max_mb=MAX_FILE_BYTES // (1024 * 1024))
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        row = lock_for_issuer(actor, request_id)
        if row.state != InvoiceState.ISSUED.value:
            raise NotPossibleNow(request_id=row.pk, state=row.state, act=InvoiceAct.ISSUE.value)
        store_bytes(file_key(digest), data, now=now)
        row.file, row.file_kind = digest, kind.value
        row.save(update_fields=["file", "file_kind"])
        details = {"sha256": digest, "file_kind": kind.value}
        record(actor=actor, action="invoices.attach_file", kind="invoice", subject_id=row.pk, details=details, now=now)
    return get_invoice(request_id)


def require_free(row: InvoiceRequest, number: str) -> None:
    """Refuse a number that stands for a request of this issuer, and let nobody else enter it until the end of the transaction."""
    sql.lock_numbers(row.issuer_brand_id)
    taken_by = numbers_taken([number]).get((row.issuer_brand_id, number))
    if taken_by is not None:
        raise NumberTaken(number=number, taken_by=taken_by)


def write_issued(row: InvoiceRequest, number: str, issued_on: date, actor: Actor, now: datetime) -> None:
    """Write number and day of a locked request. Refuses what is no number, a wrong day, a number of another request, a wrong state."""
    state = require_act(row, InvoiceAct.ISSUE)
    if not is_invoice_number(number):
        raise InvalidInvoiceNumber(number=number[:MAX_LINK])
    requested_on = shanghai_date(row.requested_at)
    if not is_issue_day(issued_on, requested_on=requested_on, today=shanghai_date(now)):
        raise InvalidIssueDay(requested_on=requested_on)
    require_free(row, number)
    row.state, row.number, row.issued_on, row.issued_at = state.value, number, issued_on, now
    row.acted_by_id = actor.own_id
    row.save(update_fields=["state", "number", "issued_on", "issued_at", "acted_by", "link"])
    details = {"invoice_number": number, "issued_on": f"{issued_on}"}
    record(actor=actor, action="invoices.issue", kind="invoice", subject_id=row.pk, details=details, now=now)
