"""Asking for an analysis workbook, taking its file, and deleting old ones (ANALYSIS-6). Without pandas: the web imports it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from analysis.models import Workbook
from analysis.rules import Days, WorkbookState
from analysis.selectors.workbooks import WORKBOOKS, WorkbookView, require_workbook, workbook_file_key, workbook_view
from brands.selectors.brands import require_own_brand
from db.errors import constraint_of
from kernel.refusal import Conflict, TooMany
from storage.files import StoredFile, delete_objects, get_store
from storage.objects import StoredObject

MAX_PER_DAY = 20
"""Workbooks that one person may ask for in 24 hours."""
KEEP_WORKBOOKS = timedelta(days=7)
WAITING_ONCE = "workbook_waiting_once"


class TooManyWorkbooks(TooMany):
    code = "analysis.too_many_workbooks"
    zh = "24 小时内最多做 {limit} 个分析工作簿，请稍后再做"
    en = "At most {limit} analysis workbooks in 24 hours; ask again later"
    limit: int


class WorkbookNotReady(Conflict):
    code = "analysis.workbook_not_ready"
    zh = "工作簿 {workbook_id} 还没有做好，或文件已按期删除"
    en = "Workbook {workbook_id} is not ready, or its file was deleted after its term"
    workbook_id: int


def request_workbook(*, actor: Actor, days: Days, now: datetime) -> WorkbookView:
    """Ask for the workbook of a period: a clerk for that of her brand, ops and finance for that of the platform.

    The same request while one waits is that one. The entry point enqueues the job; a sweep finds a row whose message was lost.
    """
    require_roles(actor, Role.OPS, Role.FINANCE, Role.BRAND)
    brand_id = require_own_brand(actor).id if actor.role is Role.BRAND else None
    wanted = {"person_id": actor.own_id, "brand_id": brand_id, "first_date": days.first, "last_date": days.last}
    waiting = Workbook.objects.filter(**wanted, state=WorkbookState.WAITING.value)
    if found := waiting.first():
        return workbook_view(found)
    if Workbook.objects.filter(person_id=actor.own_id, requested_at__gt=now - timedelta(days=1)).count() >= MAX_PER_DAY:
        raise TooManyWorkbooks(limit=MAX_PER_DAY, retry_after_seconds=3600)
    try:
        with transaction.atomic():
            row = Workbook.objects.create(**wanted, requested_at=now)
            _record(actor, "analysis.request_workbook", row, now)
    except IntegrityError as error:
        if constraint_of(error) != WAITING_ONCE:
            raise
        row = waiting.get()  # the same request came at the same time
    return workbook_view(row)


@transaction.atomic
def open_workbook(*, actor: Actor, workbook_id: int, now: datetime) -> StoredFile:
    """The file of a workbook that the acting person may have, recorded in the audit log."""
    row = require_workbook(actor, workbook_id)
    content: BinaryIO | None = None
    if row.state == WorkbookState.READY.value:
        content = get_store().open(workbook_file_key(row.sha256))
    if content is None:
        raise WorkbookNotReady(workbook_id=workbook_id)
    _record(actor, "analysis.download_workbook", row, now)
    return StoredFile(content, f"analysis-{row.first_date}-{row.last_date}.xlsx")


def delete_old_workbooks(*, now: datetime) -> int:
    """Delete the files of workbooks that were made long ago; their rows stay."""
    old = Workbook.objects.filter(state=WorkbookState.READY.value, finished_at__lt=now - KEEP_WORKBOOKS)
    old.update(state=WorkbookState.ERASED.value)
    return delete_objects(WORKBOOKS, lambda page: _not_needed(page, now))


def _not_needed(page: Collection[StoredObject], now: datetime) -> list[StoredObject]:
    by_hash = {each.key.rsplit("/", 1)[-1]: each for each in page if each.stored_at < now - KEEP_WORKBOOKS}
    needed = Workbook.objects.filter(state=WorkbookState.READY.value, sha256__in=list(by_hash))
    kept = set(needed.values_list("sha256", flat=True))
    return [each for sha256, each in by_hash.items() if sha256 not in kept]


def _record(actor: Actor, action: str, row: Workbook, now: datetime) -> None:
    details = {"first": row.first_date.isoformat(), "last": row.last_date.isoformat(), "rows": row.row_count}
    audit.record(actor=actor, action=action, kind="workbook", subject_id=row.pk, details=details, now=now)
