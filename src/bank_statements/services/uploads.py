"""A bank statement of the platform's own account: previewed, then committed with what finance ticked (TRANSFER-3 to TRANSFER-5)."""

import hashlib
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from bank_statements.models import BankStatementLine, BankStatementUpload, LineRequest
from bank_statements.rules import (
    MAX_ACCOUNT,
    MAX_NAME,
    MAX_REMARK,
    TICKABLE,
    CodeOwner,
    Match,
    MatchKind,
    Owner,
    UploadState,
    statement_reference,
)
from bank_statements.selectors import candidates
from bank_statements.selectors.lines import LineView, lock_open_lines
from bank_statements.selectors.uploads import BankStatementUploadView, NoSuchUpload, StoredLine, get_upload, stored_line
from db.transactions import atomic_with_retry
from imports import reasons
from imports.bank_statement import reader
from imports.bank_statement.reading import StatementLine, StatementReading
from imports.limits import MEGABYTE
from kernel.period import shanghai_date
from kernel.refusal import Busy, Conflict, Invalid, about
from ledger.rules import bank_reference
from storage.files import base_name
from treasury.rules.requests import MAX_ENTERED_REFERENCE
from treasury.services import entering

MAX_FILE_BYTES = 5 * MEGABYTE
MAX_TICKED = 200
_WAIT_SECONDS = 15.0
_reading = threading.BoundedSemaphore(1)
"""One statement is read at a time in a web process."""


class StatementTooLarge(Invalid):
    code = "bank_statements.too_large"
    zh = "文件超过 {max_mb} MB，请按月份分开导出"
    en = "The file is larger than {max_mb} MB; export it by month"
    max_mb: int


class StatementUnreadable(Invalid):
    """`reason` is a reason of a whole file (docs/rules/imports.md)."""

    code = "bank_statements.unreadable"
    zh = "读不了这个文件：{reason_zh}"
    en = "The file cannot be read: {reason_en}"
    reason: str
    reason_zh: str
    reason_en: str


class NoStatementLines(Invalid):
    code = "bank_statements.no_lines"
    zh = "文件里没有一行收支明细（{faults} 行有错）"
    en = "The file has no line of a statement ({faults} faulty lines)"
    faults: int


class AccountUnknown(Invalid):
    code = "bank_statements.account_unknown"
    zh = "文件里没有写是哪个账号的流水，请填写本方账号"
    en = "The file does not say whose account it is; give the number of the platform's account"


class TooManyReading(Busy):
    code = "bank_statements.too_many_reading"
    zh = "现在上传流水的人太多，请稍等几秒再试"
    en = "Too many statements are being read at this moment; try again in a few seconds"


class UploadEnded(Conflict):
    code = "bank_statements.upload_ended"
    zh = "这份流水已经入库或取消，请刷新后再看"
    en = "The statement was committed or cancelled before; look again"


class MatchChanged(Conflict):
    code = "bank_statements.match_changed"
    zh = "第 {row} 行与预览时不同了，什么都没有录入；请看最新的预览再勾选"
    en = "Line {row} is no longer what the preview said; nothing was entered, look at the preview again"
    row: int


class TooManyTicked(Invalid):
    code = "bank_statements.too_many_ticked"
    zh = "一次最多录入 {max_lines} 行：先录入一部分，其余的把同一份再传一次就能录入"
    en = "At most {max_lines} lines are entered at once: enter some, then upload the same file again for the others"
    max_lines: int


class ReferenceOfAnotherLine(Conflict):
    code = "bank_statements.reference_of_another_line"
    zh = "流水号 {reference} 已经用于另一行流水（第 {request_id} 笔资金），请核对后手工录入"
    en = "The reference {reference} was used for another line (request {request_id}); check it, and enter this one by hand"
    reference: str
    request_id: int


class ReferenceOfTwoLines(Conflict):
    code = "bank_statements.reference_of_two_lines"
    zh = "第 {row} 行和第 {other_row} 行的流水号都是 {reference}，什么都没有录入；只勾选一行，另一行核对后手工录入"
    en = "Lines {row} and {other_row} have the same reference {reference}; nothing was entered. Tick one, check the other, enter it by hand"
    reference: str
    row: int
    other_row: int


def upload_statement(
    *, actor: Actor, filename: str, chunks: Iterable[bytes], account: str = "", now: datetime
) -> BankStatementUploadView:
    """Read a file and keep what it says for the preview. Nothing is entered. `account`: where the file does not name its own."""
    require_roles(actor, Role.FINANCE)
    data = _all_of(chunks)
    if not _reading.acquire(timeout=_WAIT_SECONDS):
        raise TooManyReading
    try:
        reading = reader.read_in_child(data, filename)
    finally:
        _reading.release()
    account = "".join(each for each in account if each.isalnum()) or reading.account
    _require_readable(reading, account)
    lines, faults, gaps = _stored(reading, account[:MAX_ACCOUNT], shanghai_date(now))
    if not lines:
        raise NoStatementLines(faults=len(faults))
    with transaction.atomic():
        row = BankStatementUpload.objects.create(
            account=account[:MAX_ACCOUNT],
            filename=base_name(filename),
            sha256=hashlib.sha256(data).hexdigest(),
            state=UploadState.PREVIEW.value,
            content=lines,
            faults=faults,
            gaps=gaps,
            line_count=len(lines),
            uploaded_by_id=actor.own_id,
            uploaded_at=now,
        )
        _record(actor, "bank_statements.upload", row, now)
    return get_upload(row.pk)


@atomic_with_retry
def commit_upload(
    *, actor: Actor, upload_id: int, ticked: Mapping[int, CodeOwner], now: datetime
) -> BankStatementUploadView:
    """Store the lines, and enter the ticked ones as money requests that a second person approves: all or nothing.

    `ticked` says for the key of a line for whom it is entered, as the preview showed it. A line that an earlier file had is stored once;
    what somebody entered by hand before is linked. Refuses MatchChanged where a line is something else by now.
    """
    require_roles(actor, Role.FINANCE)
    if len(ticked) > MAX_TICKED:
        raise TooManyTicked(max_lines=MAX_TICKED)
    row = _lock_preview(upload_id)
    stored = [stored_line(each) for each in row.content]
    before = _line_ids(row.account, stored)
    # In one order, so that two overlapping files wait for each other instead of deadlocking.
    in_order = sorted(stored, key=lambda each: each.unique)
    BankStatementLine.objects.bulk_create((_line(row, each) for each in in_order), ignore_conflicts=True)
    ids = _line_ids(row.account, stored)
    open_ids = lock_open_lines(ids.values())
    still_open = [each for each in stored if ids[each.unique] in open_ids]
    matches = candidates.match([each.facts for each in still_open])
    for each in still_open:
        _link_entered(matches[each.key], ids[each.unique], actor, now)
    by_key = {each.key: each for each in still_open}
    _require_own_references([(by_key[key], whose) for key, whose in sorted(ticked.items()) if key in by_key])
    for key, whose in sorted(ticked.items()):
        match = matches.get(key)
        if match is None or match.kind not in TICKABLE or match.whose != whose:
            raise MatchChanged(row=next((each.row for each in stored if each.key == key), 0))
        line = by_key[key]
        with about(f"第 {line.row} 行", f"Line {line.row}"):
            enter_line(line_id=ids[line.unique], line=line, whose=whose, claim_id=match.claim_id, actor=actor, now=now)
    row.state, row.ended_at, row.content = UploadState.COMMITTED.value, now, []
    row.new_count = len(set(ids) - set(before))
    row.save(update_fields=["state", "ended_at", "content", "new_count"])
    _record(actor, "bank_statements.commit", row, now, entered=len(ticked), lines=row.new_count)
    return get_upload(upload_id)


@transaction.atomic
def cancel_upload(*, actor: Actor, upload_id: int, now: datetime) -> BankStatementUploadView:
    """Drop a preview; nothing of it is stored."""
    require_roles(actor, Role.FINANCE)
    row = _lock_preview(upload_id)
    row.state, row.ended_at, row.content = UploadState.CANCELLED.value, now, []
    row.save(update_fields=["state", "ended_at", "content"])
    _record(actor, "bank_statements.cancel_upload", row, now)
    return get_upload(upload_id)


def enter_line(
    *, line_id: int, line: StoredLine | LineView, whose: CodeOwner, claim_id: int | None, actor: Actor, now: datetime
) -> int:
    """Enter a locked, open line as a top-up or deposit, and link them. Returns the id of the request."""
    if whose.owner is Owner.RESELLER:
        view = entering.enter_top_up(
            actor=actor, reseller_id=whose.id, amount_fen=line.amount_fen, reference=line.reference, now=now
        )
    else:
        view = entering.enter_deposit(
            actor=actor, brand_id=whose.id, amount_fen=line.amount_fen, reference=line.reference, now=now
        )
    if LineRequest.objects.filter(request_id=view.id).exists():
        raise ReferenceOfAnotherLine(reference=line.reference, request_id=view.id)
    _link(line_id, view.id, claim_id, actor, now)
    return view.id


def link_payout(*, line_id: int, bill_id: int) -> None:
    """Say of a locked, open line that it is the pay-out of a provider, which the bill has booked."""
    BankStatementLine.objects.filter(pk=line_id).update(bill_id=bill_id)


def _require_own_references(ticked: Sequence[tuple[StoredLine, CodeOwner]]) -> None:
    """Refuse two ticked lines with one reference: it counts once for top-ups and once for deposits (MONEY-3)."""
    firsts: dict[tuple[Owner, str], StoredLine] = {}
    for line, whose in ticked:
        first = firsts.setdefault((whose.owner, line.reference), line)
        if first is not line:
            raise ReferenceOfTwoLines(reference=line.reference, row=first.row, other_row=line.row)


def _link_entered(match: Match, line_id: int, actor: Actor, now: datetime) -> None:
    if match.bill_id is not None:
        link_payout(line_id=line_id, bill_id=match.bill_id)
    if match.kind in (MatchKind.ENTERED, MatchKind.PAYOUT) and match.request_id is not None:
        _link(line_id, match.request_id, None, actor, now)


def _link(line_id: int, request_id: int, claim_id: int | None, actor: Actor, now: datetime) -> None:
    LineRequest.objects.create(
        line_id=line_id, request_id=request_id, claim_id=claim_id, linked_by_id=actor.own_id, linked_at=now
    )


def _all_of(chunks: Iterable[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > MAX_FILE_BYTES:
            raise StatementTooLarge(max_mb=MAX_FILE_BYTES // MEGABYTE)
    return bytes(data)


def _require_readable(reading: StatementReading, account: str) -> None:
    if reading.outcome == "refuse":
        code = reading.reason or "corrupt"
        zh, en = (reasons.file_message(code, language, reading.details) for language in ("zh", "en"))
        raise StatementUnreadable(reason=code, reason_zh=zh, reason_en=en)
    if not account:
        raise AccountUnknown


def _stored(
    reading: StatementReading, account: str, today: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines as they are kept, the faults of lines, and where the balances of the kept lines do not add up.

    A fault is also a day after today, and what cannot be told from another line of the file.
    """
    faults = [
        {"sheet": each.sheet or "", "row": each.row, "col": each.col or "", "header": each.header or "",
         "value": each.value or "", "zh": each.message_zh, "en": each.message_en}
        for each in reading.faults
    ]  # fmt: skip
    lines: list[dict[str, Any]] = []
    once: list[StatementLine] = []
    rows_by_line: dict[tuple[object, ...], int] = {}
    for each in reading.lines:
        line = _line_content(len(lines), each, account)
        if len(line["reference"]) > MAX_ENTERED_REFERENCE:
            faults.append(_fault(each, "流水号太长", "The reference is too long"))
            continue
        if each.day > today:
            faults.append(_fault(each, f"日期 {each.day} 在今天之后", f"The day {each.day} is after today"))
            once.append(each)
            continue
        unique = (line["reference"], line["amount_fen"], line["day"])
        if unique in rows_by_line:
            first = rows_by_line[unique]
            faults.append(
                _fault(
                    each,
                    f"与第 {first} 行的流水号、金额、日期都相同",
                    f"Line {first} has the same reference, amount and day",
                )
            )
            continue
        rows_by_line[unique] = each.row
        lines.append(line)
        once.append(each)
    gaps = [asdict(each) for each in reader.balance_gaps(once)]
    return lines, sorted(faults, key=lambda fault: fault["row"]), gaps


def _line_content(key: int, line: StatementLine, account: str) -> dict[str, Any]:
    reference = statement_reference(
        bank_reference(line.reference),
        account=account,
        day=line.day,
        time=line.time,
        amount_fen=line.amount_fen,
        balance_fen=line.balance_fen,
    )
    return {
        "key": key,
        "sheet": (line.sheet or "")[:100],
        "row": line.row,
        "day": line.day.isoformat(),
        "time": line.time,
        "amount_fen": line.amount_fen,
        "balance_fen": line.balance_fen,
        "counterparty": line.counterparty[:MAX_NAME],
        "counterparty_account": line.counterparty_account[:MAX_ACCOUNT],
        "remark": line.remark[:MAX_REMARK],
        "reference": reference,
    }


def _fault(line: StatementLine, zh: str, en: str) -> dict[str, Any]:
    return {
        "sheet": line.sheet or "", "row": line.row, "col": "", "header": "", "value": line.reference, "zh": zh, "en": en
    }  # fmt: skip


def _line(upload: BankStatementUpload, line: StoredLine) -> BankStatementLine:
    return BankStatementLine(
        account=upload.account,
        reference=line.reference,
        amount_fen=line.amount_fen,
        booked_on=line.day,
        time=line.time,
        counterparty=line.counterparty,
        counterparty_account=line.counterparty_account,
        remark=line.remark,
        balance_fen=line.balance_fen,
        upload=upload,
        sheet=line.sheet,
        row=line.row,
    )


def _line_ids(account: str, lines: Collection[StoredLine]) -> dict[tuple[str, int, date], int]:
    rows = BankStatementLine.objects.filter(account=account, reference__in=[each.reference for each in lines])
    wanted = {each.unique for each in lines}
    found = rows.values_list("reference", "amount_fen", "booked_on", "pk")
    return {(ref, fen, day): pk for ref, fen, day, pk in found if (ref, fen, day) in wanted}


def _lock_preview(upload_id: int) -> BankStatementUpload:
    row = BankStatementUpload.objects.select_for_update().filter(pk=upload_id).first()
    if row is None:
        raise NoSuchUpload(upload_id=upload_id)
    if row.state != UploadState.PREVIEW.value:
        raise UploadEnded
    return row


def _record(
    actor: Actor, action: str, row: BankStatementUpload, now: datetime, *, entered: int = 0, lines: int = 0
) -> None:
    details = {"file": row.filename, "lines": lines or row.line_count, "entered": entered}
    record(actor=actor, action=action, kind="bank_statement_upload", subject_id=row.pk, details=details, now=now)
