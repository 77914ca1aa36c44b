"""Deletes files of invoices that no request names any more (INVOICE-6)."""

from datetime import datetime, timedelta

from invoices.models import InvoiceRequest
from invoices.selectors.files import INVOICES
from storage.files import delete_objects
from storage.objects import StoredObject

KEEP_REPLACED = timedelta(days=30)
"""How long a file is kept at least, from when it was sent."""


def erase_replaced(*, now: datetime) -> int:
    """Delete the files that another one replaced, and that were sent before KEEP_REPLACED; returns how many.

    The audit log keeps their SHA-256. One that was sent lately may be of a request that is being written.
    """
    before = now - KEEP_REPLACED
    return delete_objects(INVOICES, lambda page: _replaced(page, before))


def _replaced(page: list[StoredObject], sent_before: datetime) -> list[StoredObject]:
    old = {each.key.rsplit("/", 1)[-1]: each for each in page if each.stored_at < sent_before}
    named = set(InvoiceRequest.objects.filter(file__in=list(old)).values_list("file", flat=True))
    return [each for digest, each in old.items() if digest not in named]
