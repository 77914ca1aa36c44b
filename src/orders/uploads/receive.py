"""What a reseller does with a workbook of orders before it is ordered: send it, answer questions, choose goods, leave lines out, cancel."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from flashsales.selectors.goods import skus_of_items
from inventory.rules import are_valid_answers
from kernel.refusal import Conflict, Invalid, TooMany
from membership.selectors.people import require_buyer, require_reseller
from orders import sql
from orders.models.uploads import GoodsAlias, OrderLayoutAnswer, OrderUpload, OrderUploadJob, OrderUploadLine
from orders.rules.uploads import OPEN_UPLOAD_STATES, OrderUploadState
from orders.uploads.parse import QUEUE
from orders.uploads.preview import match_lines, save_matches, wording_of
from orders.uploads.selectors import WORKBOOKS, NoSuchOrderUpload, get_order_upload
from orders.uploads.views import OrderUploadView
from storage.files import TooLong, base_name, store_chunks
from storage.quota import Used, next_day, used_today

MEGABYTE = 1024 * 1024


class OrderWorkbookTooLarge(Invalid):
    code = "orders.workbook_too_large"
    zh = "文件超过 {limit_mb} MB，请拆成几个文件后再上传"
    en = "The file is larger than {limit_mb} MB; split it and upload the parts"
    limit_mb: int


class OrderWorkbookEmpty(Invalid):
    code = "orders.workbook_empty"
    zh = "没有收到文件内容，请重新选择文件"
    en = "No file content arrived; choose the file again"


class OrderUploadQuotaReached(TooMany):
    code = "orders.upload_quota_reached"
    zh = "您今天已上传 {files} 个订单文件、共 {mb} MB（每天最多 {max_files} 个、{max_mb} MB），这个文件放不下；{again_at} 起可再上传"
    en = (
        "You have uploaded {files} workbooks of orders of {mb} MB together today (at most {max_files} files and {max_mb} MB a day), so"
        " this one is refused; it can be uploaded from {again_at}"
    )
    files: int
    mb: int
    max_files: int
    max_mb: int
    again_at: datetime


class OrderUploadNotReady(Conflict):
    code = "orders.upload_not_ready"
    zh = "此文件现在的状态不能这样处理，请刷新页面看看"
    en = "The upload is {state}; that cannot be done now"
    state: str


class InvalidLayoutAnswers(Invalid):
    code = "orders.invalid_layout_answers"
    zh = "回答与所问的列对不上，请重新选择"
    en = "The answers do not fit what was asked; choose again"


class NoSuchUploadLine(Invalid):
    code = "orders.no_such_upload_line"
    zh = "文件里没有第 {number} 号订单行"
    en = "The workbook has no order line {number}"
    number: int


class GoodsNotOffered(Invalid):
    code = "orders.goods_not_offered"
    zh = "第 {number} 号订单行不能选这件商品，请从列出的商品里选"
    en = "These goods cannot be chosen for line {number}; choose among those that are listed"
    number: int


def receive_upload(
    *, actor: Actor, filename: str, chunks: Iterable[bytes], cut_short: bool = False, now: datetime
) -> OrderUploadView:
    """Store a workbook of orders and leave it waiting for a worker (WORKBOOK-1).

    Refuses more than MAX_WORKBOOK_BYTES (`cut_short`: the server dropped the rest of it), an empty file, and more files or bytes than
    one may upload in a day (WORKBOOK-8).
    """
    reseller = require_reseller(actor)
    if cut_short:
        raise OrderWorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE)
    used = _used_today(reseller.id, now)
    left = min(settings.MAX_WORKBOOK_BYTES, used.left_bytes)
    if not left:
        raise _quota_reached(used, now)
    try:
        sha256, size = store_chunks(WORKBOOKS, chunks, limit=left, now=now)
    except TooLong as cause:
        if left < settings.MAX_WORKBOOK_BYTES:
            raise _quota_reached(used, now) from cause
        raise OrderWorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE) from cause
    if size == 0:
        raise OrderWorkbookEmpty
    with transaction.atomic():
        sql.lock_order_uploads(reseller_id=reseller.id)
        used = _used_today(reseller.id, now)
        if size > used.left_bytes:
            raise _quota_reached(used, now)
        row = OrderUpload.objects.create(
            reseller_id=reseller.id, filename=base_name(filename), sha256=sha256, size_bytes=size, received_at=now
        )
        OrderUploadJob.objects.create(upload=row)
        details = {"sha256": sha256, "bytes": size}
        record(
            actor=actor,
            action="orders.receive_upload",
            kind="order_upload",
            subject_id=row.pk,
            details=details,
            now=now,
        )
    return get_order_upload(actor, row.pk)


@transaction.atomic
def answer_upload(
    *, actor: Actor, upload_id: int, answers: Mapping[str, Mapping[str, str]], now: datetime
) -> OrderUploadView:
    """Say which column means what (`{fingerprint: {column letters: field}}`); remembered for her next workbook."""
    row = lock_upload(actor, upload_id, OrderUploadState.QUESTION)
    if not are_valid_answers(answers, [question["fingerprint"] for question in row.questions]):
        raise InvalidLayoutAnswers
    for fingerprint, columns in answers.items():
        before = OrderLayoutAnswer.objects.filter(reseller_id=row.reseller_id, fingerprint=fingerprint).first()
        OrderLayoutAnswer.objects.update_or_create(
            reseller_id=row.reseller_id,
            fingerprint=fingerprint,
            defaults={"columns": (before.columns if before else {}) | dict(columns), "answered_at": now},
        )
    QUEUE.make_waiting(row.pk, state=OrderUploadState.RECEIVED.value)
    return get_order_upload(actor, row.pk)


@transaction.atomic
def choose_goods(*, actor: Actor, upload_id: int, choices: Mapping[int, int], now: datetime) -> OrderUploadView:
    """Say which goods lines mean, by their numbers; remembered for the same words (WORKBOOK-2), also in the other lines.

    Refuses items that were not proposed for the line.
    """
    row, chosen = lock_upload(actor, upload_id, OrderUploadState.PREVIEW), []
    lines = {line.number: line for line in OrderUploadLine.objects.filter(upload=row, number__in=choices)}
    sku_of = skus_of_items(set(choices.values()))
    for number, item_id in choices.items():
        line = lines.get(number)
        if line is None:
            raise NoSuchUploadLine(number=number)
        key = wording_of(line).key
        if item_id not in line.choices or item_id not in sku_of or not key:
            raise GoodsNotOffered(number=number)
        chosen.append(GoodsAlias(reseller_id=row.reseller_id, goods=key, sku_id=sku_of[item_id], chosen_at=now))
    GoodsAlias.objects.bulk_create(
        {alias.goods: alias for alias in chosen}.values(),
        update_conflicts=True,
        unique_fields=["reseller", "goods"],
        update_fields=["sku", "chosen_at"],
    )
    _match_anew(actor, row, now)
    return get_order_upload(actor, row.pk)


@transaction.atomic
def leave_out(
    *, actor: Actor, upload_id: int, numbers: Iterable[int], left_out: bool = True, now: datetime
) -> OrderUploadView:
    """Say that lines are not to be ordered, or that they are after all. Their units are left for the other lines."""
    row, wanted = lock_upload(actor, upload_id, OrderUploadState.PREVIEW), set(numbers)
    known = OrderUploadLine.objects.filter(upload=row, number__in=wanted)
    if missing := wanted - set(known.values_list("number", flat=True)):
        raise NoSuchUploadLine(number=min(missing))
    known.update(left_out=left_out)
    _match_anew(actor, row, now)
    return get_order_upload(actor, row.pk)


@transaction.atomic
def refresh_preview(*, actor: Actor, upload_id: int, now: datetime) -> OrderUploadView:
    """Read prices and what is left anew for a preview."""
    row = lock_upload(actor, upload_id, OrderUploadState.PREVIEW)
    _match_anew(actor, row, now)
    return get_order_upload(actor, row.pk)


@transaction.atomic
def cancel_upload(*, actor: Actor, upload_id: int, now: datetime) -> OrderUploadView:
    """Cancel a workbook before it is ordered; nothing else changes. A worker that is reading it finds its result refused."""
    row = lock_upload(actor, upload_id, *OPEN_UPLOAD_STATES)
    row.state, row.ended_at = OrderUploadState.CANCELLED.value, now
    row.save(update_fields=["state", "ended_at"])
    record(actor=actor, action="orders.cancel_upload", kind="order_upload", subject_id=row.pk, details={}, now=now)
    return get_order_upload(actor, row.pk)


def lock_upload(actor: Actor, upload_id: int, *expected: OrderUploadState) -> OrderUpload:
    """The reseller's own upload, locked until the transaction ends, if it is in one of the expected states."""
    reseller_id = require_reseller(actor).id
    row = OrderUpload.objects.select_for_update().filter(pk=upload_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchOrderUpload(upload_id=upload_id)
    if OrderUploadState(row.state) not in expected:
        raise OrderUploadNotReady(state=row.state)
    return row


def _match_anew(actor: Actor, row: OrderUpload, now: datetime) -> None:
    rows = list(OrderUploadLine.objects.filter(upload=row).order_by("number"))
    match_lines(rows, row, require_buyer(actor, now), at=now)
    save_matches(rows, row, at=now)


def _used_today(reseller_id: int, now: datetime) -> Used:
    return used_today(OrderUpload.objects.filter(reseller_id=reseller_id), now)


def _quota_reached(used: Used, now: datetime) -> OrderUploadQuotaReached:
    again_at = next_day(now)
    return OrderUploadQuotaReached(
        retry_after_seconds=int((again_at - now).total_seconds()) + 1,
        files=used.files,
        mb=used.bytes // MEGABYTE,
        max_files=settings.MAX_UPLOADS_PER_DAY,
        max_mb=settings.MAX_UPLOAD_BYTES_PER_DAY // MEGABYTE,
        again_at=again_at,
    )
