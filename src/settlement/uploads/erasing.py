"""Deletes reconciliation lists after their term, with what quotes their cells. Figures stay, and so do counts and sums."""

from datetime import datetime

from django.db import transaction

from settlement.models import ComparisonDifference, StatementComparison
from settlement.rules.comparison import ComparisonState, DifferenceKind
from settlement.uploads.queue import KEEP_LISTS, LISTS
from storage.files import ERASED_NAME, delete_objects
from storage.objects import StoredObject

_BATCH = 200


def erase_expired(*, now: datetime) -> int:
    """Erase lists that are older than KEEP_LISTS, and cancel those that nobody answered; returns how many.

    A file stays while another list of the same bytes needs it.
    """
    before = now - KEEP_LISTS
    unfinished = StatementComparison.objects.filter(ended_at=None, received_at__lt=before)
    unfinished.update(state=ComparisonState.CANCELLED.value, questions=[], ended_at=now)
    erased = 0
    while batch := _erase_batch(before, now):
        erased += batch
    delete_objects(LISTS, lambda page: _unneeded(page, before))
    return erased


@transaction.atomic
def _erase_batch(before: datetime, now: datetime) -> int:
    due = StatementComparison.objects.filter(ended_at__isnull=False, received_at__lt=before, erased_at=None)
    rows = list(due.order_by("received_at").select_for_update(skip_locked=True)[:_BATCH])
    for row in rows:
        row.erased_at, row.filename, row.questions = now, ERASED_NAME, []
        if row.result is not None:
            row.result |= {"faults": [], "warnings": [], "ignored": []}
    StatementComparison.objects.bulk_update(rows, ["erased_at", "filename", "questions", "result"])
    differences = ComparisonDifference.objects.filter(comparison__in=rows)
    differences.update(sheet="")
    differences.filter(kind=DifferenceKind.ONLY_LIST.value).update(order_no="", goods="")
    return len(rows)


def _unneeded(page: list[StoredObject], stored_before: datetime) -> list[StoredObject]:
    """The files that no list needs. One that was stored lately may belong to a row that is being written."""
    needed = StatementComparison.objects.filter(sha256__in=[_sha256(each) for each in page], erased_at=None)
    hashes = set(needed.values_list("sha256", flat=True))
    return [each for each in page if _sha256(each) not in hashes and each.stored_at < stored_before]


def _sha256(stored: StoredObject) -> str:
    return stored.key.rsplit("/", 1)[-1]
