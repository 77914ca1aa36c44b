from django.db import models
from django.db.models import Q

from rehearsals.rules import MAX_BUYERS, MAX_SECONDS, MAX_WEB_PROCESSES, OPEN_STATES, Curve, RehearsalState


class Rehearsal(models.Model):
    """A scheduled sale that is played in a second database with simulated buyers (REHEARSAL-1).

    `progress` is what a page shows while it runs, `result` what was measured, `failure` why it ended without.
    """

    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in RehearsalState], default=RehearsalState.WAITING.value
    )
    buyers = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField()
    curve = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Curve])
    web_processes = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    requested_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="until then a worker has it")
    step = models.CharField(max_length=20, blank=True, help_text="rehearsals.services.running.Step")
    progress = models.JSONField(default=list, help_text="rehearsals.rules.Second of the seconds until now")
    result = models.JSONField(null=True)
    failure = models.CharField(max_length=30, blank=True)
    failure_detail = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                models.Value(1),
                name="rehearsal_one_at_a_time",
                condition=Q(state__in=[each.value for each in OPEN_STATES]),
            ),
            models.CheckConstraint(
                condition=Q(buyers__gte=1, buyers__lte=MAX_BUYERS)
                & Q(seconds__gte=1, seconds__lte=MAX_SECONDS)
                & Q(web_processes__gte=1, web_processes__lte=MAX_WEB_PROCESSES),
                name="rehearsal_within_bounds",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in OPEN_STATES], ended_at__isnull=True)
                | (~Q(state__in=[each.value for each in OPEN_STATES]) & Q(ended_at__isnull=False)),
                name="rehearsal_open_until_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(state=RehearsalState.DONE.value, result__isnull=False)
                | (~Q(state=RehearsalState.DONE.value) & Q(result__isnull=True)),
                name="rehearsal_result_when_done",
            ),
        )
        indexes = (models.Index(fields=["sale", "-id"], name="rehearsals_of_sale"),)
