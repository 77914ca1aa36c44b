"""The brand's own workbook back with the wrong cells marked, and the empty template."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.text import get_valid_filename

from imports import marked_copy, stock_sheet
from imports.limits import DEFAULT
from inventory import files
from inventory.models import Category, Upload, UploadFault
from inventory.rules import LEASE, FaultKind, UploadState
from inventory.verbs.reading import remembered_answers

MARKING = 5 * LEASE
"""How long the making of a copy may take before another worker begins again."""


def unmarked_uploads(*, now: datetime) -> list[int]:
    """Previews with something to mark whose copy nobody is making."""
    return list(Upload.objects.filter(_to_mark(now)).order_by("id").values_list("pk", flat=True)[:20])


def mark_upload(*, upload_id: int, clock: Callable[[], datetime]) -> bool:
    """Make the marked copy of an upload, once; False where there is nothing to do or another worker does it."""
    now = clock()
    if not Upload.objects.filter(_to_mark(now), pk=upload_id).update(marking_until=now + MARKING):
        return False
    row = Upload.objects.get(pk=upload_id)
    source = files.workbook_path(row.sha256)
    reading = stock_sheet.read_in_child(
        source, row.filename, answers=remembered_answers(row.brand_id), limits=DEFAULT, progress=None
    )
    data, name = marked_copy.mark(source.read_bytes(), row.filename, _with_faults_of_books(row.pk, reading))
    files.write(files.marked_path(row.pk), data)
    Upload.objects.filter(pk=row.pk).update(marked=get_valid_filename(name)[-200:], marking_until=None)
    return True


def template() -> tuple[bytes, str]:
    """An empty stock workbook to fill in, with the admitted categories to choose from."""
    names = list(Category.objects.filter(admitted=True, children=None).order_by("id").values_list("name_zh", flat=True))
    return marked_copy.template(categories=names), "尾仓库存模板.xlsx"


def _with_faults_of_books(upload_id: int, reading: Any) -> Any:
    """The reading with what the books found in it, so that one copy shows both."""
    found = UploadFault.objects.filter(upload_id=upload_id, landing=True).order_by("id")
    for each in found.iterator():
        fault = BookFault(
            each.sheet or None, each.row, each.col or None, each.header or None, each.code, each.value, ()
        )
        fault.words = (each.message_zh, each.message_en, each.hint_zh, each.hint_en)
        (reading.faults if each.kind == FaultKind.FAULT.value else reading.warnings).append(fault)
    return reading


def _to_mark(now: datetime) -> Q:
    free = Q(marking_until__isnull=True) | Q(marking_until__lte=now)
    wrong = Q(faults__gt=0) | Q(warnings__gt=0)
    return free & wrong & Q(marked="", state__in=[UploadState.PREVIEW.value, UploadState.COMMITTED.value])
