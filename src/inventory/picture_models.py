"""The pictures of styles: which a style has, and the archives and links that they come from (STOCK-13 to STOCK-15)."""

from django.db import models
from django.db.models import Q

from inventory.rules import PictureJobState, PictureSource


class StylePicture(models.Model):
    """A picture of a style (STOCK-13). `Style.picture` is the cover, one of them; "" as the colour: of the style as a whole."""

    style = models.ForeignKey("inventory.Style", on_delete=models.CASCADE, related_name="pictures", db_index=False)
    sha256 = models.CharField(max_length=64)
    colour = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(
        help_text="0 first; two may have the same, the one that came first goes before"
    )
    source = models.CharField(max_length=10, choices=[(each.value, each.value) for each in PictureSource])
    upload = models.ForeignKey(
        "inventory.Upload",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="the workbook that brought it",
    )
    added_at = models.DateTimeField()
    has_logo = models.BooleanField(default=False, help_text="it shows the brand's name or logo, as ops see it")
    looked_at = models.DateTimeField(null=True, help_text="when ops last said whether it shows a logo")
    looked_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["style", "sha256"], name="style_picture_once"),)
        indexes = (
            models.Index(fields=["sha256"], name="style_pictures_by_sha256"),
            models.Index(fields=["id"], name="style_pictures_to_look_at", condition=Q(looked_at__isnull=True)),
        )


class PictureArchive(models.Model):
    """A ZIP of pictures that a brand sent, named by style numbers, and what became of each file (STOCK-14)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in PictureJobState],
        default=PictureJobState.WAITING.value,
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, help_text="until then a worker has it")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True, help_text="why it was refused")
    taken = models.PositiveIntegerField(default=0, help_text="pictures that are now with their styles")
    left_out = models.JSONField(
        default=list, help_text="name and reason of each file that was not taken, the first ones"
    )

    class Meta:
        indexes = (
            models.Index(fields=["brand", "-id"], name="archives_of_brand"),
            models.Index(fields=["id"], name="archives_waiting", condition=Q(state="waiting")),
        )


class PictureLink(models.Model):
    """An address of a picture in a workbook that was applied; a worker fetches it (STOCK-15)."""

    upload = models.ForeignKey("inventory.Upload", on_delete=models.CASCADE, related_name="+", db_index=False)
    style = models.ForeignKey("inventory.Style", on_delete=models.CASCADE, related_name="+")
    colour = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=1000)
    position = models.PositiveSmallIntegerField()
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField(null=True)
    state = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in PictureJobState],
        default=PictureJobState.WAITING.value,
        db_default=PictureJobState.WAITING.value,
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True, help_text="until then a worker has it, or nobody tries again")
    reason = models.CharField(max_length=40, blank=True, db_default="", help_text="why there is no picture")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["upload", "style", "address"], name="picture_link_once"),)
        indexes = (models.Index(fields=["id"], name="picture_links_waiting", condition=Q(state="waiting")),)
