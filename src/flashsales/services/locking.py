"""What every service of sales begins and ends with: lock the sale, and record the change in the audit log."""

from datetime import datetime
from typing import Any

from accounts.rules import Actor
from accounts.services.audit import record
from flashsales.models import Sale
from flashsales.rules import SaleState
from flashsales.rules.sale_jobs import SaleJobKind
from flashsales.selectors.sale_jobs import find_open_job
from flashsales.selectors.sales import NoSuchSale
from kernel.refusal import Conflict


class NotADraft(Conflict):
    code = "flashsales.not_a_draft"
    zh = "专场已发布或已取消，商品与价格不能再改"
    en = "The sale is published or cancelled; its items and prices cannot change"


class SaleHasOpenJob(Conflict):
    code = "flashsales.sale_has_open_job"
    zh = "专场正在{what_zh}，请等它完成，或先取消它"
    en = "The sale is being {what_en}; wait until that is done, or cancel it first"
    kind: str
    what_zh: str
    what_en: str


_FILLED = ("放入商品", "filled")
_OPEN_JOBS = {
    SaleJobKind.FILL_STOCK: _FILLED,
    SaleJobKind.FILL_SHEET: _FILLED,
    SaleJobKind.PUBLISH: ("发布", "published"),
}


def lock_sale(sale_id: int, *, job_id: int | None = None) -> Sale:
    """Lock a sale against other changes of it. Grabs are not blocked: they lock only its key (`FOR KEY SHARE`).

    Refuses a sale that a job is filling or publishing, unless it is the job `job_id` itself (SALE-21): at once, since the job holds the
    lock until its end, and again under the lock.
    """
    _require_no_open_job(sale_id, job_id)
    row = Sale.objects.select_for_update(of=("self",), no_key=True).select_related("brand").filter(pk=sale_id).first()
    if row is None:
        raise NoSuchSale(sale_id=sale_id)
    if row.state == SaleState.DRAFT.value:
        _require_no_open_job(sale_id, job_id)
    return row


def lock_draft(sale_id: int, *, job_id: int | None = None) -> Sale:
    """Lock a sale; refuses one that is no draft or that another job than `job_id` is filling or publishing."""
    row = lock_sale(sale_id, job_id=job_id)
    if row.state != SaleState.DRAFT.value:
        raise NotADraft
    return row


def record_change(actor: Actor, action: str, sale_id: int, details: dict[str, Any], now: datetime) -> None:
    """Record a change of a sale in the audit log (SALE-7)."""
    record(actor=actor, action=f"flashsales.{action}", kind="sale", subject_id=sale_id, details=details, now=now)


def _require_no_open_job(sale_id: int, job_id: int | None) -> None:
    kind = find_open_job(sale_id, other_than=job_id)
    if kind is not None:
        what_zh, what_en = _OPEN_JOBS[kind]
        raise SaleHasOpenJob(kind=kind.value, what_zh=what_zh, what_en=what_en)
