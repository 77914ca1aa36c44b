"""Undo an applied upload, until the first unit of its SKUs is allotted to a sale (STOCK-8).

Its list of changes is written out as movements, and their reverse behind them.
"""

from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from db import sql
from db.transactions import atomic_with_retry
from inventory.models import Upload
from inventory.rules import UploadState
from inventory.sql import applying
from inventory.sql.size_charts import put_back_charts_of_upload
from inventory.uploads.receive import OPEN, UploadInProgress, lock_upload, lock_uploads_of_brand
from inventory.uploads.selectors import get_upload
from inventory.uploads.views import UploadView
from kernel.refusal import Conflict


class TooLateToUndo(Conflict):
    code = "inventory.too_late_to_undo"
    zh = "此次上传的货品已有分配给专场的，不能撤销"
    en = "Goods of this upload have been allotted to a sale; it can no longer be undone"


class LaterUploadApplied(Conflict):
    code = "inventory.later_upload_applied"
    zh = "之后还有一次上传（第 {upload_id} 号），请先撤销它"
    en = "A later upload ({upload_id}) was applied after this one; undo that first"
    upload_id: int


@atomic_with_retry
def undo_upload(*, actor: Actor, upload_id: int, now: datetime) -> UploadView:
    """Put the stock back as it was before an upload was applied.

    SKUs and styles that it added are deleted where no row refers to them, else kept unlisted; the upload counts both. Only the latest
    applied upload can be undone, and none while another is open.
    """
    sql.lift_statement_limit()
    row = lock_upload(actor, upload_id, UploadState.APPLIED)
    # The next upload is received before the undo or after it, and finds all of the SKUs or none.
    lock_uploads_of_brand(row.brand_id)
    _refuse_if_not_latest(row)
    if row.applied_at_seq is None:
        raise ValueError(f"upload {row.pk} is applied and has no number in the order of movements")
    changes = applying.ChangeList.of(row)
    applying.check_keys_at_once()
    applying.lock_skus(changes, with_added=True)
    if applying.has_allotment_since(changes, applied_at_seq=row.applied_at_seq) or applying.would_break_allotment(
        changes
    ):
        raise TooLateToUndo
    applying.find_removable_skus(changes)
    applying.write_undo_movements(changes, person_id=actor.person_id, now=now)
    applying.restore_skus_and_styles(changes)
    if row.size_charts:
        put_back_charts_of_upload(upload_id=row.pk, brand_id=row.brand_id, person_id=actor.person_id, now=now)
    row.removed_skus, row.removed_styles = applying.delete_removable(changes)
    row.kept_skus = row.added - row.removed_skus
    row.state, row.undone_at, row.changes_are_movements = UploadState.UNDONE.value, now, False
    row.save(
        update_fields=["state", "undone_at", "changes_are_movements", "removed_skus", "removed_styles", "kept_skus"]
    )
    details = {"removed_skus": row.removed_skus, "removed_styles": row.removed_styles, "kept_skus": row.kept_skus}
    record(actor=actor, action="inventory.undo_upload", kind="upload", subject_id=row.pk, details=details, now=now)
    return get_upload(row.pk)


def _refuse_if_not_latest(row: Upload) -> None:
    others = Upload.objects.filter(brand_id=row.brand_id).exclude(pk=row.pk)
    open_one = others.filter(state__in=OPEN).first()
    if open_one is not None:
        raise UploadInProgress(upload_id=open_one.pk, filename=open_one.filename)
    # A brand has one open upload at a time, so uploads are applied in the order of their ids.
    latest = others.filter(state=UploadState.APPLIED.value, pk__gt=row.pk).order_by("-id").first()
    if latest is not None:
        raise LaterUploadApplied(upload_id=latest.pk)
