"""The table of jobs that fill and publish sales."""

from django.db import models
from django.db.models import Q

from flashsales.rules.sale_jobs import SaleJobKind, SaleJobState


class SaleJob(models.Model):
    """The filling or the publication of a draft by a worker (SALE-21). A sale has one at a time.

    What it writes and its end are one transaction.
    """

    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="jobs", db_index=False)
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in SaleJobKind])
    state = models.CharField(
        max_length=9, choices=[(each.value, each.value) for each in SaleJobState], default=SaleJobState.WAITING.value
    )
    filters = models.JSONField(null=True, help_text="rules.filling.StockFilter of a filling from stock")
    filename = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="of the workbook that it fills from"
    )
    sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    limit_units = models.PositiveIntegerField(
        null=True, help_text="purchase limit of each SKU that it puts into the sale"
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    requested_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often a worker has taken it")
    lease_until = models.DateTimeField(null=True, help_text="until then no other worker takes it")
    finished_at = models.DateTimeField(null=True)
    skus = models.PositiveIntegerField(default=0, help_text="that it put into the sale, or published")
    excluded_skus = models.PositiveIntegerField(default=0, help_text="that a price control kept out of the publication")
    reason = models.CharField(max_length=60, blank=True, default="", help_text="the code of the refusal")
    reason_zh = models.TextField(blank=True, default="")
    reason_en = models.TextField(blank=True, default="")
    faults = models.JSONField(
        default=list, db_default=[], help_text="the first faulty lines of a workbook that was refused"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["sale"], name="sale_job_one_at_a_time", condition=Q(state=SaleJobState.WAITING.value)
            ),
            models.CheckConstraint(
                condition=Q(state=SaleJobState.WAITING.value, finished_at=None)
                | ~Q(state=SaleJobState.WAITING.value) & Q(finished_at__isnull=False),
                name="sale_job_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(state=SaleJobState.REFUSED.value) ^ Q(reason=""), name="sale_job_refused_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(kind=SaleJobKind.FILL_STOCK.value) ^ Q(filters__isnull=True),
                name="sale_job_from_stock_has_filters",
            ),
        )
        indexes = (models.Index(fields=["sale", "-id"], name="sale_jobs_of_sale"),)
