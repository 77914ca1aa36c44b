"""Jobs that fill and publish sales: what they are, how far, and how they ended (SALE-21)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from db.rows import view_of
from flashsales.job_models import SaleJob
from flashsales.models import Sale, SaleItem
from flashsales.rules.sale_jobs import MAX_SKUS_AT_ONCE, STEPS, SaleJobKind, SaleJobState, SaleJobStep
from inventory.selectors.stock import count_free_skus
from jobs.progress import read_step
from kernel.refusal import Missing


class NoSuchSaleJob(Missing):
    code = "flashsales.no_such_sale_job"
    zh = "没有这个任务（{job_id}）"
    en = "There is no job {job_id}"
    job_id: int


@dataclass(frozen=True, slots=True)
class SaleJobView:
    """A job of a sale. `step` is what a worker does now; null while none has it. `step_number` of `step_count` steps.

    `skus` were put into the sale or published, `excluded_skus` kept out by a price control. `reason` is the code of a refusal, in which
    case nothing has changed, with its sentence in both languages. `faults` are the first faulty lines of a workbook, with sheet, row, cell,
    value and sentences.
    """

    id: int
    sale_id: int
    kind: SaleJobKind
    state: SaleJobState
    person_name: str
    requested_at: datetime
    finished_at: datetime | None
    step: SaleJobStep | None
    step_number: int
    step_count: int
    skus: int
    excluded_skus: int
    reason: str
    reason_zh: str
    reason_en: str
    filename: str = ""
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.state is SaleJobState.WAITING

    @property
    def steps_done(self) -> int:
        return max(self.step_number - 1, 0)

    @property
    def reason_words(self) -> str:
        """Why it was refused, in the language of whoever asks."""
        return self.reason_en if get_language() == "en" else self.reason_zh

    @property
    def fault_words(self) -> list[tuple[str, str]]:
        """The cell of each faulty line, and what is wrong, in the language of whoever asks."""
        words = "en" if get_language() == "en" else "zh"
        return [(f"{each['sheet']} {each['cell']}".strip(), each[words]) for each in self.faults]


def get_sale_job(job_id: int) -> SaleJobView:
    row = SaleJob.objects.select_related("person").filter(pk=job_id).first()
    if row is None:
        raise NoSuchSaleJob(job_id=job_id)
    return sale_job_view(row)


def get_latest_job(sale_id: int) -> SaleJobView | None:
    """The job that a sale has now, or had last."""
    row = SaleJob.objects.select_related("person").filter(sale=sale_id).order_by("-pk").first()
    return sale_job_view(row) if row else None


def find_open_job(sale_id: int, *, other_than: int | None = None) -> SaleJobKind | None:
    """What a job does with a sale now, in one look at an index; a job of the id `other_than` does not count."""
    rows = SaleJob.objects.filter(sale=sale_id, state=SaleJobState.WAITING.value)
    if other_than is not None:
        rows = rows.exclude(pk=other_than)
    kind = rows.values_list("kind", flat=True).first()
    return None if kind is None else SaleJobKind(kind)


def has_many_items(sale_id: int) -> bool:
    """Whether a sale has more than MAX_SKUS_AT_ONCE items: then it is published by a job."""
    return SaleItem.objects.filter(sale=sale_id)[: MAX_SKUS_AT_ONCE + 1].count() > MAX_SKUS_AT_ONCE


def has_large_stock(sale_id: int) -> bool:
    """Whether the brand of a sale has more than MAX_SKUS_AT_ONCE SKUs with free units: then the sale is filled by a job."""
    brand_id = Sale.objects.filter(pk=sale_id).values_list("brand_id", flat=True).first()
    return brand_id is not None and count_free_skus(brand_id, limit=MAX_SKUS_AT_ONCE + 1) > MAX_SKUS_AT_ONCE


def sale_job_view(row: SaleJob) -> SaleJobView:
    kind, steps = SaleJobKind(row.kind), STEPS[SaleJobKind(row.kind)]
    name = read_step(progress_key(row.pk)) if row.state == SaleJobState.WAITING.value else None
    step = SaleJobStep(name) if name in steps else None
    return view_of(
        SaleJobView,
        row,
        kind=kind,
        person_name=row.person.name,
        step=step,
        step_number=steps.index(step) + 1 if step else 0,
        step_count=len(steps),
    )


def progress_key(job_id: int) -> str:
    """Under which a worker tells its step."""
    return f"flashsales.sale_job:{job_id}"
