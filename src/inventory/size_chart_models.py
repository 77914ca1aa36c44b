"""Size charts of styles, of categories and of brands, and those that an upload sets (STOCK-16, STOCK-17)."""

from django.db import models
from django.db.models import Q


class SizeChart(models.Model):
    """The size chart of a brand for a category, or for all its goods without one of their own (STOCK-16)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(
        "inventory.Category", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rows = models.JSONField(help_text="lines of cells, the heading first")
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["brand", "category"], name="size_chart_once", nulls_distinct=False),
        )


class StyleSizeChart(models.Model):
    """The size chart of one style, which wins over that of its category (STOCK-16)."""

    style = models.OneToOneField("inventory.Style", primary_key=True, on_delete=models.CASCADE, related_name="+")
    rows = models.JSONField(help_text="lines of cells, the heading first")
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()


class UploadSizeChart(models.Model):
    """A chart that an upload sets: of a style, of a category, or of all goods. One that is as it was has no row.

    `old` is what it replaced, written when the upload is applied.
    """

    upload = models.ForeignKey("inventory.Upload", on_delete=models.CASCADE, related_name="chart_rows")
    category = models.ForeignKey(
        "inventory.Category", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    style_id = models.BigIntegerField(null=True, help_text="of a style that the upload may be the first to name")
    style_no = models.CharField(max_length=64, blank=True)
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField()
    rows = models.JSONField(help_text="lines of cells, the heading first")
    old = models.JSONField(null=True, help_text="before the upload was applied; null where there was none")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(style_id__isnull=True), name="upload_size_chart_of_one_subject"
            ),
        )
