"""Enquiries 咨询 of resellers and their messages."""

from django.db import models
from django.db.models import Q

from aftersales.models.photos import Photo
from aftersales.rules import MAX_BRAND_NOTE, EnquiryState


class Enquiry(models.Model):
    """A thread 客服 of a reseller with the platform: about an order, about a style, or about nothing in particular (AFTER-14)."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="enquiries")
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="+")
    style = models.ForeignKey("inventory.Style", null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in EnquiryState])
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="until when ops are to answer; null while nothing is asked")
    closed_at = models.DateTimeField(null=True)
    read_message_id = models.BigIntegerField(default=0, help_text="the last message that the reseller has seen")
    brand = models.ForeignKey(
        "brands.Brand",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="that ops asked to answer (AFTER-15)",
    )
    brand_note = models.CharField(
        max_length=MAX_BRAND_NOTE, blank=True, default="", db_default="", help_text="what ops ask the brand"
    )
    passed_at = models.DateTimeField(null=True, help_text="when it was passed to the brand")
    brand_due_at = models.DateTimeField(
        null=True, help_text="until when the brand is to answer; null while it is not asked"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "key"], name="enquiry_once_per_key"),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(style__isnull=True), name="enquiry_has_one_subject"
            ),
            models.CheckConstraint(
                condition=Q(state=EnquiryState.OPEN.value, due_at__isnull=False, closed_at__isnull=True)
                | Q(state=EnquiryState.ANSWERED.value, due_at__isnull=True, closed_at__isnull=True)
                | Q(state=EnquiryState.CLOSED.value, due_at__isnull=True, closed_at__isnull=False),
                name="enquiry_state_has_its_times",
            ),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], name="enquiries_open", condition=Q(state="open")),
            models.Index(fields=["reseller", "-id"], name="enquiries_of_reseller"),
            models.Index(fields=["state", "last_message_at"], name="enquiries_by_state"),
            models.Index(fields=["brand", "-id"], name="enquiries_of_brand", condition=Q(brand__isnull=False)),
        )


class EnquiryMessage(models.Model):
    """What one side wrote. The words are erased in time; who wrote when stays."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="messages")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    is_from_reseller = models.BooleanField()
    brand = models.ForeignKey(
        "brands.Brand",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="whose clerk wrote it; null where the reseller or the platform did",
    )
    text = models.CharField(max_length=1000, blank=True)
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enquiry", "key"], name="enquiry_message_once_per_key"),)
        indexes = (models.Index(fields=["person", "at"], name="enquiry_messages_of_person"),)


class MessagePhoto(models.Model):
    """A photo of a message."""

    message = models.ForeignKey(EnquiryMessage, on_delete=models.PROTECT, related_name="message_photos")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="message_photos")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["message", "photo"], name="message_photo_once"),)
