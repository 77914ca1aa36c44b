"""A worker takes a workbook of orders, has it read in a confined child process, and leaves a preview, questions or a refusal."""

import logging
from collections.abc import Sequence
from datetime import datetime

from accounts.selectors import get_actor
from events.rules.kinds import EventKind
from events.rules.uploads import ASKED, READ, REFUSED, UploadOutcome
from events.services import EventDraft, publish
from imports import child, order_sheet
from imports.limits import DEFAULT
from imports.order_sheet import OrderReading
from imports.report import Fault
from inventory.rules import CATALOGUE_FAULTS
from inventory.uploads.parse import stored_questions
from jobs.leases import LEASE, MAX_ATTEMPTS, Clock, ReadingQueue
from kernel.refusal import Refusal
from membership.selectors.people import require_buyer
from orders.models.uploads import OrderLayoutAnswer, OrderUpload, OrderUploadJob, OrderUploadLine
from orders.rules.lines import MAX_LINES
from orders.rules.uploads import OrderUploadState
from orders.uploads.preview import match_lines, new_lines
from orders.uploads.selectors import WORKBOOKS
from orders.uploads.sentences import TOO_MANY_LINES, filled
from storage.files import content_key, get_store
from storage.objects import ObjectMissing, StorageUnavailable

MAX_FAULTS_KEPT = 1000
MAX_VALUE_KEPT = 200
QUEUE = ReadingQueue(
    uploads=OrderUpload,
    jobs=OrderUploadJob,
    waiting=(OrderUploadState.RECEIVED.value, OrderUploadState.READING.value),
    reading=OrderUploadState.READING.value,
)
log = logging.getLogger("weicang.uploads")


def claimable_uploads(*, now: datetime) -> list[int]:
    """Workbooks of orders that no living worker reads."""
    return QUEUE.claimable(now=now)


def read_upload(*, upload_id: int, clock: Clock) -> bool:
    """Read one workbook of orders up to its preview (WORKBOOK-1); False where another worker has it or it does not wait.

    A worker may be killed at any point: a preview is written whole or not at all, and once the lease has expired another worker begins
    again. So does one after a failure of the file storage; that says nothing about the file, so the attempt does not count.
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


def prewarm() -> None:
    """Start the child for the next workbook ahead; for a worker that has just read one, and will read more."""
    child.prewarm("orders")


def remembered_answers(reseller_id: int) -> dict[str, dict[str, str]]:
    """Which column means what in the layouts that the reseller answered questions about, by fingerprint."""
    return dict(OrderLayoutAnswer.objects.filter(reseller_id=reseller_id).values_list("fingerprint", "columns"))


def _read(job: OrderUploadJob, clock: Clock) -> None:
    upload = job.upload
    try:
        workbook = get_store().read(content_key(WORKBOOKS, upload.sha256))
    except ObjectMissing:
        log.exception("a workbook is missing in the store", extra={"upload": job.pk, "sha256": upload.sha256})
        _refuse_as(job, "file_missing", clock())
        return
    reading = order_sheet.read_in_child(
        workbook,
        upload.filename,
        answers=remembered_answers(upload.reseller_id),
        limits=DEFAULT,
        progress=QUEUE.heartbeat(job, clock),
    )
    if reading.outcome == "refuse":
        _refuse(job, reading.reason or "corrupt", reading.message_zh, reading.message_en, clock())
    elif reading.outcome == "ask_mapping":
        with QUEUE.holding(job) as held:
            if held:
                QUEUE.finish(job, state=OrderUploadState.QUESTION.value, questions=stored_questions(reading.questions))
                _publish(job, ASKED, clock())
    elif len(reading.rows) > MAX_LINES:
        sentence = filled(TOO_MANY_LINES, lines=len(reading.rows), max_lines=MAX_LINES)
        _refuse(job, sentence.code, sentence.zh, sentence.en, clock())
    else:
        _save_preview(job, reading, clock)


def _save_preview(job: OrderUploadJob, reading: OrderReading, clock: Clock) -> None:
    """Match the lines with what is on sale and save the preview, in one transaction under the lease."""
    now, upload = clock(), job.upload
    QUEUE.extend(job, stage="matching", until=now + LEASE)
    try:
        buyer = require_buyer(get_actor(upload.reseller.person_id), now)
    except Refusal as refusal:
        _refuse(job, "not_a_reseller", refusal.sentence("zh"), refusal.sentence("en"), now)
        return
    rows = new_lines(upload, reading.rows)
    with QUEUE.holding(job) as held:
        # The lease expired and another worker took the upload, or she cancelled it: this reading is not written.
        if not held:
            return
        match_lines(rows, upload, buyer, at=now)
        OrderUploadLine.objects.filter(upload=upload).delete()
        OrderUploadLine.objects.bulk_create(rows)
        QUEUE.finish(
            job,
            state=OrderUploadState.PREVIEW.value,
            faults=_stored_faults(reading.faults),
            warnings=_stored_faults(reading.warnings),
            fault_count=len(reading.faults),
            warning_count=len(reading.warnings),
            ignored_lines=sum(each.to_row - each.row + 1 for each in reading.ignored),
            questions=[],
            previewed_at=now,
        )
        _publish(job, READ, now)


def _publish(job: OrderUploadJob, outcome: UploadOutcome, now: datetime) -> None:
    """Tell the reseller; within `QUEUE.holding`."""
    data = {"upload_id": job.pk, "outcome_zh": outcome.zh, "outcome_en": outcome.en}
    publish([EventDraft(EventKind.ORDER_UPLOAD_READY, job.pk, reseller_id=job.upload.reseller_id, data=data)], now=now)


def _stored_faults(faults: Sequence[Fault]) -> list[dict[str, str | int]]:
    return [
        {
            "sheet": fault.sheet or "",
            "row": fault.row,
            "col": fault.col or "",
            "header": (fault.header or "")[:MAX_VALUE_KEPT],
            "code": fault.code,
            "value": (fault.value or "")[:MAX_VALUE_KEPT],
            "message_zh": fault.message_zh,
            "message_en": fault.message_en,
            "hint_zh": fault.hint_zh,
            "hint_en": fault.hint_en,
        }
        for fault in faults[:MAX_FAULTS_KEPT]
    ]


def _refuse_as(job: OrderUploadJob, code: str, now: datetime) -> None:
    sentences = CATALOGUE_FAULTS[code]
    _refuse(job, code, sentences.zh, sentences.en, now)


def _refuse(job: OrderUploadJob, code: str, zh: str, en: str, now: datetime) -> None:
    with QUEUE.holding(job) as held:
        if held:
            QUEUE.finish(
                job, state=OrderUploadState.REFUSED.value, reason=code, reason_zh=zh, reason_en=en, ended_at=now
            )
            _publish(job, REFUSED, now)
