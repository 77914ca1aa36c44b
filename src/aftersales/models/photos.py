"""Photos that people show of goods."""

from django.db import models
from django.db.models import Q


class Photo(models.Model):
    """A photo that somebody sent with a case or a message (AFTER-13). Its files lie in the store under its hash, without metadata.

    `person` of a photo from a customer is the reseller whom she sent it. A photo that nothing names after a day, and one whose cases
    ended long ago, is erased: the files go, the row stays.
    """

    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="of its largest size")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField(help_text="of what was sent")
    is_from_customer = models.BooleanField(
        default=False, db_default=False, help_text="it came with a report of a fault"
    )
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["person", "stored_at"], name="photos_of_person"),
            models.Index(fields=["sha256"], name="photos_by_hash", condition=Q(erased_at__isnull=True)),
            models.Index(fields=["stored_at"], name="photos_to_erase", condition=Q(erased_at__isnull=True)),
        )
