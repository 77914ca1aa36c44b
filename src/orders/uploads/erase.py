"""Workbooks of orders and the recipients in them are kept only as long as they are needed (WORKBOOK-7)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from orders.models.uploads import OrderUpload, OrderUploadLine
from orders.rules.uploads import OPEN_UPLOAD_STATES, OrderUploadState
from orders.uploads.selectors import WORKBOOKS
from storage.files import ERASED_NAME, delete_objects, get_store
from storage.objects import StoredObject

_BATCH = 200
_NEVER_ORDERED = (OrderUploadState.REFUSED.value, OrderUploadState.CANCELLED.value)


def erase_expired(*, now: datetime) -> int:
    """Cancel previews that nobody came back to, erase the recipients of old uploads, delete their files; returns how many were erased.

    A committed upload is kept for KEEP_ORDER_WORKBOOKS, any other for KEEP_REFUSED_WORKBOOKS. What was ordered of each line, its goods and
    her order number stay. A file stays while another upload of the same bytes needs it. It may run at any time and be stopped at any
    point: each batch is a transaction.
    """
    abandoned_before = now - settings.KEEP_REFUSED_WORKBOOKS
    OrderUpload.objects.filter(
        state__in=[state.value for state in OPEN_UPLOAD_STATES], received_at__lt=abandoned_before
    ).update(state=OrderUploadState.CANCELLED.value, ended_at=now)
    erased = 0
    while batch := _erase_batch(now):
        erased += batch
    delete_objects(WORKBOOKS, lambda page: _unneeded(page, abandoned_before))
    get_store().delete_unfinished(before=abandoned_before)
    return erased


@transaction.atomic
def _erase_batch(now: datetime) -> int:
    is_over = Q(state__in=_NEVER_ORDERED, received_at__lt=now - settings.KEEP_REFUSED_WORKBOOKS) | Q(
        state=OrderUploadState.COMMITTED.value, ended_at__lt=now - settings.KEEP_ORDER_WORKBOOKS
    )
    due = (
        OrderUpload.objects.filter(is_over, erased_at=None).order_by("received_at").select_for_update(skip_locked=True)
    )
    ids = list(due.values_list("pk", flat=True)[:_BATCH])
    lines = OrderUploadLine.objects.filter(upload__in=ids)
    # What is wrong with a recipient quotes the name or the number.
    lines.filter(fault__isnull=False).update(result=None)
    lines.update(name="", phone="", address="", remark="", fault=None, reason=None, repeats=[])
    OrderUpload.objects.filter(pk__in=ids).update(
        erased_at=now, filename=ERASED_NAME, faults=[], warnings=[], questions=[]
    )
    return len(ids)


def _unneeded(page: list[StoredObject], stored_before: datetime) -> list[StoredObject]:
    """The files that no upload needs. One that was stored lately may belong to an upload whose row is being written."""
    needed = OrderUpload.objects.filter(sha256__in=[_sha256(each) for each in page], erased_at=None)
    hashes = set(needed.values_list("sha256", flat=True))
    return [each for each in page if _sha256(each) not in hashes and each.stored_at < stored_before]


def _sha256(stored: StoredObject) -> str:
    return stored.key.rsplit("/", 1)[-1]
