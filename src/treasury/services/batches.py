"""Files for the bank: made once, downloaded by one person, and confirmed with the bank's reference (MONEY-9, MONEY-10)."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import get_actors
from accounts.services.audit import record, record_all
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from imports.exports.columns import Cell, Column, Kind
from imports.exports.csv_file import stream_csv
from imports.exports.xlsx_file import stream_xlsx
from kernel.money import format_yuan
from kernel.period import SHANGHAI
from kernel.refusal import Conflict, Forbidden, Invalid, require_reason
from ledger.rules import CLEARING, MAX_BANK_REFERENCE, Approval, EntryDraft, PostingDraft, PostingKind, bank_reference
from ledger.services import post_all
from settlement.services.payouts import pay_out
from treasury.models import MoneyRequest, TransferBatch
from treasury.rules.bank_accounts import AccountState
from treasury.rules.batches import MAX_BATCH_LINES, BatchFormat, purpose_of
from treasury.rules.requests import MAX_REASON, RequestKind, RequestState
from treasury.selectors.bank_accounts import unmasked_accounts
from treasury.selectors.batches import BatchView, NoSuchBatch, get_batch, ready_requests
from treasury.services.bank_returns import accounts_of

# Account and routing numbers are bare digits: a bank's importer takes no mark before them.
_COLUMNS = (
    Column("序号", Kind.INTEGER),
    Column("收款户名", Kind.TEXT, 28),
    Column("收款账号", Kind.DIGITS, 26),
    Column("开户银行", Kind.TEXT, 20),
    Column("开户支行", Kind.TEXT, 24),
    Column("联行号", Kind.DIGITS, 16),
    Column("金额（元）", Kind.MONEY),
    Column("用途", Kind.TEXT, 20),
)


class NothingForBatch(Invalid):
    code = "treasury.nothing_for_batch"
    zh = "请勾选要付的款项，一个批次最多 {max_lines} 笔"
    en = "Name what is to be paid, at most {max_lines} lines in one file"
    max_lines: int


class NotReadyForBatch(Conflict):
    code = "treasury.not_ready_for_batch"
    zh = "第 {request_id} 笔不能进批次：已在别的批次里，或收款账户改过，或正在登记退回；没有做成批次"
    en = "No. {request_id} cannot be in a file: it is in another, its account was changed, or it is being stopped; no file was made"
    request_id: int


class DownloadedByAnother(Forbidden):
    code = "treasury.downloaded_by_another"
    zh = "这个批次的文件已由{name}下载；一个文件只由一人下载，免得重复付款。{name}不在岗时，写明原因接手后再下载"
    en = (
        "{name} has downloaded the file; one person downloads a file, so that nothing is paid twice."
        " Where {name} is away, take it over with a reason"
    )
    name: str


class BatchEnded(Conflict):
    code = "treasury.batch_ended"
    zh = "批次 {batch_id} 已确认付款，文件不再提供"
    en = "Batch {batch_id} was confirmed as paid; its file is no longer kept"
    batch_id: int


class NotDownloaded(Conflict):
    code = "treasury.batch_not_downloaded"
    zh = "批次 {batch_id} 的文件还没有人下载，银行不可能已付"
    en = "Nobody has downloaded the file of batch {batch_id}, so the bank cannot have paid it"
    batch_id: int


class ReturnWaits(Conflict):
    code = "treasury.return_waits"
    zh = "批次 {batch_id} 的第 {request_id} 笔正在登记退回，请先复核或拒绝退回，再下载或确认"
    en = "The return of no. {request_id} of batch {batch_id} waits; approve or refuse it before the file is downloaded or confirmed"
    batch_id: int
    request_id: int


class LineCameBack(Conflict):
    code = "treasury.line_came_back"
    zh = (
        "批次 {batch_id} 的第 {request_id} 笔在下载之后退回了，文件不再提供，免得重复付款；其余各笔以先前下载的文件为准"
    )
    en = (
        "No. {request_id} came back after batch {batch_id} was downloaded, so its file is not given again;"
        " the other lines stand in the earlier copy"
    )
    batch_id: int
    request_id: int


class AccountNotPaidTo(Conflict):
    code = "treasury.account_not_paid_to"
    zh = "批次 {batch_id} 的第 {request_id} 笔收款账户改过，文件不能下载；请先登记退回这一笔并复核"
    en = (
        "The account of no. {request_id} was changed, so the file of batch {batch_id} is not given;"
        " enter the return of this line and have it approved"
    )
    batch_id: int
    request_id: int


class AllCameBack(Conflict):
    code = "treasury.all_came_back"
    zh = "批次 {batch_id} 的各笔都退回了，没有要付的款项"
    en = "All lines of batch {batch_id} came back; nothing is to be paid"
    batch_id: int


class BatchReferenceRequired(Invalid):
    code = "treasury.batch_reference_required"
    zh = "请填写银行批次流水号，最多 {max_length} 个字符"
    en = "Give the bank's reference of the batch, at most {max_length} characters"
    max_length: int


class BatchReferenceTaken(Conflict):
    code = "treasury.batch_reference_taken"
    zh = "流水号 {reference} 已用于另一个批次，请核对"
    en = "The reference {reference} was used for another batch; check it"
    reference: str


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A file for the bank as it is downloaded."""

    name: str
    file_format: BatchFormat
    content: bytes


@atomic_with_retry
def create_batch(*, actor: Actor, request_ids: Sequence[int], file_format: BatchFormat, now: datetime) -> BatchView:
    """Put approved money out into one file, all or none. A line stands in one file only, however often this is tried."""
    require_roles(actor, Role.FINANCE)
    wanted = sorted(set(request_ids))
    if not 0 < len(wanted) <= MAX_BATCH_LINES:
        raise NothingForBatch(max_lines=MAX_BATCH_LINES)
    # Locked first and looked at after: a batch that was made meanwhile is seen.
    list(MoneyRequest.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk"))
    rows = list(ready_requests().filter(pk__in=wanted))
    missing = set(wanted) - {row.pk for row in rows}
    if missing:
        raise NotReadyForBatch(request_id=min(missing))
    content = _content(rows, file_format)
    batch = TransferBatch.objects.create(
        file_format=file_format.value,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        request_count=len(rows),
        amount_fen=sum(row.amount_fen for row in rows),
        created_by_id=actor.own_id,
        created_at=now,
    )
    MoneyRequest.objects.filter(pk__in=wanted).update(state=RequestState.IN_BATCH.value, batch_id=batch.pk)
    details = {"requests": len(rows), "amount": format_yuan(batch.amount_fen), "sha256": batch.sha256}
    _record(batch, "treasury.create_batch", actor, now, details)
    of_requests = {row.pk: {"batch": batch.pk} for row in rows}
    record_all(actor=actor, action="treasury.put_into_batch", kind="money_request", details=of_requests, now=now)
    return get_batch(batch.pk)


@atomic_with_retry
def download_batch(*, actor: Actor, batch_id: int, now: datetime) -> BatchFile:
    """The file with whole account numbers. Whoever takes it first may take it again; nobody else. Each time is in the audit log.

    Lines that were stopped before anybody took the file are left out. Afterwards a file with a line that came back is not given again.
    """
    require_roles(actor, Role.FINANCE)
    batch = _locked(batch_id)
    if batch.confirmed_at is not None:
        raise BatchEnded(batch_id=batch_id)
    if batch.downloaded_by_id not in (None, actor.own_id):
        raise DownloadedByAnother(name=batch.downloaded_by.name if batch.downloaded_by else "")
    _leave_out_returned(batch)
    _require_payable_lines(batch)
    if batch.downloaded_at is None:
        batch.downloaded_by_id, batch.downloaded_at = actor.own_id, now
        batch.save(update_fields=["downloaded_by", "downloaded_at"])
    _record(batch, "treasury.download_batch", actor, now, {"sha256": batch.sha256})
    name = f"weicang-batch-{batch.pk}.{batch.file_format}"
    return BatchFile(name, BatchFormat(batch.file_format), bytes(batch.content))


@atomic_with_retry
def take_over_batch(*, actor: Actor, batch_id: int, reason: str, now: datetime) -> BatchView:
    """Take over a file whose downloader is away, with a reason: from now on this person may download the same bytes, and the other not.

    Refuses a file that nobody has downloaded, or that was confirmed. Who had it before stays in the audit log.
    """
    require_roles(actor, Role.FINANCE)
    reason = require_reason(reason, max_length=MAX_REASON)
    batch = _locked(batch_id)
    if batch.confirmed_at is not None:
        raise BatchEnded(batch_id=batch_id)
    if batch.downloaded_by is None:
        raise NotDownloaded(batch_id=batch_id)
    if batch.downloaded_by_id != actor.own_id:
        details: dict[str, object] = {"from": batch.downloaded_by.name, "reason": reason, "sha256": batch.sha256}
        batch.downloaded_by_id = actor.own_id
        batch.save(update_fields=["downloaded_by"])
        _record(batch, "treasury.take_over_batch", actor, now, details)
    return get_batch(batch_id)


@atomic_with_retry
def confirm_batch(*, actor: Actor, batch_id: int, reference: str, now: datetime) -> BatchView:
    """Book all lines of a file that did not come back as paid, with the bank's reference. Its owners are told."""
    require_roles(actor, Role.FINANCE)
    reference = bank_reference(reference)
    if not 0 < len(reference) <= MAX_BANK_REFERENCE:
        raise BatchReferenceRequired(max_length=MAX_BANK_REFERENCE)
    batch = _locked(batch_id)
    if batch.confirmed_at is not None:
        raise BatchEnded(batch_id=batch_id)
    if batch.downloaded_at is None:
        raise NotDownloaded(batch_id=batch_id)
    _require_no_waiting_return(batch)
    rows = list(batch.requests.select_for_update().filter(state=RequestState.IN_BATCH.value).order_by("pk"))
    batch.content, batch.bank_reference, batch.confirmed_by_id, batch.confirmed_at = b"", reference, actor.own_id, now
    try:
        with transaction.atomic():
            batch.save(update_fields=["content", "bank_reference", "confirmed_by", "confirmed_at"])
    except IntegrityError as error:
        if constraint_of(error) != "transfer_batch_reference_once":
            raise
        raise BatchReferenceTaken(reference=reference) from error
    _book_transfers(rows, reference, actor, now)
    _book_payouts([row for row in rows if row.kind == RequestKind.PAYOUT.value], reference, actor, now)
    for row in rows:
        row.state, row.paid_at, row.reference, row.booked_as = RequestState.PAID.value, now, reference, _key_of(row)
    MoneyRequest.objects.bulk_update(rows, ["state", "paid_at", "reference", "booked_as"])
    _record(batch, "treasury.confirm_batch", actor, now, {"reference": reference, "requests": len(rows)})
    of_requests = {row.pk: {"batch": batch.pk, "reference": reference} for row in rows}
    record_all(actor=actor, action="treasury.confirm_payment", kind="money_request", details=of_requests, now=now)
    publish([_paid_event(row) for row in rows], now=now)
    return get_batch(batch.pk)


def _leave_out_returned(batch: TransferBatch) -> None:
    """Make a file again without lines that came back. Nobody has it yet; once somebody has, it is refused."""
    returned = batch.requests.filter(state=RequestState.RETURNED.value).order_by("pk").first()
    if returned is None:
        return
    if batch.downloaded_at is not None:
        raise LineCameBack(batch_id=batch.pk, request_id=returned.pk)
    rows = list(batch.requests.filter(state=RequestState.IN_BATCH.value).order_by("pk"))
    if not rows:
        raise AllCameBack(batch_id=batch.pk)
    batch.content = _content(rows, BatchFormat(batch.file_format))
    batch.sha256 = hashlib.sha256(batch.content).hexdigest()
    batch.save(update_fields=["content", "sha256"])


def _require_payable_lines(batch: TransferBatch) -> None:
    _require_no_waiting_return(batch)
    rows = batch.requests.filter(state=RequestState.IN_BATCH.value)
    changed = rows.exclude(bank_account__state=AccountState.APPROVED.value)
    changed_id = changed.order_by("pk").values_list("pk", flat=True).first()
    if changed_id is not None:
        raise AccountNotPaidTo(batch_id=batch.pk, request_id=changed_id)


def _require_no_waiting_return(batch: TransferBatch) -> None:
    waiting = MoneyRequest.objects.filter(reverses__batch=batch, state=RequestState.WAITING.value)
    stopped_id = waiting.order_by("reverses_id").values_list("reverses_id", flat=True).first()
    if stopped_id is not None:
        raise ReturnWaits(batch_id=batch.pk, request_id=stopped_id)


def _content(rows: Sequence[MoneyRequest], file_format: BatchFormat) -> bytes:
    accounts = unmasked_accounts([row.bank_account_id or 0 for row in rows])

    def lines() -> Iterator[Sequence[Cell]]:
        for position, row in enumerate(rows, start=1):
            account = accounts[row.bank_account_id or 0]
            purpose = purpose_of(RequestKind(row.kind), row.pk)
            yield (
                position,
                account.holder,
                account.number,
                account.bank,
                account.branch,
                account.cnaps,
                row.amount_fen,
                purpose,
            )

    if file_format is BatchFormat.CSV:
        return b"".join(stream_csv(_COLUMNS, lines(), SHANGHAI))
    return b"".join(stream_xlsx("付款", _COLUMNS, lines(), SHANGHAI))


def _key_of(row: MoneyRequest) -> str:
    return f"payout:{row.statement_id}/{row.pk}" if row.kind == RequestKind.PAYOUT.value else f"transfer:{row.pk}"


def _book_transfers(rows: Sequence[MoneyRequest], reference: str, actor: Actor, now: datetime) -> None:
    drafts = []
    for row in rows:
        if row.kind != RequestKind.PAYOUT.value:
            _, transit = accounts_of(RequestKind(row.kind), row.reseller_id or row.brand_id or 0)
            entries = [EntryDraft(transit, -row.amount_fen), EntryDraft(CLEARING, row.amount_fen)]
            cause = f"money_request:{row.pk}"
            drafts.append(PostingDraft(PostingKind.TRANSFER, _key_of(row), cause, entries, reference))
    post_all(drafts=drafts, actor=actor, now=now)


def _book_payouts(rows: Sequence[MoneyRequest], reference: str, actor: Actor, now: datetime) -> None:
    approvers = get_actors({row.decided_by_id for row in rows if row.decided_by_id is not None})
    for row in rows:
        pay_out(
            actor=actor,
            approval=Approval(row.pk, row.entered_by_id, approvers[row.decided_by_id or 0]),
            statement_id=row.statement_id or 0,
            reference=reference,
            key=_key_of(row),
            now=now,
        )


def _paid_event(row: MoneyRequest) -> EventDraft:
    if row.reseller_id is not None:
        data: dict[str, str | int | bool | None] = {"amount": format_yuan(row.amount_fen)}
        return EventDraft(EventKind.WITHDRAWAL_PAID, row.pk, reseller_id=row.reseller_id, data=data)
    what = (
        ("货款", f"statement {row.statement_id}") if row.kind == RequestKind.PAYOUT.value else ("退还保证金", "deposit")
    )
    data = {"amount": format_yuan(row.amount_fen), "what_zh": what[0], "what_en": what[1]}
    return EventDraft(EventKind.BRAND_TRANSFER_PAID, row.pk, brand_id=row.brand_id, data=data)


def _locked(batch_id: int) -> TransferBatch:
    row = TransferBatch.objects.select_for_update().filter(pk=batch_id).first()
    if row is None:
        raise NoSuchBatch(batch_id=batch_id)
    return row


def _record(batch: TransferBatch, action: str, actor: Actor, now: datetime, details: dict[str, object]) -> None:
    record(actor=actor, action=action, kind="transfer_batch", subject_id=batch.pk, details=details, now=now)
