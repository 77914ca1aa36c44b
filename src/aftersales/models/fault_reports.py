"""Faults that customers report on the private pages of their wishes."""

from django.db import models
from django.db.models import Q

from aftersales.models.cases import Case
from aftersales.models.photos import Photo
from aftersales.rules import FAULT_REASONS, MAX_REPORT_ANSWER, MAX_REPORT_TEXT, FaultReportState


class FaultReport(models.Model):
    """What a customer reports to her reseller about units of a shipped line, from the private page of her wish (AFTER-19).

    `source` names the page, as `OrderLine.source` does. The words, the answer and the photos go when the page ends.
    """

    reseller = models.ForeignKey(
        "membership.Reseller", on_delete=models.PROTECT, related_name="fault_reports", db_index=False
    )
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="fault_reports")
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64, help_text="of the form that was sent; makes at most one report of its page")
    units = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=[(each.value, each.value) for each in FAULT_REASONS])
    text = models.CharField(max_length=MAX_REPORT_TEXT, blank=True)
    may_reuse = models.BooleanField(help_text="she allows that her photos are shown to others, without her name")
    network = models.CharField(
        max_length=32, blank=True, help_text="a keyed hash of the network, for a coarse rate limit; changes every day"
    )
    state = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in FaultReportState],
        default=FaultReportState.OPEN.value,
    )
    reported_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=MAX_REPORT_ANSWER, blank=True, help_text="what the reseller wrote to her")
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="fault_report")
    erased_at = models.DateTimeField(null=True, help_text="when words, answer, consent and hash were erased")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="fault_report_once_per_key"),
            models.UniqueConstraint(
                fields=["line", "source"], name="fault_report_open_once", condition=Q(state=FaultReportState.OPEN.value)
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="fault_report_units_positive"),
            models.CheckConstraint(
                condition=Q(state=FaultReportState.OPEN.value, ended_at__isnull=True, case__isnull=True)
                | Q(state=FaultReportState.CASE.value, ended_at__isnull=False, case__isnull=False)
                | Q(
                    state__in=[
                        FaultReportState.ANSWERED.value,
                        FaultReportState.WITHDRAWN.value,
                        FaultReportState.EXPIRED.value,
                    ],
                    ended_at__isnull=False,
                    case__isnull=True,
                ),
                name="fault_report_state_has_its_columns",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(text="", answer="", network="", may_reuse=False, ended_at__isnull=False),
                name="fault_report_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="fault_reports_of_reseller"),
            models.Index(
                fields=["reseller"], name="fault_reports_open", condition=Q(state=FaultReportState.OPEN.value)
            ),
            models.Index(fields=["network", "reported_at"], name="fault_reports_of_network", condition=~Q(network="")),
            models.Index(fields=["reseller", "line"], name="fault_reports_lent", condition=Q(may_reuse=True)),
        )


class FaultReportPhoto(models.Model):
    """A photo of a report of a fault. While it is lent, its reseller may show it with the style (AFTER-21).

    `has_logo` is what ops say of a photo that is shown: null while nobody has looked.
    """

    report = models.ForeignKey(FaultReport, on_delete=models.PROTECT, related_name="report_photos", db_index=False)
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="report_photos")
    has_logo = models.BooleanField(null=True)
    is_shown = models.BooleanField(default=False, db_default=False, help_text="its reseller shows it with the style")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["report", "photo"], name="fault_report_photo_once"),)
