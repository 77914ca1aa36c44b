"""Reads of the files for the bank, and of what waits for one (MONEY-10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.db.models import Count, Q, QuerySet, Sum

from db.rows import view_of
from kernel.refusal import Missing
from treasury.models import MoneyRequest, TransferBatch
from treasury.rules.bank_accounts import AccountState
from treasury.rules.batches import MAX_BATCH_LINES, BatchFormat, BatchState
from treasury.rules.requests import MONEY_OUT, RequestState
from treasury.selectors.requests import MoneyRequestView, WaitingRequests, list_requests_by_id
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NoSuchBatch(Missing):
    code = "treasury.no_such_batch"
    zh = "没有这个付款批次（{batch_id}）"
    en = "There is no batch {batch_id}"
    batch_id: int


@dataclass(frozen=True, slots=True)
class BatchView:
    """A file for the bank. `returned_requests` of its lines came back; `sha256` is that of the file."""

    id: int
    state: BatchState
    file_format: BatchFormat
    request_count: int
    returned_requests: int
    amount_fen: int
    sha256: str
    created_by: str
    created_at: datetime
    downloaded_by_id: Annotated[int | None, PAGES_ONLY]
    downloaded_by: str
    downloaded_at: datetime | None
    confirmed_by: str
    confirmed_at: datetime | None
    bank_reference: str


def get_batch(batch_id: int) -> BatchView:
    row = _rows().filter(pk=batch_id).first()
    if row is None:
        raise NoSuchBatch(batch_id=batch_id)
    return _view(row)


def list_batches(*, cursor: str = "", limit: int = 50) -> Page[BatchView]:
    """Files for the bank, the newest first."""
    return paginate(_rows(), name="treasury.batches", order=("-id",), cursor=cursor, limit=limit, view=_view)


def list_requests_of_batch(batch_id: int) -> list[MoneyRequestView]:
    """The lines of a file, in its order."""
    ids = MoneyRequest.objects.filter(batch_id=batch_id).values_list("pk", flat=True)
    return list_requests_by_id(list(ids))


def list_requests_for_batch() -> list[MoneyRequestView]:
    """Approved money out that the next file can hold, the oldest first, as many as one file holds."""
    return list_requests_by_id(list(ready_requests().values_list("pk", flat=True)[:MAX_BATCH_LINES]))


def count_requests_for_batch() -> WaitingRequests:
    found = ready_requests().aggregate(requests=Count("pk"), amount_fen=Sum("amount_fen", default=0))
    return WaitingRequests(found["requests"], int(found["amount_fen"]))


def ready_requests() -> QuerySet[MoneyRequest]:
    """Approved money out with an account that is paid to, and without a return that waits for a second person."""
    stopped = MoneyRequest.objects.filter(state=RequestState.WAITING.value, reverses__isnull=False).values(
        "reverses_id"
    )
    kinds = [each.value for each in MONEY_OUT]
    approved = MoneyRequest.objects.filter(kind__in=kinds, state=RequestState.APPROVED.value)
    return approved.filter(bank_account__state=AccountState.APPROVED.value).exclude(pk__in=stopped).order_by("pk")


def _rows() -> QuerySet[TransferBatch]:
    returned = Count("requests", filter=Q(requests__state=RequestState.RETURNED.value))
    rows = TransferBatch.objects.select_related("created_by", "downloaded_by", "confirmed_by").defer("content")
    return rows.annotate(returned_requests=returned)


def _view(row: TransferBatch) -> BatchView:
    return view_of(
        BatchView,
        row,
        state=batch_state(row),
        created_by=row.created_by.name,
        downloaded_by=row.downloaded_by.name if row.downloaded_by else "",
        confirmed_by=row.confirmed_by.name if row.confirmed_by else "",
    )


def batch_state(row: TransferBatch) -> BatchState:
    if row.confirmed_at is not None:
        return BatchState.CONFIRMED
    return BatchState.DOWNLOADED if row.downloaded_at is not None else BatchState.MADE
