from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Func
from django.db.models.functions import Cast


class Event(models.Model):
    """Something that happened, written in the transaction of the change. Never changed; deleted when it is old.

    `reseller_id` and `brand_id` say whom it concerns; the four flags say in whose inbox it stands. They are set from the rules when the
    event is written, so a later change of the rules concerns later events only.
    """

    kind = models.CharField(
        max_length=40, help_text="events.rules.EventKind; no choices, so that a new kind needs no migration"
    )
    subject_kind = models.CharField(max_length=20, help_text="events.rules.SubjectKind")
    subject_id = models.BigIntegerField()
    reseller_id = models.BigIntegerField(null=True)
    brand_id = models.BigIntegerField(null=True)
    for_reseller = models.BooleanField()
    for_brand = models.BooleanField()
    for_platform = models.BooleanField()
    for_every_reseller = models.BooleanField(default=False, db_default=False, help_text="it concerns no single one")
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    transaction_id = models.BigIntegerField(
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id"), output_field=models.TextField()),
            output_field=models.BigIntegerField(),
        ),
        help_text="of the transaction that wrote it: ids are given out before the commit, so their order is not that of the commits",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=(Q(for_reseller=False) | Q(reseller_id__isnull=False))
                & (Q(for_brand=False) | Q(brand_id__isnull=False)),
                name="event_names_whom_it_tells",
            ),
        )
        indexes = (
            models.Index(fields=["reseller_id", "-id"], name="events_of_reseller", condition=Q(for_reseller=True)),
            models.Index(fields=["brand_id", "-id"], name="events_of_brand", condition=Q(for_brand=True)),
            models.Index(F("id").desc(), name="events_of_platform", condition=Q(for_platform=True)),
            models.Index(fields=["subject_kind", "subject_id"], name="events_by_subject"),
            models.Index(fields=["occurred_at"], name="events_by_time"),
            models.Index(F("id").desc(), name="events_of_every_reseller", condition=Q(for_every_reseller=True)),
            models.Index(fields=["transaction_id", "id"], name="events_by_transaction"),
        )


class ReadPosition(models.Model):
    """Up to where somebody has read her inbox: all events that were committed when `snapshot` was taken are read."""

    person = models.OneToOneField("accounts.Person", on_delete=models.CASCADE, related_name="+")
    last_event_id = models.BigIntegerField(help_text="no event above it is read")
    snapshot = models.TextField(help_text="pg_current_snapshot() of the moment")
    read_at = models.DateTimeField()
