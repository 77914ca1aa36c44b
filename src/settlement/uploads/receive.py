"""What a clerk does with a reconciliation list: send it for a statement, and say which column means what (SETTLE-13)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from brands.selectors.brands import require_own_brand
from inventory.rules import are_valid_answers
from inventory.uploads.receive import lock_uploads_of_brand
from kernel.refusal import Conflict, Invalid, TooMany
from settlement.models import ListLayoutAnswer, StatementComparison, StatementComparisonJob
from settlement.rules.comparison import MAX_TOLERANCE_FEN, ComparisonState
from settlement.rules.statements import StatementState
from settlement.selectors.comparisons import ListComparisonView, NoSuchComparison, get_comparison
from settlement.selectors.statements import get_statement_for
from settlement.uploads.queue import LISTS, QUEUE
from storage.files import TooLong, base_name, store_chunks
from storage.quota import Used, next_day, used_today

MEGABYTE = 1024 * 1024


class ListTooLarge(Invalid):
    code = "settlement.list_too_large"
    zh = "文件超过 {limit_mb} MB，请拆成几个文件后再传"
    en = "The file is larger than {limit_mb} MB; split it and send the parts"
    limit_mb: int


class ListEmpty(Invalid):
    code = "settlement.list_empty"
    zh = "没有收到文件，请重新选择。"
    en = "No file arrived; choose it again"


class ListQuotaReached(TooMany):
    code = "settlement.list_quota_reached"
    zh = "贵品牌今天已传 {files} 个对账表（每天最多 {max_files} 个、{max_mb} MB），请 {again_at} 后再传"
    en = "Your brand has sent {files} lists today (at most {max_files} files and {max_mb} MB a day); send more from {again_at}"
    files: int
    max_files: int
    max_mb: int
    again_at: datetime


class StatementNotSent(Conflict):
    code = "settlement.statement_not_sent"
    zh = "结算单 {statement_id} 还没有定稿，数字还会变；定稿后再对账"
    en = "Statement {statement_id} was not sent, and its figures may change; compare it after that"
    statement_id: int


class ImpossibleTolerance(Invalid):
    code = "settlement.impossible_tolerance"
    zh = "每行允许的误差在 ¥0 到 ¥{max} 之间"
    en = "The tolerance per line is between ¥0 and ¥{max}"
    max_fen: int


class ComparisonNotReady(Conflict):
    code = "settlement.comparison_not_ready"
    zh = "这份对账表现在的状态不能这样处理，请刷新页面看看"
    en = "The reconciliation list is {state}; that cannot be done now"
    state: str


class InvalidListAnswers(Invalid):
    code = "settlement.invalid_list_answers"
    zh = "回答与所问的列对不上，请重新选择"
    en = "The answers do not fit what was asked; choose again"


def receive_list(
    *,
    actor: Actor,
    statement_id: int,
    filename: str,
    chunks: Iterable[bytes],
    tolerance_fen: int = 0,
    cut_short: bool = False,
    now: datetime,
) -> ListComparisonView:
    """Store a reconciliation list for a statement that was sent; a worker reads and compares it (SETTLE-13).

    Refuses more than MAX_WORKBOOK_BYTES (`cut_short`: the server dropped the rest of it), an empty file, and more files or bytes than a
    brand may send in a day.
    """
    brand = require_own_brand(actor)
    statement = get_statement_for(actor, statement_id)
    if statement.state is StatementState.DRAFT:
        raise StatementNotSent(statement_id=statement_id)
    if not 0 <= tolerance_fen <= MAX_TOLERANCE_FEN:
        raise ImpossibleTolerance(max_fen=MAX_TOLERANCE_FEN)
    if cut_short:
        raise ListTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE)
    used = _used_today(brand.id, now)
    left = min(settings.MAX_WORKBOOK_BYTES, used.left_bytes)
    if not left:
        raise _quota_reached(used, now)
    try:
        sha256, size = store_chunks(LISTS, chunks, limit=left, now=now)
    except TooLong as cause:
        if left < settings.MAX_WORKBOOK_BYTES:
            raise _quota_reached(used, now) from cause
        raise ListTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE) from cause
    if size == 0:
        raise ListEmpty
    with transaction.atomic():
        # Counted again under a lock: several files that arrive at once would all find the same rest.
        lock_uploads_of_brand(brand.id)
        used = _used_today(brand.id, now)
        if size > used.left_bytes:
            raise _quota_reached(used, now)
        row = StatementComparison.objects.create(
            statement_id=statement_id,
            brand_id=brand.id,
            person_id=actor.own_id,
            filename=base_name(filename),
            sha256=sha256,
            size_bytes=size,
            tolerance_fen=tolerance_fen,
            received_at=now,
        )
        StatementComparisonJob.objects.create(upload=row)
        details = {"file": row.filename, "bytes": size}
        _record(actor, "settlement.receive_list", statement_id, details, now)
    return get_comparison(actor, row.pk)


@transaction.atomic
def answer_list(
    *, actor: Actor, comparison_id: int, answers: Mapping[str, Mapping[str, str]], now: datetime
) -> ListComparisonView:
    """Say which column means what; remembered for the brand's next list of the layout. The list then waits to be read again.

    `answers` are `{fingerprint: {column letters: field}}`.
    """
    row = _lock_asked(actor, comparison_id)
    if not are_valid_answers(answers, [question["fingerprint"] for question in row.questions]):
        raise InvalidListAnswers
    for fingerprint, columns in answers.items():
        before = ListLayoutAnswer.objects.filter(brand_id=row.brand_id, fingerprint=fingerprint).first()
        ListLayoutAnswer.objects.update_or_create(
            brand_id=row.brand_id,
            fingerprint=fingerprint,
            defaults={"columns": (before.columns if before else {}) | dict(columns), "answered_at": now},
        )
    QUEUE.make_waiting(row.pk, state=ComparisonState.RECEIVED.value)
    return get_comparison(actor, row.pk)


@transaction.atomic
def cancel_list(*, actor: Actor, comparison_id: int, now: datetime) -> ListComparisonView:
    """Cancel a list that waits for an answer; nothing else changes."""
    row = _lock_asked(actor, comparison_id)
    row.state, row.questions, row.ended_at = ComparisonState.CANCELLED.value, [], now
    row.save(update_fields=["state", "questions", "ended_at"])
    _record(actor, "settlement.cancel_list", row.statement_id, {"file": row.filename}, now)
    return get_comparison(actor, row.pk)


def _lock_asked(actor: Actor, comparison_id: int) -> StatementComparison:
    """The list of the clerk's own brand, locked until the transaction ends, if it waits for an answer."""
    brand = require_own_brand(actor)
    row = StatementComparison.objects.select_for_update().filter(pk=comparison_id, brand_id=brand.id).first()
    if row is None:
        raise NoSuchComparison(comparison_id=comparison_id)
    if row.state != ComparisonState.QUESTION.value or row.erased_at is not None:
        raise ComparisonNotReady(state=row.state)
    return row


def _record(actor: Actor, action: str, statement_id: int, details: dict[str, object], now: datetime) -> None:
    record(actor=actor, action=action, kind="statement", subject_id=statement_id, details=details, now=now)


def _used_today(brand_id: int, now: datetime) -> Used:
    return used_today(StatementComparison.objects.filter(brand_id=brand_id), now)


def _quota_reached(used: Used, now: datetime) -> ListQuotaReached:
    again_at = next_day(now)
    return ListQuotaReached(
        retry_after_seconds=int((again_at - now).total_seconds()) + 1,
        files=used.files,
        max_files=settings.MAX_UPLOADS_PER_DAY,
        max_mb=settings.MAX_UPLOAD_BYTES_PER_DAY // MEGABYTE,
        again_at=again_at,
    )
