from django.db import models
from django.db.models import Q


class IntegrityRun(models.Model):
    """One run of the checks: requested, started, finished. A run over changes begins at the watermark of the last clean run.

    At most one run is open, that is not finished, at any time; a constraint enforces it.
    """

    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    everything = models.BooleanField(help_text="false: only what changed since the last clean run")
    violation_count = models.PositiveIntegerField(default=0)
    violations = models.JSONField(
        default=list, help_text="the first rows that break an invariant, as dicts of Violation"
    )
    seconds = models.FloatField(null=True)
    xid = models.BigIntegerField(null=True, help_text="all transactions before this one were over, with their epoch")
    database = models.CharField(max_length=60, blank=True, help_text="the cluster and database whose transaction it is")
    removals = models.JSONField(
        default=dict, help_text="rows deleted so far and the file of each table that loses none"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="integrity_run_one_open",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(started_at__isnull=False, seconds__isnull=False, xid__isnull=False),
                name="integrity_run_finished_whole",
            ),
        )
