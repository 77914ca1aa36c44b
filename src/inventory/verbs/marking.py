"""The brand's own workbook back with the wrong cells marked, and the empty template."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.text import get_valid_filename

from imports import marked_copy, stock_sheet
from imports.limits import DEFAULT
from imports.report import Fault
from inventory import files
from inventory.models import Category, Upload, UploadFault
from inventory.rules import LEASE, FaultKind, Sentence, UploadState
from inventory.verbs.reading import remembered_answers

MARKING = 5 * LEASE
"""How long the making of a copy may take before another worker begins again."""
NO_WORDS = Sentence("", "", "", "")


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
    _add_faults_of_books(row.pk, reading)
    data, name = marked_copy.mark(source.read_bytes(), row.filename, reading)
    files.write(files.marked_path(row.pk), data)
    Upload.objects.filter(pk=row.pk).update(marked=get_valid_filename(name)[-200:], marking_until=None)
    return True


def stock_template() -> tuple[bytes, str]:
    """An empty stock workbook to fill in, with the admitted categories to choose from."""
    names = list(Category.objects.filter(admitted=True, children=None).order_by("id").values_list("name_zh", flat=True))
    return marked_copy.template(categories=names), "尾仓库存模板.xlsx"


@dataclass(frozen=True, slots=True)
class BookFault(Fault):
    """A fault that the books found: it brings its own sentences."""

    words: Sentence = NO_WORDS

    @property
    def message_zh(self) -> str:
        return self.words.zh

    @property
    def message_en(self) -> str:
        return self.words.en

    @property
    def hint_zh(self) -> str:
        return self.words.hint_zh

    @property
    def hint_en(self) -> str:
        return self.words.hint_en


def _add_faults_of_books(upload_id: int, reading: stock_sheet.Reading) -> None:
    for each in UploadFault.objects.filter(upload_id=upload_id, landing=True).order_by("id").iterator():
        words = Sentence(each.message_zh, each.message_en, each.hint_zh, each.hint_en)
        place = (each.sheet or None, each.row, each.col or None, each.header or None)
        fault = BookFault(*place, each.code, each.value, (), words)
        (reading.faults if each.kind == FaultKind.FAULT.value else reading.warnings).append(fault)
    reading.faults.sort(key=lambda fault: (fault.sheet or "", fault.row))


def _to_mark(now: datetime) -> Q:
    free = Q(marking_until__isnull=True) | Q(marking_until__lte=now)
    return free & Q(faults__gt=0, marked="", state__in=[UploadState.PREVIEW.value, UploadState.COMMITTED.value])
