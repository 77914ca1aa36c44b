"""A worker takes an upload, has its workbook read in a child process, and leaves a preview, questions or a refusal."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from events.rules.kinds import EventKind
from events.rules.uploads import ASKED, READ, REFUSED, UploadOutcome
from events.services import EventDraft, publish
from imports import stock_sheet
from imports.limits import DEFAULT
from imports.report import Question
from imports.stock_sheet.rows import Reading
from inventory.models import LayoutAnswer, Upload, UploadJob
from inventory.rules import CATALOGUE_FAULTS, UploadState
from inventory.uploads.file_keys import workbook_key
from inventory.uploads.pictures import store_pictures
from inventory.uploads.preview import build_preview
from jobs.leases import LEASE, MAX_ATTEMPTS, Clock, ReadingQueue
from storage.files import get_store
from storage.objects import ObjectMissing, StorageUnavailable

PREVIEW_LEASE = 5 * LEASE
"""How long the transaction that writes a preview may take: it cannot renew its lease."""
MAX_IGNORED_SHOWN = 1000
QUEUE = ReadingQueue(
    uploads=Upload,
    jobs=UploadJob,
    waiting=(UploadState.RECEIVED.value, UploadState.READING.value),
    reading=UploadState.READING.value,
)
log = logging.getLogger("weicang.uploads")


def claimable_uploads(*, now: datetime) -> list[int]:
    """Uploads to read that no living worker holds."""
    return QUEUE.claimable(now=now)


def read_upload(*, upload_id: int, clock: Clock) -> bool:
    """Read one upload up to its preview (STOCK-4); False where another worker has it or it does not wait.

    A worker may be killed at any point: a preview is written whole or not at all, and once the lease has expired another worker begins
    again. So does one after a failure of the file storage; that says nothing about the file, so the attempt does not count.
    """
    job = QUEUE.claim(upload_id, now=clock())
    if job is None:
        return False
    upload = job.upload
    if job.attempts > MAX_ATTEMPTS:
        sentences = CATALOGUE_FAULTS["reader_died"]
        _refuse(job, "reader_died", sentences.zh, sentences.en, clock())
        return True
    if earlier := QUEUE.refused_before(upload.sha256):
        _refuse(job, *earlier, clock())
        return True
    try:
        _read(job, clock)
    except StorageUnavailable:
        QUEUE.give_back_attempt(job, now=clock())
        raise
    return True


def prewarm() -> None:
    """Start the child for the next workbook ahead; for a worker that has just read one, and will read more."""
    stock_sheet.prewarm()


def remembered_answers(brand_id: int) -> dict[str, dict[str, str]]:
    """Which column means what in the layouts that the brand answered questions about, by fingerprint."""
    return dict(LayoutAnswer.objects.filter(brand_id=brand_id).values_list("fingerprint", "columns"))


def _finish(job: UploadJob, **result: Any) -> None:
    """Write the result of the work and give the lease back; within `QUEUE.holding`."""
    QUEUE.finish(job, **result)
    UploadJob.objects.filter(pk=job.pk).update(annotate_attempts=0, annotate_lease_until=None)


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
        _save_questions(job, reading, clock())
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
        progress=QUEUE.heartbeat(job, clock),
    )


def stored_questions(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The questions of a reader as an upload keeps them, and `views.question_view` shows them."""
    return [
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
        for question in questions
    ]


def _refuse(job: UploadJob, code: str, zh: str, en: str, now: datetime) -> None:
    with QUEUE.holding(job) as held:
        if held:
            _finish(job, state=UploadState.REFUSED.value, reason=code, reason_zh=zh, reason_en=en, ended_at=now)
            _publish(job, REFUSED, now)


def _publish(job: UploadJob, outcome: UploadOutcome, now: datetime) -> None:
    """Tell the clerks of the brand; within `QUEUE.holding`."""
    data = {"upload_id": job.pk, "outcome_zh": outcome.zh, "outcome_en": outcome.en}
    publish([EventDraft(EventKind.UPLOAD_READY, job.pk, brand_id=job.upload.brand_id, data=data)], now=now)


def _save_questions(job: UploadJob, reading: Reading, now: datetime) -> None:
    with QUEUE.holding(job) as held:
        if held:
            questions = stored_questions(reading.questions)
            _finish(job, state=UploadState.QUESTION.value, questions=questions)
            _publish(job, ASKED, now)


def _save_preview(job: UploadJob, reading: Reading, clock: Clock) -> None:
    QUEUE.extend(job, stage="staging", until=clock() + PREVIEW_LEASE)
    store_pictures(reading.pictures, now=clock())
    with QUEUE.holding(job) as held:
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
        _publish(job, READ, clock())
