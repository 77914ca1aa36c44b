"""A worker takes an upload, reads it in a child process, and leaves a preview, questions or a refusal."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from imports import stock_sheet
from imports.limits import DEFAULT
from imports.report import Progress
from imports.stock_sheet.rows import Reading
from inventory.models import LayoutAnswer, Upload
from inventory.rules import LANDING_FAULTS, LEASE, MAX_ATTEMPTS, UploadState
from inventory.uploads.file_keys import workbook_key
from inventory.uploads.pictures import keep_pictures
from inventory.uploads.preview import stage
from storage.files import get_store
from storage.objects import ObjectMissing, StorageUnavailable

Clock = Callable[[], datetime]
HEARTBEAT = timedelta(seconds=1)
IGNORED_SHOWN = 1000
log = logging.getLogger("weicang.uploads")
LIMITS_BROKEN = ("time_limit", "memory_limit", "reader_died")


def waiting_uploads(*, now: datetime) -> list[int]:
    """Uploads that no living worker holds."""
    rows = Upload.objects.filter(_claimable(now)).order_by("id")
    return list(rows.values_list("pk", flat=True)[:100])


def read_upload(*, upload_id: int, clock: Clock) -> bool:
    """Read one waiting upload up to its preview (STOCK-4); False where another worker has it or nothing waits.

    May be killed at any point: nothing is half staged, and once the lease has run out another worker begins again. So does one where the
    file storage cannot be reached; that is no fault of the file, so the attempt does not count.
    """
    row = _claim(upload_id, clock())
    if row is None:
        return False
    if row.attempt > MAX_ATTEMPTS:
        words = LANDING_FAULTS["reader_died"]
        _refuse(row, "reader_died", words.zh, words.en, clock())
        return True
    before = _refused_before(row.sha256)
    if before is not None:
        _refuse(row, before.reason, before.reason_zh, before.reason_en, clock())
        return True
    try:
        _read(row, clock)
    except StorageUnavailable:
        Upload.objects.filter(_mine(row)).update(attempt=F("attempt") - 1, lease_until=clock() + LEASE)
        raise
    return True


def _read(row: Upload, clock: Clock) -> None:
    try:
        workbook = get_store().read(workbook_key(row.sha256))
    except ObjectMissing:
        log.exception("a workbook is missing in the store", extra={"upload": row.pk, "sha256": row.sha256})
        words = LANDING_FAULTS["file_missing"]
        _refuse(row, "file_missing", words.zh, words.en, clock())
        return
    reading = stock_sheet.read_in_child(
        workbook,
        row.filename,
        answers=remembered_answers(row.brand_id),
        limits=DEFAULT,
        progress=_heartbeat(row, clock),
    )
    if reading.outcome == "refuse":
        _refuse(row, reading.reason or "corrupt", reading.message_zh, reading.message_en, clock())
    elif reading.outcome == "ask_mapping":
        _ask(row, reading)
    else:
        _preview(row, reading, clock)


def _refused_before(sha256: str) -> Upload | None:
    """The upload of the same bytes that broke a limit of its reader: they would break it again."""
    found = Upload.objects.filter(sha256=sha256, state=UploadState.REFUSED.value, reason__in=LIMITS_BROKEN)
    return found.order_by("-id").first()


def make_ready() -> None:
    """Have a child wait for the next workbook; for a worker that has just read one, and will read more."""
    stock_sheet.prewarm()


def remembered_answers(brand_id: int) -> dict[str, dict[str, str]]:
    return dict(LayoutAnswer.objects.filter(brand_id=brand_id).values_list("fingerprint", "columns"))


def _claimable(now: datetime) -> Q:
    lost = Q(state=UploadState.READING.value, lease_until__lte=now)
    return Q(state=UploadState.RECEIVED.value) | lost


def _claim(upload_id: int, now: datetime) -> Upload | None:
    claimed = Upload.objects.filter(_claimable(now), pk=upload_id).update(
        state=UploadState.READING.value,
        attempt=F("attempt") + 1,
        lease_until=now + LEASE,
        stage="opening",
        lines=0,
        lines_done=0,
        faults_found=0,
        seconds_left=None,
    )
    return Upload.objects.get(pk=upload_id) if claimed else None


def _mine(row: Upload) -> Q:
    return Q(pk=row.pk, state=UploadState.READING.value, attempt=row.attempt)


def _heartbeat(row: Upload, clock: Clock) -> Callable[[Progress], None]:
    """Writes progress and keeps the lease, at most once a second."""
    last: list[datetime] = []

    def beat(progress: Progress) -> None:
        now = clock()
        if last and now - last[0] < HEARTBEAT:
            return
        last[:] = [now]
        left = progress.seconds_left
        Upload.objects.filter(_mine(row)).update(
            lease_until=now + LEASE,
            stage=progress.stage,
            lines=progress.lines,
            lines_done=progress.done,
            faults_found=progress.faults,
            seconds_left=None if left is None else max(0, round(left)),
        )

    return beat


def _refuse(row: Upload, code: str, zh: str, en: str, now: datetime) -> None:
    Upload.objects.filter(_mine(row)).update(
        state=UploadState.REFUSED.value, reason=code, reason_zh=zh, reason_en=en, ended_at=now, lease_until=None
    )


def _ask(row: Upload, reading: Reading) -> None:
    questions = [
        {
            "sheet": question.sheet,
            "row": question.row,
            "code": question.code,
            "field": question.field,
            "fingerprint": question.fingerprint,
            "message_zh": question.message_zh,
            "message_en": question.message_en,
            "candidates": [
                {"col": each.col, "header": each.header, "samples": list(each.samples)} for each in question.candidates
            ],
        }
        for question in reading.questions
    ]
    Upload.objects.filter(_mine(row)).update(state=UploadState.ASKS.value, questions=questions, lease_until=None)


def _preview(row: Upload, reading: Reading, clock: Clock) -> None:
    Upload.objects.filter(_mine(row)).update(stage="staging", seconds_left=None, lease_until=clock() + 5 * LEASE)
    keep_pictures(reading.pictures, now=clock())
    with transaction.atomic():
        # Held by another worker since, or called off: then this reading is nobody's.
        if not Upload.objects.select_for_update().filter(_mine(row)).exists():
            return
        counts = stage(row, reading)
        ignored = reading.ignored
        Upload.objects.filter(pk=row.pk).update(
            **counts,
            state=UploadState.PREVIEW.value,
            ignored=[[each.sheet, each.row, each.to_row, each.why] for each in ignored[:IGNORED_SHOWN]],
            ignored_lines=sum(each.to_row - each.row + 1 for each in ignored),
            questions=[],
            read_at=clock(),
            lease_until=None,
            stage="",
            marked="",
            marking_until=None,
            mark_attempts=0,
            unmarkable="",
        )
