"""Reads a workbook with tracking numbers in a confined child process, ships its rows, and keeps what it did or asks (ORDER-13)."""

import logging
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.selectors import get_actor
from aftersales.models.shipping_uploads import ShippingUpload, ShippingUploadJob
from aftersales.rules import ShippingUploadState
from aftersales.selectors.shipping_uploads import own_spellings, remembered_answers
from aftersales.services.shipping_workbooks import ship_reading
from events.rules.kinds import EventKind
from events.rules.uploads import ASKED, DONE, REFUSED, UploadOutcome
from events.services import EventDraft, publish
from imports.tracking_sheet import TrackingReading
from inventory.rules import CATALOGUE_FAULTS
from inventory.uploads.parse import stored_questions
from jobs.leases import LEASE, MAX_ATTEMPTS, Clock, ReadingQueue
from kernel.refusal import Refusal
from orders.services.order_workbooks import RowMessage, ShippingResult, read_tracking_sheet, unknown_carriers
from storage.files import ERASED_NAME, content_key, delete_objects, get_store
from storage.objects import ObjectMissing, StorageUnavailable, StoredObject

WORKBOOKS = "shipping-workbooks"
"""The folder of the store in which the workbooks lie, by the hash of their bytes."""
READ_AT_ONCE_BYTES = 40_000
"""A workbook of at most this size, some 500 lines, is read and shipped while the clerk waits; a worker reads larger ones."""
SHIPPING_LEASE = 10 * LEASE
"""How long the rows may take to be shipped: that step does not renew its lease."""
MAX_KEPT, MAX_VALUE_KEPT = 1000, 200
_BATCH = 200
QUEUE = ReadingQueue(
    uploads=ShippingUpload,
    jobs=ShippingUploadJob,
    waiting=(ShippingUploadState.RECEIVED.value, ShippingUploadState.READING.value),
    reading=ShippingUploadState.READING.value,
)
log = logging.getLogger("weicang.uploads")


def claimable_uploads(*, now: datetime) -> list[int]:
    """Workbooks with tracking numbers that nobody reads."""
    return QUEUE.claimable(now=now)


def read_shipping_upload(*, upload_id: int, clock: Clock) -> bool:
    """Read one workbook and ship its rows; False where somebody else has it or it does not wait.

    A worker may be killed at any point. Rows are shipped in transactions of their own, and the same rows again change nothing, so another
    worker begins again once the lease has expired. A failure of the file storage says nothing about the file: the attempt does not count.
    """
    job = QUEUE.claim(upload_id, now=clock())
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        _refuse_as(job, "reader_died", clock())
        return True
    if earlier := QUEUE.refused_before(job.upload.sha256):
        _refuse(job, *earlier, clock())
        return True
    try:
        _read(job, clock)
    except StorageUnavailable:
        QUEUE.give_back_attempt(job, now=clock())
        raise
    return True


def erase_expired(*, now: datetime) -> int:
    """Delete workbooks after KEEP_REFUSED_WORKBOOKS, with what quotes their cells; cancel those that nobody answered. Returns how many.

    What was shipped stays, and so do the counts and the answers. A file stays while another upload of the same bytes needs it.
    """
    before = now - settings.KEEP_REFUSED_WORKBOOKS
    open_states = (ShippingUploadState.RECEIVED, ShippingUploadState.READING, ShippingUploadState.QUESTION)
    ShippingUpload.objects.filter(state__in=[each.value for each in open_states], received_at__lt=before).update(
        state=ShippingUploadState.CANCELLED.value, ended_at=now
    )
    erased = 0
    while batch := _erase_batch(before, now):
        erased += batch
    delete_objects(WORKBOOKS, lambda page: _unneeded(page, before))
    return erased


def _read(job: ShippingUploadJob, clock: Clock) -> None:
    upload = job.upload
    try:
        workbook = get_store().read(content_key(WORKBOOKS, upload.sha256))
    except ObjectMissing:
        log.exception("a workbook is missing in the store", extra={"upload": job.pk, "sha256": upload.sha256})
        _refuse_as(job, "file_missing", clock())
        return
    reading = read_tracking_sheet(
        filename=upload.filename,
        data=workbook,
        answers=remembered_answers(upload.brand_id),
        spellings=own_spellings(upload.brand_id),
        progress=QUEUE.heartbeat(job, clock),
    )
    finish_reading(job, reading, clock)


def finish_reading(job: ShippingUploadJob, reading: TrackingReading, clock: Clock) -> None:
    """Ship the rows of a workbook that was read, or keep what it asks or why it cannot be read."""
    if reading.outcome == "ask_mapping":
        asked = stored_questions(reading.questions)
        _finish(job, ASKED, clock(), state=ShippingUploadState.QUESTION.value, questions=asked)
    elif reading.outcome == "refuse":
        _refuse(job, reading.reason or "corrupt", reading.message_zh, reading.message_en, clock())
    else:
        _ship(job, reading, clock)


def _ship(job: ShippingUploadJob, reading: TrackingReading, clock: Clock) -> None:
    now = clock()
    QUEUE.extend(job, stage="matching", until=now + SHIPPING_LEASE)
    try:
        result = ship_reading(actor=get_actor(job.upload.person_id), reading=reading, now=now)
    except Refusal as refusal:
        _refuse(job, refusal.code, refusal.sentence("zh"), refusal.sentence("en"), now)
        return
    _finish(
        job,
        DONE,
        now,
        state=ShippingUploadState.DONE.value,
        questions=[],
        result=asdict(_kept(result)),
        fault_count=len(result.faults),
        unknown_carriers=unknown_carriers(reading)[:MAX_KEPT],
        ended_at=clock(),
    )


def _kept(result: ShippingResult) -> ShippingResult:
    """A result of bounded size."""
    return replace(
        result,
        faults=_kept_messages(result.faults),
        warnings=_kept_messages(result.warnings),
        left=result.left[:MAX_KEPT],
    )


def _kept_messages(messages: list[RowMessage]) -> list[RowMessage]:
    return [replace(each, value=each.value[:MAX_VALUE_KEPT]) for each in messages[:MAX_KEPT]]


def _refuse_as(job: ShippingUploadJob, code: str, now: datetime) -> None:
    sentences = CATALOGUE_FAULTS[code]
    _refuse(job, code, sentences.zh, sentences.en, now)


def _refuse(job: ShippingUploadJob, code: str, zh: str, en: str, now: datetime) -> None:
    _finish(
        job,
        REFUSED,
        now,
        state=ShippingUploadState.REFUSED.value,
        reason=code,
        reason_zh=zh,
        reason_en=en,
        questions=[],
        ended_at=now,
    )


def _finish(job: ShippingUploadJob, outcome: UploadOutcome, now: datetime, **result: Any) -> None:
    """Write the result and tell the brand, unless the lease expired and another worker took the upload, or it was cancelled."""
    with QUEUE.holding(job) as held:
        if held:
            QUEUE.finish(job, **result)
            data = {"upload_id": job.pk, "outcome_zh": outcome.zh, "outcome_en": outcome.en}
            draft = EventDraft(EventKind.SHIPPING_UPLOAD_READY, job.pk, brand_id=job.upload.brand_id, data=data)
            publish([draft], now=now)


@transaction.atomic
def _erase_batch(before: datetime, now: datetime) -> int:
    due = ShippingUpload.objects.filter(ended_at__isnull=False, received_at__lt=before, erased_at=None)
    rows = list(due.order_by("received_at").select_for_update(skip_locked=True)[:_BATCH])
    for row in rows:
        row.erased_at, row.filename, row.questions, row.unknown_carriers = now, ERASED_NAME, [], []
        if row.result is not None:
            row.result |= {"faults": [], "warnings": [], "left": []}
    ShippingUpload.objects.bulk_update(rows, ["erased_at", "filename", "questions", "unknown_carriers", "result"])
    return len(rows)


def _unneeded(page: list[StoredObject], stored_before: datetime) -> list[StoredObject]:
    """The files that no upload needs. One that was stored lately may belong to an upload whose row is being written."""
    needed = ShippingUpload.objects.filter(sha256__in=[_sha256(each) for each in page], erased_at=None)
    hashes = set(needed.values_list("sha256", flat=True))
    return [each for each in page if _sha256(each) not in hashes and each.stored_at < stored_before]


def _sha256(stored: StoredObject) -> str:
    return stored.key.rsplit("/", 1)[-1]
