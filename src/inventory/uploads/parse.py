"""A worker takes an upload, has its workbook read in a child process, and leaves a preview, questions or a refusal."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from imports import stock_sheet
from imports.limits import DEFAULT
from imports.report import Progress
from imports.stock_sheet.rows import Reading
from inventory.models import LayoutAnswer, Upload, UploadJob
from inventory.rules import CATALOGUE_FAULTS, LEASE, MAX_ATTEMPTS, UploadState
from inventory.uploads.file_keys import workbook_key
from inventory.uploads.pictures import store_pictures
from inventory.uploads.preview import build_preview
from storage.files import get_store
from storage.objects import ObjectMissing, StorageUnavailable

Clock = Callable[[], datetime]
HEARTBEAT = timedelta(seconds=1)
PREVIEW_LEASE = 5 * LEASE
"""How long the transaction that writes a preview may take: it cannot renew its lease."""
MAX_IGNORED_SHOWN = 1000
LIMIT_REASONS = ("time_limit", "memory_limit", "reader_died")
_WAITING = (UploadState.RECEIVED.value, UploadState.READING.value)
log = logging.getLogger("weicang.uploads")


def claimable_uploads(*, now: datetime) -> list[int]:
    """Uploads to read that no living worker holds."""
    rows = UploadJob.objects.filter(_lease_is_free(now), upload__state__in=_WAITING).order_by("upload_id")
    return list(rows.values_list("upload_id", flat=True)[:100])


def read_upload(*, upload_id: int, clock: Clock) -> bool:
    """Read one upload up to its preview (STOCK-4); False where another worker has it or it does not wait.

    A worker may be killed at any point: a preview is written whole or not at all, and once the lease has expired another worker begins
    again. So does one after a failure of the file storage; that says nothing about the file, so the attempt does not count.
    """
    job = _claim(upload_id, clock())
    if job is None:
        return False
    upload = job.upload
    if job.attempts > MAX_ATTEMPTS:
        sentences = CATALOGUE_FAULTS["reader_died"]
        _refuse(job, "reader_died", sentences.zh, sentences.en, clock())
        return True
    earlier = _refused_for_limit(upload.sha256)
    if earlier is not None:
        _refuse(job, earlier.reason, earlier.reason_zh, earlier.reason_en, clock())
        return True
    try:
        _read(job, clock)
    except StorageUnavailable:
        _jobs(job).update(attempts=F("attempts") - 1, lease_until=clock() + LEASE)
        raise
    return True


def prewarm() -> None:
    """Start the child for the next workbook ahead; for a worker that has just read one, and will read more."""
    stock_sheet.prewarm()


def remembered_answers(brand_id: int) -> dict[str, dict[str, str]]:
    """Which column means what in the layouts that the brand answered questions about, by fingerprint."""
    return dict(LayoutAnswer.objects.filter(brand_id=brand_id).values_list("fingerprint", "columns"))


def _lease_is_free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def _claim(upload_id: int, now: datetime) -> UploadJob | None:
    """Take the upload under a lease and a new fencing token.

    Of two workers the second waits for the row of the job and then finds its lease taken. Each query looks at one table: PostgreSQL
    evaluates only the locked row's own conditions anew after it has waited.
    """
    jobs = UploadJob.objects.filter(pk=upload_id)
    with transaction.atomic():
        if not jobs.filter(_lease_is_free(now)).select_for_update().values_list("pk"):
            return None
        if not Upload.objects.filter(pk=upload_id, state__in=_WAITING).update(state=UploadState.READING.value):
            return None
        jobs.update(
            fencing_token=F("fencing_token") + 1,
            attempts=F("attempts") + 1,
            lease_until=now + LEASE,
            stage="opening",
            lines=0,
            lines_done=0,
            faults_found=0,
            seconds_left=None,
        )
        return jobs.select_related("upload").get()


def _jobs(job: UploadJob) -> QuerySet[UploadJob]:
    """The job as long as no other worker has taken it."""
    return UploadJob.objects.filter(pk=job.pk, fencing_token=job.fencing_token)


@contextmanager
def _holding(job: UploadJob) -> Iterator[bool]:
    """A transaction in which nobody else takes or cancels the upload; False where somebody did before.

    The job's row is locked before the upload's, as in `_claim`.
    """
    with transaction.atomic():
        is_mine = _jobs(job).select_for_update().values_list("pk").first() is not None
        reading = Upload.objects.filter(pk=job.pk, state=UploadState.READING.value)
        yield is_mine and reading.select_for_update().values_list("pk").first() is not None


def _finish(job: UploadJob, **result: Any) -> None:
    """Write the result of the work and give the lease back; within `_holding`."""
    Upload.objects.filter(pk=job.pk).update(**result)
    UploadJob.objects.filter(pk=job.pk).update(
        lease_until=None, stage="", annotate_attempts=0, annotate_lease_until=None
    )


def _refused_for_limit(sha256: str) -> Upload | None:
    """The upload of the same bytes that broke a limit of its reader: they would break it again."""
    refused = Upload.objects.filter(sha256=sha256, state=UploadState.REFUSED.value, reason__in=LIMIT_REASONS)
    return refused.order_by("-id").first()


def _read(job: UploadJob, clock: Clock) -> None:
    try:
        reading = _reading(job, clock)
    except ObjectMissing:
        log.exception("a workbook is missing in the store", extra={"upload": job.pk, "sha256": job.upload.sha256})
        sentences = CATALOGUE_FAULTS["file_missing"]
        _refuse(job, "file_missing", sentences.zh, sentences.en, clock())
        return
    if reading.outcome == "refuse":
        _refuse(job, reading.reason or "corrupt", reading.message_zh, reading.message_en, clock())
    elif reading.outcome == "ask_mapping":
        _save_questions(job, reading)
    else:
        _save_preview(job, reading, clock)


def _reading(job: UploadJob, clock: Clock) -> Reading:
    """What the workbook holds. Its bytes are released here, before the preview needs memory. Raises ObjectMissing."""
    upload = job.upload
    return stock_sheet.read_in_child(
        get_store().read(workbook_key(upload.sha256)),
        upload.filename,
        answers=remembered_answers(upload.brand_id),
        limits=DEFAULT,
        progress=_heartbeat(job, clock),
    )


def _heartbeat(job: UploadJob, clock: Clock) -> Callable[[Progress], None]:
    """Writes progress and renews the lease, at most once per HEARTBEAT."""
    last_at: datetime | None = None

    def write(progress: Progress) -> None:
        nonlocal last_at
        now = clock()
        if last_at is not None and now - last_at < HEARTBEAT:
            return
        last_at = now
        left = progress.seconds_left
        _jobs(job).update(
            lease_until=now + LEASE,
            stage=progress.stage,
            lines=progress.lines,
            lines_done=progress.done,
            faults_found=progress.faults,
            seconds_left=None if left is None else max(0, round(left)),
        )

    return write


def _refuse(job: UploadJob, code: str, zh: str, en: str, now: datetime) -> None:
    with _holding(job) as held:
        if held:
            _finish(job, state=UploadState.REFUSED.value, reason=code, reason_zh=zh, reason_en=en, ended_at=now)


def _save_questions(job: UploadJob, reading: Reading) -> None:
    questions = [
        {
            "sheet": question.sheet,
            "row": question.row,
            "code": question.code,
            "field": question.field,
            "fingerprint": question.fingerprint,
            "message_zh": question.message_zh,
            "message_en": question.message_en,
            "headings": list(question.headings),
            "candidates": [
                {"col": each.col, "header": each.header, "samples": list(each.samples)} for each in question.candidates
            ],
        }
        for question in reading.questions
    ]
    with _holding(job) as held:
        if held:
            _finish(job, state=UploadState.QUESTION.value, questions=questions)


def _save_preview(job: UploadJob, reading: Reading, clock: Clock) -> None:
    _jobs(job).update(stage="staging", seconds_left=None, lease_until=clock() + PREVIEW_LEASE)
    store_pictures(reading.pictures, now=clock())
    with _holding(job) as held:
        # The lease expired and another worker took the upload, or the clerk cancelled it: this reading is not written.
        if not held:
            return
        counts = build_preview(job.upload, reading)
        ignored = reading.ignored
        _finish(
            job,
            **counts,
            state=UploadState.PREVIEW.value,
            ignored=[[each.sheet, each.row, each.to_row, each.why] for each in ignored[:MAX_IGNORED_SHOWN]],
            ignored_lines=sum(each.to_row - each.row + 1 for each in ignored),
            questions=[],
            read_at=clock(),
            annotated_name="",
            annotated_sha256="",
            annotation_failure="",
        )
