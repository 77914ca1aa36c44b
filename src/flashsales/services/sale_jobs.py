"""Filling and publishing a sale by a worker: asked for, done or cancelled (SALE-20, SALE-21, SALE-22)."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import get_actor
from db import sql
from db.transactions import atomic_with_retry
from flashsales.job_models import SaleJob
from flashsales.rules.filling import StockFilter
from flashsales.rules.sale_jobs import MAX_SKUS_AT_ONCE, SaleJobKind, SaleJobState, SaleJobStep
from flashsales.selectors.sale_jobs import (
    SaleJobView,
    get_sale_job,
    has_large_stock,
    has_many_items,
    progress_key,
)
from flashsales.services import planning, publishing, sale_sheets
from flashsales.services.locking import lock_draft, record_change
from flashsales.services.sale_sheets import SheetHasFaults
from flashsales.sql.sale_jobs import try_lock_job
from jobs.leases import MAX_ATTEMPTS
from jobs.progress import write_step
from kernel.refusal import Busy, Conflict, Refusal

LEASE: Final = timedelta(seconds=15)
"""Between taking a job and locking it. From then on the lock keeps other workers away, and a worker that dies loses it at once."""
Clock = Callable[[], datetime]
log = logging.getLogger("weicang.sale_jobs")


class SaleJobEnded(Conflict):
    code = "flashsales.sale_job_ended"
    zh = "这个任务已经结束，不能取消"
    en = "The job has ended and cannot be cancelled"


class TooManyAtOnce(Conflict):
    code = "flashsales.too_many_at_once"
    zh = "超过 {max_skus} 个 SKU，须作为后台任务办理（fill、publication）"
    en = "There are more than {max_skus} SKUs; ask for a job instead (fill, publication)"
    max_skus: int = MAX_SKUS_AT_ONCE


class _JobTaken(Exception):
    """The job was cancelled, or another worker has it: what this one wrote must be rolled back."""


def require_stock_at_once(sale_id: int) -> None:
    """Refuse to put all free stock of a sale's brand into it at once, where that is more than MAX_SKUS_AT_ONCE SKUs."""
    if has_large_stock(sale_id):
        raise TooManyAtOnce


def require_items_at_once(sale_id: int) -> None:
    """Refuse to publish a sale at once that has more than MAX_SKUS_AT_ONCE SKUs."""
    if has_many_items(sale_id):
        raise TooManyAtOnce


def request_fill(
    *, actor: Actor, sale_id: int, filters: StockFilter, limit_units: int | None = None, now: datetime
) -> SaleJobView:
    """Let a worker put the brand's free stock that passes a filter into a draft. The entry point enqueues the job.

    Refuses a sale that is no draft or has an open job, and a filter or a limit that makes no sense. A filter that finds nothing is
    refused by the worker.
    """
    planning.require_sound_filling(filters, limit_units)
    row = SaleJob(kind=SaleJobKind.FILL_STOCK.value, filters=filters.to_json(), limit_units=limit_units)
    return _request(actor, sale_id, row, now)


def request_sheet_fill(
    *, actor: Actor, sale_id: int, filename: str, chunks: Iterable[bytes], cut_short: bool = False, now: datetime
) -> SaleJobView:
    """Let a worker put what a workbook says into a draft, all lines or none (SALE-22). The entry point enqueues the job.

    Refuses a file that is too large or empty, and a sale that is no draft or has an open job. What is wrong in the file ends the job as
    refused, with each cell named.
    """
    require_roles(actor, Role.OPS)
    sha256, name = sale_sheets.store_sheet(filename=filename, chunks=chunks, cut_short=cut_short, now=now)
    return _request(actor, sale_id, SaleJob(kind=SaleJobKind.FILL_SHEET.value, filename=name, sha256=sha256), now)


def request_publication(*, actor: Actor, sale_id: int, now: datetime) -> SaleJobView:
    """Let a worker publish a draft (SALE-5). The entry point enqueues the job. Refuses a sale that is no draft or has an open job."""
    return _request(actor, sale_id, SaleJob(kind=SaleJobKind.PUBLISH.value), now)


@atomic_with_retry
def _request(actor: Actor, sale_id: int, row: SaleJob, now: datetime) -> SaleJobView:
    require_roles(actor, Role.OPS)
    lock_draft(sale_id)
    row.sale_id, row.person_id, row.requested_at = sale_id, actor.own_id, now
    row.save(force_insert=True)
    record_change(actor, "request_job", sale_id, {"job": row.pk, "job_kind": row.kind}, now)
    return get_sale_job(row.pk)


@atomic_with_retry
def cancel_job(*, actor: Actor, job_id: int, now: datetime) -> SaleJobView:
    """Cancel a job before it is done: the sale stays as it was. What the worker has written is rolled back."""
    require_roles(actor, Role.OPS)
    view = get_sale_job(job_id)
    open_job = SaleJob.objects.filter(pk=job_id, state=SaleJobState.WAITING.value)
    if not open_job.update(state=SaleJobState.CANCELLED.value, lease_until=None, finished_at=now):
        raise SaleJobEnded
    record_change(actor, "cancel_job", view.sale_id, {"job": job_id, "job_kind": view.kind.value}, now)
    return get_sale_job(job_id)


def waiting_jobs(*, now: datetime) -> list[int]:
    """Jobs that no worker has just taken, the longest waiting first."""
    rows = SaleJob.objects.filter(_lease_is_free(now), state=SaleJobState.WAITING.value)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:100])


def run_job(*, job_id: int, clock: Clock) -> bool:
    """Do a job that waits; False where another worker has it or it does not wait.

    A worker may die at any point: what a job writes and its end are one transaction. A refusal ends it, and nothing has changed. What
    fails MAX_ATTEMPTS times is given up.
    """
    row = _claim(job_id, clock())
    if row is None:
        return False
    if row.attempts > MAX_ATTEMPTS:
        log.error("a job of a sale could not be done", extra={"job": row.pk})
        return _end(row, SaleJobState.FAILED, clock)
    try:
        _do(row, clock)
    except _JobTaken:
        return False
    except Busy:
        raise
    except Refusal as refusal:
        return _end(row, SaleJobState.REFUSED, clock, refusal)
    return True


@transaction.atomic
def _claim(job_id: int, now: datetime) -> SaleJob | None:
    """Take a job: no other worker may take it for the time of LEASE, or as long as one holds its lock."""
    if not try_lock_job(job_id=job_id):
        return None
    waiting = SaleJob.objects.filter(_lease_is_free(now), pk=job_id, state=SaleJobState.WAITING.value)
    if not waiting.update(attempts=F("attempts") + 1, lease_until=now + LEASE):
        return None
    return SaleJob.objects.get(pk=job_id)


@atomic_with_retry
def _do(row: SaleJob, clock: Clock) -> None:
    sql.lift_statement_limit()
    if not try_lock_job(job_id=row.pk):
        raise _JobTaken

    def tell(step: SaleJobStep) -> None:
        _require_own(row)
        write_step(progress_key(row.pk), step.value)

    skus, excluded_skus = _work(row, tell, clock)
    done = {"state": SaleJobState.DONE.value, "skus": skus, "excluded_skus": excluded_skus}
    if not _own(row).update(**done, lease_until=None, finished_at=clock()):
        raise _JobTaken


def _work(row: SaleJob, tell: Callable[[SaleJobStep], None], clock: Clock) -> tuple[int, int]:
    """What the job does; how many SKUs that were, and how many a price control excluded."""
    actor, now = get_actor(row.person_id), clock()
    if row.kind == SaleJobKind.PUBLISH.value:
        published = publishing.publish(actor=actor, sale_id=row.sale_id, job_id=row.pk, on_step=tell, now=now)
        return published.skus, len(published.excluded_sku_ids)
    if row.kind == SaleJobKind.FILL_SHEET.value:
        return sale_sheets.fill_from_sheet(actor=actor, job=row, on_step=tell, now=now), 0
    skus = planning.add_free_stock(
        actor=actor,
        sale_id=row.sale_id,
        filters=StockFilter.from_json(row.filters or {}),
        limit_units=row.limit_units,
        job_id=row.pk,
        on_step=tell,
        now=now,
    )
    return skus, 0


def _end(row: SaleJob, state: SaleJobState, clock: Clock, refusal: Refusal | None = None) -> bool:
    """End a job that wrote nothing; False where it was cancelled or taken meanwhile."""
    reason: dict[str, Any] = {}
    if refusal is not None:
        reason = {"reason": refusal.code, "reason_zh": refusal.sentence("zh"), "reason_en": refusal.sentence("en")}
    if isinstance(refusal, SheetHasFaults):
        reason["faults"] = refusal.faults
    return bool(_own(row).update(state=state.value, lease_until=None, finished_at=clock(), **reason))


def _require_own(row: SaleJob) -> None:
    if not _own(row).exists():
        raise _JobTaken


def _own(row: SaleJob) -> QuerySet[SaleJob]:
    """The job as long as it is not cancelled and no other worker has taken it."""
    return SaleJob.objects.filter(pk=row.pk, state=SaleJobState.WAITING.value, attempts=row.attempts)


def _lease_is_free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)
