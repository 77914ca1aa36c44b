"""The brand's own workbook back with the wrong cells annotated, and the empty template."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.text import get_valid_filename

from imports.annotated_copy.in_child import AnnotatedCopy, annotate_in_child
from imports.annotated_copy.template import template
from imports.report import FaultWithText
from inventory.models import Category, Upload, UploadFault, UploadJob
from inventory.rules import FaultKind, UploadState
from inventory.uploads.file_keys import annotated_key, workbook_key
from inventory.uploads.parse import remembered_answers
from jobs.leases import LEASE, MAX_ATTEMPTS
from storage.files import get_store, store_bytes
from storage.objects import ObjectMissing, StorageUnavailable

ANNOTATE_LEASE = 5 * LEASE
"""How long annotating a workbook may take before another worker begins again."""

_LACKS_COPY = Q(
    faults__gt=0,
    annotated_name="",
    annotation_failure="",
    state__in=[UploadState.PREVIEW.value, UploadState.APPLIED.value],
)


def uploads_to_annotate(*, now: datetime) -> list[int]:
    """Previews with faults whose annotated copy nobody is making."""
    rows = UploadJob.objects.filter(_lease_is_free(now), upload__in=Upload.objects.filter(_LACKS_COPY))
    return list(rows.order_by("pk").values_list("pk", flat=True)[:20])


def annotate_workbook(*, upload_id: int, clock: Callable[[], datetime]) -> bool:
    """Make the annotated copy of an upload, once, in a child process; False where there is nothing to do or another worker does it.

    A file that breaks a limit of its child is not read again, and one whose worker died MAX_ATTEMPTS times is given up: the upload
    keeps the reason why there is no copy. Where the file storage cannot be reached, the copy waits for its lease to end and the
    attempt does not count.
    """
    now = clock()
    job = _claim(upload_id, now)
    if job is None:
        return False
    jobs, uploads = UploadJob.objects.filter(pk=upload_id), Upload.objects.filter(pk=upload_id)
    if job.annotate_attempts > MAX_ATTEMPTS:
        uploads.update(annotation_failure="reader_died")
        return False
    try:
        copy = _annotate(job.upload, now)
    except StorageUnavailable:
        jobs.update(annotate_attempts=F("annotate_attempts") - 1)
        raise
    if copy.reason:
        uploads.update(annotation_failure=copy.reason)
        return False
    # Where the preview was made anew meanwhile, this copy is not of it: the upload still lacks one and is claimed again.
    same_preview = uploads.filter(changes_to=job.upload.changes_to)
    name = get_valid_filename(copy.name)[-200:]
    return bool(same_preview.update(annotated_name=name, annotated_sha256=job.upload.annotated_sha256))


def stock_template() -> tuple[bytes, str]:
    """An empty stock workbook to fill in, with the admitted categories to choose from."""
    names = list(Category.objects.filter(admitted=True, children=None).order_by("id").values_list("name_zh", flat=True))
    return template(categories=names), "尾仓库存模板.xlsx"


def _annotate(upload: Upload, now: datetime) -> AnnotatedCopy:
    """The annotated copy, which is in the store then and whose hash the upload has got, or the reason why there is none."""
    try:
        workbook = get_store().read(workbook_key(upload.sha256))
    except ObjectMissing:
        return AnnotatedCopy(b"", "", "file_missing")
    copy = annotate_in_child(
        workbook,
        upload.filename,
        answers=remembered_answers(upload.brand_id),
        faults=_catalogue_faults(upload.pk, FaultKind.FAULT),
        warnings=_catalogue_faults(upload.pk, FaultKind.WARNING),
        taken=upload.rows,
    )
    if not copy.reason:
        upload.annotated_sha256 = hashlib.sha256(copy.data).hexdigest()
        store_bytes(annotated_key(upload), copy.data, now=now)
    return copy


def _catalogue_faults(upload_id: int, kind: FaultKind) -> list[FaultWithText]:
    """The faults that the reader does not find when it reads the file again."""
    rows = UploadFault.objects.filter(upload_id=upload_id, from_catalogue=True, kind=kind.value).order_by("id")
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
        for each in rows.iterator()
    ]


def _claim(upload_id: int, now: datetime) -> UploadJob | None:
    """Take the annotating of an upload under a lease, where it lacks its copy and nobody else makes it."""
    jobs = UploadJob.objects.filter(pk=upload_id)
    with transaction.atomic():
        if not jobs.filter(_lease_is_free(now)).select_for_update().values_list("pk"):
            return None
        if not Upload.objects.filter(_LACKS_COPY, pk=upload_id).exists():
            return None
        jobs.update(annotate_lease_until=now + ANNOTATE_LEASE, annotate_attempts=F("annotate_attempts") + 1)
        return jobs.select_related("upload").get()


def _lease_is_free(now: datetime) -> Q:
    return Q(annotate_lease_until__isnull=True) | Q(annotate_lease_until__lte=now)
