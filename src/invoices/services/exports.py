"""Files with requests for whoever issues: all that wait in one act, one file for each issuer (INVOICE-5)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record, record_all
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from imports import invoice_sheet
from imports.invoice_sheet import InvoiceLine
from invoices import sql
from invoices.models import InvoiceExport, InvoiceItem, InvoiceRequest
from invoices.rules.states import InvoiceAct, InvoiceKind, InvoiceState
from invoices.rules.titles import TitleKind
from invoices.selectors.exports import InvoiceExportView, NoSuchExport, get_export, get_export_for
from invoices.selectors.invoices import remark_of
from invoices.services.steps import end_request, require_act, tell_refused
from kernel.money import format_yuan
from kernel.refusal import Conflict

MAX_REQUESTS = 2_000
"""Of one act; the others wait for the next one."""
REFUNDED = "申请后款项已全部退回，无需开票"


class NothingToExport(Conflict):
    code = "invoices.nothing_to_export"
    zh = "没有等待导出的开票申请"
    en = "No invoice request waits to be exported"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file as it is downloaded."""

    name: str
    content: bytes


@atomic_with_retry
def export_requests(*, actor: Actor, now: datetime) -> list[InvoiceExportView]:
    """Put all requests that wait into files, one for each issuer, and make their amounts final.

    What was refunded since it was asked for is left out first; a request of which nothing is left is refused, and who asked is told.
    """
    require_roles(actor, Role.FINANCE)
    waiting = InvoiceRequest.objects.select_for_update(of=("self",)).filter(state=InvoiceState.REQUESTED.value)
    rows = list(waiting.select_related("issuer_brand").order_by("pk")[:MAX_REQUESTS])
    if not rows:
        raise NothingToExport
    asked = {row.pk: row.amount_fen for row in rows}
    _count_anew(rows)
    by_issuer: dict[int | None, list[InvoiceRequest]] = {}
    for row in rows:
        if row.amount_fen:
            by_issuer.setdefault(row.issuer_brand_id, []).append(row)
        else:
            _refuse_refunded(row, asked[row.pk], actor, now)
    views = [_export(issuer, of_issuer, actor, now) for issuer, of_issuer in by_issuer.items()]
    told = [each for each in views if each.issuer_brand_id is not None]
    publish([_to_issue_event(each) for each in told], now=now)
    return views


@atomic_with_retry
def download_export(*, actor: Actor, export_id: int, now: datetime) -> ExportFile:
    """The file, for finance and the brand that issues: always the same bytes. Each time is in the audit log."""
    view = get_export_for(actor, export_id)
    content = InvoiceExport.objects.filter(pk=export_id).values_list("content", flat=True).first()
    if content is None:
        raise NoSuchExport(export_id=export_id)
    details = {"sha256": view.sha256, "requests": view.request_count}
    record(
        actor=actor, action="invoices.download", kind="invoice_export", subject_id=export_id, details=details, now=now
    )
    return ExportFile(f"weicang-invoices-{export_id}.xlsx", bytes(content))


def _count_anew(rows: Sequence[InvoiceRequest]) -> None:
    """Set the amounts of items, and of their requests, to what is kept of their causes now; they only become smaller."""
    items = list(InvoiceItem.objects.filter(request_id__any_of=[row.pk for row in rows]).order_by("pk"))
    of_lines = sql.kept_of_lines([each.line_id for each in items if each.line_id is not None])
    of_statements = sql.kept_of_statements([each.statement_id for each in items if each.statement_id is not None])
    sums = dict.fromkeys((row.pk for row in rows), 0)
    changed = []
    for each in items:
        kept = of_lines[each.line_id] if each.line_id is not None else of_statements[each.statement_id or 0]
        amount_fen = max(0, min(kept, each.amount_fen))
        if amount_fen != each.amount_fen:
            each.amount_fen = amount_fen
            changed.append(each)
        sums[each.request_id] += amount_fen
    InvoiceItem.objects.bulk_update(changed, ["amount_fen"], batch_size=1000)
    for row in rows:
        row.amount_fen = sums[row.pk]


def _refuse_refunded(row: InvoiceRequest, asked_fen: int, actor: Actor, now: datetime) -> None:
    state = require_act(row, InvoiceAct.REFUSE)
    end_request(row, state, reason=REFUNDED, actor=actor, now=now)
    details = {"reason": REFUNDED, "amount": format_yuan(asked_fen)}
    record(actor=actor, action="invoices.refuse", kind="invoice", subject_id=row.pk, details=details, now=now)
    tell_refused(row, asked_fen=asked_fen, now=now)


def _export(
    issuer_brand_id: int | None, rows: Sequence[InvoiceRequest], actor: Actor, now: datetime
) -> InvoiceExportView:
    content = invoice_sheet.write(_line(row) for row in rows)
    export = InvoiceExport.objects.create(
        issuer_brand_id=issuer_brand_id,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        request_count=len(rows),
        amount_fen=sum(row.amount_fen for row in rows),
        created_by_id=actor.own_id,
        created_at=now,
    )
    for row in rows:
        row.state = require_act(row, InvoiceAct.EXPORT).value
        row.export_id, row.exported_at = export.pk, now
    InvoiceRequest.objects.bulk_update(rows, ["state", "export", "exported_at", "amount_fen"], batch_size=500)
    details = {"requests": len(rows), "amount": format_yuan(export.amount_fen), "sha256": export.sha256}
    record(actor=actor, action="invoices.export", kind="invoice_export", subject_id=export.pk, details=details, now=now)
    of_requests: dict[int, dict[str, object]] = {
        row.pk: {"invoice_file": export.pk, "amount": format_yuan(row.amount_fen)} for row in rows
    }
    record_all(actor=actor, action="invoices.put_into_file", kind="invoice", details=of_requests, now=now)
    return get_export(export.pk)


def _to_issue_event(view: InvoiceExportView) -> EventDraft:
    data: dict[str, str | int | bool | None] = {"requests": view.request_count, "amount": format_yuan(view.amount_fen)}
    return EventDraft(EventKind.INVOICES_TO_ISSUE, view.id, brand_id=view.issuer_brand_id, data=data)


def _line(row: InvoiceRequest) -> InvoiceLine:
    return InvoiceLine(
        request_id=row.pk,
        issuer=row.issuer_brand.name if row.issuer_brand else "平台",
        form="专用发票" if row.is_special else "普通发票",
        buyer_kind="企业" if row.kind == TitleKind.COMPANY.value else "个人",
        name=row.name,
        tax_number=row.tax_number,
        address=row.address,
        phone=row.phone,
        bank=row.bank,
        account=row.account,
        what="货款" if row.what == InvoiceKind.GOODS.value else "平台服务费",
        amount_fen=row.amount_fen,
        tax_rate=f"{(row.tax_rate * 100).normalize():f}%",
        email=row.email,
        remark=remark_of(row.pk),
    )
