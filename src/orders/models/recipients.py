"""Customers of resellers to whom goods are shipped."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Right, Substr

from orders.rules.recipients import MAX_CUSTOMER_NOTE, MAX_TAG_LENGTH

PHONE_TAIL = Case(
    When(phone__startswith="1", then=Substr("phone", 8, 4)),
    When(phone__regex=r"-\d+-", then=Value("")),
    default=Right("phone", 4),
    output_field=models.CharField(),
)
"""The last four digits of a number, which are shown of a masked one: those before the extension of a mobile number, none of a landline
with an extension."""


class Recipient(models.Model):
    """A customer of a reseller to whom goods are shipped. Holds only what shipping needs."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="recipients")
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20)
    address = models.CharField(max_length=200)
    note = models.CharField(max_length=MAX_CUSTOMER_NOTE, blank=True, default="", db_default="")
    tags = ArrayField(models.CharField(max_length=MAX_TAG_LENGTH), default=list, db_default=Value("{}"))
    sizes = models.JSONField(
        default=list, db_default=Value([], models.JSONField()), help_text="kind and size of each: CustomerSize"
    )
    hidden_at = models.DateTimeField(null=True, help_text="removed from the address book; old orders keep it")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="the entry that took its place when it was edited or merged; its orders count for that one",
    )
    erased_at = models.DateTimeField(null=True, help_text="when contact, note, tags and sizes were erased (PRIVACY-5)")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["reseller", "name", "phone", "address"],
                name="recipient_unique",
                condition=Q(hidden_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name="", phone="", address="", note="", hidden_at__isnull=False),
                name="recipient_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(
                fields=["hidden_at"],
                name="recipients_to_erase",
                condition=Q(hidden_at__isnull=False, erased_at__isnull=True),
            ),
            models.Index(fields=["reseller", "-id"], name="recipients_of_reseller"),
            models.Index(fields=["phone"], name="recipients_by_phone"),
            models.Index(fields=["name"], name="recipients_by_name"),
            models.Index(PHONE_TAIL, name="recipients_by_phone_tail"),
            models.Index(
                fields=["merged_into"], name="recipients_by_merged_into", condition=Q(merged_into__isnull=False)
            ),
        )
