"""Apply an upload: everything that its preview showed, in one transaction, by sets (STOCK-3).

The list of changes is kept as it was applied: it stands for the movements, which have no rows of their own (docs/decisions/0020).
"""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from db import sql
from db.transactions import atomic_with_retry
from inventory.models import Sku, Upload, UploadChange
from inventory.rules import UploadState
from inventory.sql import applying
from inventory.sql.size_charts import set_charts_of_upload
from inventory.sql.stock import next_movement_seq
from inventory.uploads.receive import lock_upload, make_waiting
from inventory.uploads.selectors import get_upload
from inventory.uploads.views import UploadView
from kernel.refusal import Conflict


class PricesNeedConfirmation(Conflict):
    code = "inventory.prices_need_confirmation"
    zh = "有 {skus} 种货品的价格与以往相差悬殊（例如 {example}），请核对后再次确认"
    en = "The prices of {skus} SKUs are far from what they were (for example {example}); check and confirm once more"
    skus: int
    example: str


class StockAllottedMeanwhile(Conflict):
    code = "inventory.stock_allotted_meanwhile"
    zh = "预览之后有 {skus} 种货品（{units} 件）被分配给专场，正在重新生成预览"
    en = "Since the preview {skus} SKUs ({units} units) were allotted to sales; a new preview is being made"
    skus: int
    units: int


def apply_upload(*, actor: Actor, upload_id: int, confirm_prices: bool = False, now: datetime) -> UploadView:
    """Apply what the preview showed, all or nothing (STOCK-3); applying it again changes nothing.

    Price jumps need `confirm_prices` (STOCK-6). Where stock was allotted to a sale since the preview, the upload waits to be read anew and
    the refusal says so; the entry point enqueues the job.
    """
    try:
        return _apply(actor=actor, upload_id=upload_id, confirm_prices=confirm_prices, now=now)
    except StockAllottedMeanwhile:
        with transaction.atomic():
            previews = Upload.objects.select_for_update().filter(pk=upload_id, state=UploadState.PREVIEW.value)
            if previews.first() is not None:
                make_waiting(upload_id)
        raise


@atomic_with_retry
def _apply(*, actor: Actor, upload_id: int, confirm_prices: bool, now: datetime) -> UploadView:
    sql.lift_statement_limit()
    row = lock_upload(actor, upload_id, UploadState.PREVIEW, UploadState.APPLIED)
    if row.state == UploadState.APPLIED.value:
        return get_upload(row.pk)
    if row.price_jumps and not confirm_prices:
        raise _prices_need_confirmation(row)
    changes = applying.ChangeList.of(row)
    applying.check_keys_at_once()
    if Sku.objects.filter(brand_id=row.brand_id).exists():
        applying.lock_skus(changes, with_added=False)
        allotted = applying.allotted_meanwhile(changes)
        if allotted.skus:
            raise StockAllottedMeanwhile(skus=allotted.skus, units=allotted.units)
        applying.update_known_skus(changes)
    applying.write_styles(changes, now=now)
    applying.insert_skus(changes)
    if row.size_charts:
        set_charts_of_upload(upload_id=row.pk, brand_id=row.brand_id, person_id=actor.person_id, now=now)
    row.state, row.ended_at, row.applied_by_id = UploadState.APPLIED.value, now, actor.person_id
    row.applied_at_seq, row.changes_are_movements = next_movement_seq(), True
    row.save(update_fields=["state", "ended_at", "applied_by", "applied_at_seq", "changes_are_movements"])
    view = get_upload(row.pk)
    details = {
        "added": view.added,
        "changed": view.changed,
        "zeroed": view.zeroed,
        "size_charts": view.size_charts,
        "faults": view.faults,
        "prices_confirmed": bool(view.price_jumps),
    }
    record(actor=actor, action="inventory.apply_upload", kind="upload", subject_id=row.pk, details=details, now=now)
    return view


def _prices_need_confirmation(row: Upload) -> PricesNeedConfirmation:
    first = UploadChange.objects.of(row).exclude(price_jump="").order_by("id")[0]
    return PricesNeedConfirmation(skus=row.price_jumps, example=f"{first.style_no} {first.colour} {first.size}")
