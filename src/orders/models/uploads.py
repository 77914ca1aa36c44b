"""Workbooks of orders, and what was learnt from them."""

from django.db import models
from django.db.models import F, Q

from jobs.leases import ReadingJob
from orders.models.orders import Order
from orders.rules.lines import MAX_REMARK
from orders.rules.uploads import OrderUploadLineState, OrderUploadState


class OrderUpload(models.Model):
    """A workbook of orders of a reseller and what became of it (WORKBOOK-1). How far a worker has come with it stands in its job.

    The workbook lies in the store by its hash. When it is deleted, the recipients of the lines are erased, and `erased_at` is set.
    """

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="order_uploads")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in OrderUploadState], default=OrderUploadState.RECEIVED.value
    )
    reason = models.CharField(max_length=40, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    questions = models.JSONField(default=list)
    faults = models.JSONField(default=list, help_text="cells that are wrong, the first thousand")
    warnings = models.JSONField(default=list, help_text="cells to look at, the first thousand")
    fault_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    ignored_lines = models.PositiveIntegerField(default=0)
    previewed_at = models.DateTimeField(null=True, help_text="when prices and units of the preview were read")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+")
    take = models.CharField(max_length=12, blank=True)
    ended_at = models.DateTimeField(null=True, help_text="when it was committed, cancelled or refused")
    erased_at = models.DateTimeField(null=True, help_text="when the file and the recipients were deleted")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in OrderUploadState]), name="order_upload_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderUploadState.COMMITTED.value) | Q(order__isnull=False, ended_at__isnull=False),
                name="order_upload_committed_has_order",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(ended_at__isnull=False, faults=[], warnings=[], questions=[]),
                name="order_upload_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="order_uploads_of_reseller"),
            models.Index(fields=["sha256"], name="order_uploads_by_hash"),
            models.Index(fields=["received_at"], name="order_uploads_to_erase", condition=Q(erased_at__isnull=True)),
        )


class OrderUploadJob(ReadingJob):
    """The reading of a workbook of orders by a worker."""

    upload = models.OneToOneField(OrderUpload, on_delete=models.CASCADE, primary_key=True, related_name="job")


class OrderUploadLine(models.Model):
    """A line of a workbook of orders: what it asks for, what it was matched with, and what was ordered of it."""

    upload = models.ForeignKey(OrderUpload, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField(help_text="counts from 1 in the order of the file")
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField()
    order_ref = models.CharField(max_length=64, blank=True, help_text="the reseller's own order number")
    name = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=200, blank=True)
    style_no = models.CharField(max_length=64, blank=True)
    colour = models.CharField(max_length=40, blank=True)
    size = models.CharField(max_length=30, blank=True)
    barcode = models.CharField(max_length=32, blank=True)
    units = models.PositiveIntegerField()
    remark = models.CharField(max_length=MAX_REMARK, blank=True)
    fault = models.JSONField(null=True, help_text="why the line can never be ordered as it stands: code, zh, en")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in OrderUploadLineState])
    item = models.ForeignKey(
        "flashsales.SaleItem", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    choices = models.JSONField(default=list, help_text="sale items that may be meant")
    price_fen = models.BigIntegerField(null=True, help_text="the unit price that the preview showed")
    left_units = models.PositiveIntegerField(default=0, help_text="what stock and limits left of it at the preview")
    reason = models.JSONField(null=True, help_text="why it is not ready, or cannot be had in full: code, zh, en")
    repeats = models.JSONField(default=list, help_text="what it seems to repeat: code, zh, en")
    is_known_recipient = models.BooleanField(default=False)
    left_out = models.BooleanField(default=False, help_text="the reseller does not want it ordered")
    ordered_units = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, help_text="why it was not ordered, or not in full: code, zh, en")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["upload", "number"], name="order_upload_line_once"),
            models.CheckConstraint(
                condition=Q(units__gt=0, ordered_units__lte=F("units"), left_units__lte=F("units")),
                name="order_upload_line_units_sound",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderUploadLineState.READY.value) | Q(item__isnull=False, price_fen__isnull=False),
                name="order_upload_line_ready_has_item",
            ),
        )
        indexes = (models.Index(fields=["order_ref"], name="order_upload_lines_by_ref", condition=~Q(order_ref="")),)


class GoodsAlias(models.Model):
    """What a reseller means by the words of a workbook, as she once chose. `goods` is `matching.Wording.key`."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.CASCADE, related_name="+", db_index=False)
    goods = models.CharField(max_length=300)
    sku = models.ForeignKey("inventory.Sku", on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reseller", "goods"], name="goods_alias_once"),)


class OrderLayoutAnswer(models.Model):
    """Which column means what in a layout that a reseller was once asked about, remembered for her next workbook."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="column letters → field")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reseller", "fingerprint"], name="order_layout_answered_once"),)
