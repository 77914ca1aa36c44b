from django.db import models


class IntegrityRun(models.Model):
    """One run of the checks, and where it stood: the next run over changes begins at the last one that found nothing."""

    at = models.DateTimeField()
    everything = models.BooleanField(help_text="false: only what changed since the last run that found nothing")
    violations = models.PositiveIntegerField()
    seconds = models.FloatField()
    xid = models.BigIntegerField(help_text="all transactions before this one were over, with their epoch")
    database = models.CharField(max_length=60, help_text="the cluster and database whose transaction it is")
    removals = models.JSONField(help_text="rows deleted so far and the file of each table that loses none")
