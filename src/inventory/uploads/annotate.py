"""The brand's own workbook back with the wrong cells marked, and the empty template."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import F, Q
from django.utils.text import get_valid_filename

from imports.annotated_copy.in_child import AnnotatedCopy, annotate_in_child
from imports.annotated_copy.template import template
from imports.report import FaultWithText
from inventory.models import Category, Upload, UploadFault
from inventory.rules import LEASE, MAX_ATTEMPTS, FaultKind, UploadState
from inventory.uploads.file_keys import annotated_key, workbook_key
from inventory.uploads.parse import remembered_answers
from storage.files import get_store, store_bytes
from storage.objects import ObjectMissing, StorageUnavailable

MARKING = 5 * LEASE
"""How long the making of a copy may take before another worker begins again."""


def unmarked_uploads(*, now: datetime) -> list[int]:
    """Previews with something to mark whose copy nobody is making."""
    return list(Upload.objects.filter(_to_mark(now)).order_by("id").values_list("pk", flat=True)[:20])


def mark_upload(*, upload_id: int, clock: Callable[[], datetime]) -> bool:
    """Make the marked copy of an upload, once, in a child process; False where there is nothing to do or another worker does it.

    A file that breaks a limit of its child is not read again, and one that stopped its worker MAX_ATTEMPTS times is given up: the upload
    keeps the reason why there is no copy. Where the store cannot be reached, the copy waits for its lease to
    end and the attempt does not count.
    """
    now = clock()
    if not Upload.objects.filter(_to_mark(now), pk=upload_id).update(
        marking_until=now + MARKING, mark_attempts=F("mark_attempts") + 1
    ):
        return False
    row = Upload.objects.get(pk=upload_id)
    if row.mark_attempts > MAX_ATTEMPTS:
        Upload.objects.filter(pk=row.pk).update(unmarkable="reader_died", marking_until=None)
        return False
    try:
        made = _annotate(row, now)
    except StorageUnavailable:
        Upload.objects.filter(pk=row.pk).update(mark_attempts=F("mark_attempts") - 1)
        raise
    if made.reason:
        Upload.objects.filter(pk=row.pk).update(unmarkable=made.reason, marking_until=None)
        return False
    Upload.objects.filter(pk=row.pk).update(marked=get_valid_filename(made.name)[-200:], marking_until=None)
    return True


def _annotate(row: Upload, now: datetime) -> AnnotatedCopy:
    """The annotated copy, which is in the store then, or the reason why there is none."""
    try:
        workbook = get_store().read(workbook_key(row.sha256))
    except ObjectMissing:
        return AnnotatedCopy(b"", "", "file_missing")
    made = annotate_in_child(
        workbook,
        row.filename,
        answers=remembered_answers(row.brand_id),
        faults=_catalogue_faults(row.pk, FaultKind.FAULT),
        warnings=_catalogue_faults(row.pk, FaultKind.WARNING),
        taken=row.rows,
    )
    if not made.reason:
        store_bytes(annotated_key(row), made.data, now=now)
    return made


def stock_template() -> tuple[bytes, str]:
    """An empty stock workbook to fill in, with the admitted categories to choose from."""
    names = list(Category.objects.filter(admitted=True, children=None).order_by("id").values_list("name_zh", flat=True))
    return template(categories=names), "尾仓库存模板.xlsx"


def _catalogue_faults(upload_id: int, kind: FaultKind) -> list[FaultWithText]:
    found = UploadFault.objects.filter(upload_id=upload_id, landing=True, kind=kind.value).order_by("id")
    return [
        FaultWithText(
            each.sheet or None,
            each.row,
            each.col or None,
            each.header or None,
            each.code,
            each.value,
            (),
            (each.message_zh, each.message_en, each.hint_zh, each.hint_en),
        )
        for each in found.iterator()
    ]


def _to_mark(now: datetime) -> Q:
    free = Q(marking_until__isnull=True) | Q(marking_until__lte=now)
    return free & Q(
        faults__gt=0, marked="", unmarkable="", state__in=[UploadState.PREVIEW.value, UploadState.COMMITTED.value]
    )
