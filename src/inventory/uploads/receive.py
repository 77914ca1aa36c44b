"""What a clerk does with an upload before it is applied: send it, answer questions, set missing SKUs to zero, cancel it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.rules import Actor
from accounts.services.audit import record
from brands.rules import BrandStatus
from brands.selectors.brands import NoSuchBrand, require_own_brand, require_staff
from db import sql
from inventory.models import LayoutAnswer, Sku, Upload, UploadChange, UploadJob
from inventory.rules import OPEN_STATES, ChangeKind, UploadState, are_valid_answers
from inventory.sql.stock import next_movement_seq
from inventory.uploads.file_keys import WORKBOOKS
from inventory.uploads.parse import QUEUE
from inventory.uploads.selectors import NoSuchUpload, get_upload
from inventory.uploads.views import UploadView
from kernel.refusal import Conflict, Forbidden, Invalid, TooMany
from storage.files import TooLong, base_name, store_chunks
from storage.quota import Used, next_day, used_today

MEGABYTE = 1024 * 1024
OPEN = [state.value for state in OPEN_STATES]


class WorkbookTooLarge(Invalid):
    code = "inventory.workbook_too_large"
    zh = "文件超过 {limit_mb} MB，请按季节或品类拆成几个文件后再上传"
    en = "The file is larger than {limit_mb} MB; split it by season or category and upload the parts"
    limit_mb: int


class WorkbookEmpty(Invalid):
    code = "inventory.workbook_empty"
    zh = "没有收到文件内容，请重新选择文件"
    en = "No file content arrived; choose the file again"


class UploadQuotaReached(TooMany):
    code = "inventory.upload_quota_reached"
    zh = "贵品牌今天已上传 {files} 个文件、共 {mb} MB（每天最多 {max_files} 个、{max_mb} MB），这个文件放不下；{again_at} 起可再上传"
    en = (
        "Your brand has uploaded {files} files of {mb} MB together today (at most {max_files} files and {max_mb} MB a day), so this one"
        " is refused; it can be uploaded from {again_at}"
    )
    files: int
    mb: int
    max_files: int
    max_mb: int
    again_at: datetime


class BrandNotAdmitted(Forbidden):
    code = "inventory.brand_not_admitted"
    zh = "品牌尚未通过入驻审核，暂不能上传库存"
    en = "The brand is not admitted, so it cannot upload stock"


class UploadInProgress(Conflict):
    code = "inventory.upload_in_progress"
    zh = "「{filename}」（第 {upload_id} 号上传）尚未处理完，请先提交或取消它"
    en = "{filename} (upload {upload_id}) is not finished; apply or cancel it first"
    upload_id: int
    filename: str


class UploadNotReady(Conflict):
    code = "inventory.upload_not_ready"
    zh = "此上传现在的状态不能这样处理，请刷新页面看看"
    en = "The upload is {state}; that cannot be done now"
    state: str


class InvalidAnswers(Invalid):
    code = "inventory.invalid_answers"
    zh = "回答与所问的列对不上，请重新选择"
    en = "The answers do not fit what was asked; choose again"


class MissingSkuAllotted(Conflict):
    code = "inventory.missing_sku_allotted"
    zh = "其中 {skus} 种货品有 {units} 件已分配给专场，不能清零"
    en = "{units} units of {skus} of these SKUs are allotted to sales and cannot be set to zero"
    skus: int
    units: int


def receive_upload(
    *, actor: Actor, filename: str, chunks: Iterable[bytes], cut_short: bool = False, now: datetime
) -> UploadView:
    """Store a brand's stock workbook and leave it waiting for a worker (STOCK-4).

    Refuses more than MAX_WORKBOOK_BYTES (`cut_short`: the server dropped the rest of it), an empty file, more files or bytes than a brand
    may upload in a day (STOCK-11), and a second upload while one of the brand is open.
    """
    brand = require_own_brand(actor)
    if brand.status is not BrandStatus.ADMITTED:
        raise BrandNotAdmitted
    _refuse_second(brand.id)
    if cut_short:
        raise WorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE)
    used = _used_today(brand.id, now)
    left = min(settings.MAX_WORKBOOK_BYTES, used.left_bytes)
    if not left:
        raise _quota_reached(used, now)
    try:
        sha256, size = store_chunks(WORKBOOKS, chunks, limit=left, now=now)
    except TooLong as cause:
        if left < settings.MAX_WORKBOOK_BYTES:
            raise _quota_reached(used, now) from cause
        raise WorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE) from cause
    if size == 0:
        raise WorkbookEmpty
    try:
        with transaction.atomic():
            lock_uploads_of_brand(brand.id)
            used = _used_today(brand.id, now)
            if size > used.left_bytes:
                raise _quota_reached(used, now)
            row = Upload.objects.create(
                brand_id=brand.id,
                person_id=actor.person_id,
                filename=base_name(filename),
                sha256=sha256,
                size_bytes=size,
                received_at=now,
                baseline_seq=_baseline_seq(brand.id, sha256),
            )
            UploadJob.objects.create(upload=row)
            details = {"filename": row.filename, "sha256": sha256, "bytes": size}
            _record(actor, "receive_upload", row.pk, details, now)
    except IntegrityError as cause:
        # Two uploads arrived at once; the constraint let one in.
        _refuse_second(brand.id, cause)
        raise
    return get_upload(row.pk)


@transaction.atomic
def answer_upload(
    *, actor: Actor, upload_id: int, answers: Mapping[str, Mapping[str, str]], now: datetime
) -> UploadView:
    """Say which column means what (`{fingerprint: {column letters: field}}`); remembered for the brand's next upload."""
    row = lock_upload(actor, upload_id, UploadState.QUESTION)
    if not are_valid_answers(answers, [question["fingerprint"] for question in row.questions]):
        raise InvalidAnswers
    for fingerprint, columns in answers.items():
        before = LayoutAnswer.objects.filter(brand_id=row.brand_id, fingerprint=fingerprint).first()
        LayoutAnswer.objects.update_or_create(
            brand_id=row.brand_id,
            fingerprint=fingerprint,
            defaults={
                "columns": (before.columns if before else {}) | dict(columns),
                "person_id": actor.person_id,
                "answered_at": now,
            },
        )
    make_waiting(row.pk)
    _record(actor, "answer_upload", row.pk, {"answers": {key: dict(each) for key, each in answers.items()}}, now)
    return get_upload(row.pk)


@transaction.atomic
def zero_missing(
    *, actor: Actor, upload_id: int, sku_ids: Sequence[int] | None, zero: bool, now: datetime
) -> UploadView:
    """Choose whether SKUs that the file does not name are set to zero when it is applied (STOCK-7).

    `sku_ids` None means all of them without units allotted to sales; naming one that has such units is refused.
    """
    sql.lift_statement_limit()
    row = lock_upload(actor, upload_id, UploadState.PREVIEW)
    missing = UploadChange.objects.of(row).filter(kind=ChangeKind.MISSING.value)
    if sku_ids is not None:
        missing = missing.filter(sku_id__in=sku_ids)
    if zero:
        allotted = Sku.objects.filter(pk__in=missing.values("sku_id"), allotted__gt=0)
        if sku_ids is None:
            missing = missing.exclude(sku_id__in=allotted.values("pk"))
        elif units := list(allotted.values_list("allotted", flat=True)):
            raise MissingSkuAllotted(skus=len(units), units=sum(units))
    updated = missing.update(zeroed=zero)
    _record(actor, "zero_missing", row.pk, {"skus": updated, "zero": zero}, now)
    return get_upload(row.pk)


@transaction.atomic
def cancel_upload(*, actor: Actor, upload_id: int, now: datetime) -> UploadView:
    """Cancel an upload before it is applied; nothing changes. A worker that is reading it finds its result refused."""
    row = lock_upload(actor, upload_id, *OPEN_STATES)
    row.state, row.ended_at = UploadState.CANCELLED.value, now
    row.save(update_fields=["state", "ended_at"])
    _record(actor, "cancel_upload", row.pk, {}, now)
    return get_upload(row.pk)


def make_waiting(upload_id: int) -> None:
    """Let a worker read the upload anew; the caller holds its row."""
    QUEUE.make_waiting(upload_id, state=UploadState.RECEIVED.value)


def lock_upload(actor: Actor, upload_id: int, *expected: UploadState) -> Upload:
    """The upload, locked, if it is of the clerk's own brand and in one of the expected states."""
    row = Upload.objects.select_for_update().filter(pk=upload_id).first()
    if row is None:
        raise NoSuchUpload(upload_id=upload_id)
    try:
        require_staff(actor, row.brand_id)
    except NoSuchBrand as cause:
        raise NoSuchUpload(upload_id=upload_id) from cause
    if UploadState(row.state) not in expected:
        raise UploadNotReady(state=row.state)
    return row


def lock_uploads_of_brand(brand_id: int) -> None:
    """Until the transaction ends, nobody else receives or undoes an upload of the brand: the quota is counted by one at a time."""
    sql.rows("SELECT pg_advisory_xact_lock(hashtext('inventory.uploads'), %(brand)s)", {"brand": brand_id})


def _refuse_second(brand_id: int, cause: Exception | None = None) -> None:
    open_one = Upload.objects.filter(brand_id=brand_id, state__in=OPEN).first()
    if open_one is not None:
        raise UploadInProgress(upload_id=open_one.pk, filename=open_one.filename) from cause


def _used_today(brand_id: int, now: datetime) -> Used:
    return used_today(Upload.objects.filter(brand_id=brand_id), now)


def _quota_reached(used: Used, now: datetime) -> UploadQuotaReached:
    again_at = next_day(now)
    return UploadQuotaReached(
        retry_after_seconds=int((again_at - now).total_seconds()) + 1,
        files=used.files,
        mb=used.bytes // MEGABYTE,
        max_files=settings.MAX_UPLOADS_PER_DAY,
        max_mb=settings.MAX_UPLOAD_BYTES_PER_DAY // MEGABYTE,
        again_at=again_at,
    )


def _baseline_seq(brand_id: int, sha256: str) -> int:
    """The movement after which the quantities of the file were true (STOCK-3).

    The file that was applied last says nothing new when it comes again: what has moved since it first came stays moved.
    """
    last = Upload.objects.filter(brand_id=brand_id, state=UploadState.APPLIED.value).order_by("-id").first()
    if last is not None and last.sha256 == sha256:
        return last.baseline_seq
    return next_movement_seq()


def _record(actor: Actor, action: str, upload_id: int, details: dict[str, Any], now: datetime) -> None:
    record(actor=actor, action=f"inventory.{action}", kind="upload", subject_id=upload_id, details=details, now=now)
