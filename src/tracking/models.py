from django.db import models
from django.db.models import Q

from tracking.rules import MAX_COMPANY, MAX_NUMBER, MAX_PLACE, MAX_TEXT, ParcelStatus, WatchState


class TrackedWaybill(models.Model):
    """A number of a carrier that is followed through the tracking service. Several parcels may travel under it."""

    company = models.CharField(max_length=MAX_COMPANY, help_text="the carrier's code at the tracking service")
    number = models.CharField(max_length=MAX_NUMBER)
    phone_tail = models.CharField(
        max_length=4,
        blank=True,
        help_text="last digits of a phone, for carriers that ask for them; empty once it is over",
    )
    shipped_at = models.DateTimeField(help_text="when the first of its parcels was shipped")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in ParcelStatus], default=ParcelStatus.SHIPPED.value
    )
    status_at = models.DateTimeField(help_text="when it took its status, by the carrier's clock")
    status_code = models.CharField(max_length=4, blank=True, help_text="the state that says what is wrong")
    last_event_at = models.DateTimeField(help_text="of its newest event; when it was shipped where there is none")
    watch = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in WatchState], default=WatchState.WAITING.value
    )
    next_attempt_at = models.DateTimeField(null=True, help_text="when it is asked for next; null once it is over")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="failed attempts, or queries without news, in a row"
    )
    answer_code = models.CharField(max_length=20, blank=True, help_text="what the tracking service last answered")
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text="when its number came to mean another waybill")
    erased_at = models.DateTimeField(null=True, help_text="when its events were erased; it takes no more (PRIVACY-5)")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["company", "number"], name="tracked_waybill_once", condition=Q(retired_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(watch=WatchState.ENDED.value, next_attempt_at__isnull=True, phone_tail="")
                | ~Q(watch=WatchState.ENDED.value) & Q(next_attempt_at__isnull=False),
                name="tracked_waybill_ended_asks_nothing",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_attempt_at"], name="tracked_waybills_to_ask", condition=Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["number"], name="tracked_waybills_by_number"),
            models.Index(
                fields=["last_event_at"], name="tracked_waybills_watched", condition=~Q(watch=WatchState.ENDED.value)
            ),
        )


class WaybillEvent(models.Model):
    """What a carrier reported of a waybill. The same event again is no second row."""

    waybill = models.ForeignKey(TrackedWaybill, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField(help_text="by the carrier's clock")
    code = models.CharField(
        max_length=4, blank=True, help_text="the state at the tracking service, a key of rules.STATES"
    )
    text = models.CharField(max_length=MAX_TEXT, blank=True, help_text="phones and names are masked")
    place = models.CharField(max_length=MAX_PLACE, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["waybill", "at", "text"], name="waybill_event_once"),)
