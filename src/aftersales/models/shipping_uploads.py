"""Shipping workbooks that brands return, and what was learnt from them."""

from django.db import models
from django.db.models import Q

from aftersales.rules import ShippingUploadState
from jobs.leases import ReadingJob


class ShippingUpload(models.Model):
    """A workbook with tracking numbers of a brand and what became of it (ORDER-13). How far its reading is stands in its job.

    The workbook holds contacts. It lies in the store by its hash until `erased_at`; the texts that quote its cells go with it.
    """

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in ShippingUploadState],
        default=ShippingUploadState.RECEIVED.value,
    )
    reason = models.CharField(max_length=60, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    questions = models.JSONField(default=list)
    result = models.JSONField(null=True, help_text="ShippingResult, of each list the first thousand")
    fault_count = models.PositiveIntegerField(default=0)
    unknown_carriers = models.JSONField(default=list, help_text="words of the sheet that name no known carrier")
    ended_at = models.DateTimeField(null=True, help_text="when it was done, cancelled or refused")
    erased_at = models.DateTimeField(null=True, help_text="when the file and the quoted cells were deleted")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ShippingUploadState]), name="shipping_upload_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ShippingUploadState.DONE.value) | Q(result__isnull=False, ended_at__isnull=False),
                name="shipping_upload_done_has_result",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(ended_at__isnull=False, questions=[], unknown_carriers=[]),
                name="shipping_upload_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["brand", "-id"], name="shipping_uploads_of_brand"),
            models.Index(fields=["sha256"], name="shipping_uploads_by_hash"),
            models.Index(fields=["received_at"], name="shipping_uploads_to_erase", condition=Q(erased_at__isnull=True)),
        )


class ShippingUploadJob(ReadingJob):
    """The reading of a workbook with tracking numbers."""

    upload = models.OneToOneField(ShippingUpload, on_delete=models.CASCADE, primary_key=True, related_name="job")


class ShippingLayoutAnswer(models.Model):
    """Which column means what in a layout that a brand was once asked about, remembered for its next workbook (ORDER-13)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="column letters, or a text for all lines → field")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "fingerprint"], name="shipping_layout_answered_once"),)


class CarrierSpelling(models.Model):
    """Which carrier a brand means by a word that the table of carriers does not have (ORDER-13)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=80, help_text="as `orders.rules.parcels.carrier_key` folds it")
    carrier = models.ForeignKey("orders.Carrier", on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "word"], name="carrier_spelling_once"),)
