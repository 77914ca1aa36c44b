from django.db import models
from django.db.models import F, Q

from inventory.rules import MovementKind


class Category(models.Model):
    """A node of the tree of goods. Only admitted leaves may be offered; forbidden ones are named so that uploads can say why."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    admitted = models.BooleanField(default=True)
    words = models.JSONField(default=list, help_text="words in workbooks that mean this category")


class BrandCategory(models.Model):
    """A category that a brand was admitted for."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="categories")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "category"], name="brand_category_once"),)


class Style(models.Model):
    """A design 款, named by its brand's style number 款号."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="styles")
    style_no = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="styles")
    season = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    gender = models.CharField(max_length=10, blank=True)
    picture = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its main picture")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "style_no"], name="style_no_unique_per_brand"),)
        indexes = (models.Index(fields=["category", "id"], name="styles_of_category"),)


class Sku(models.Model):
    """One colour × size of a style. Quantities change only through `inventory.verbs.move`."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="skus")
    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="skus")
    colour = models.CharField(max_length=40, blank=True)
    size = models.CharField(max_length=20)
    barcode = models.CharField(max_length=32, null=True)  # noqa: DJ001 - two SKUs without barcode must not collide
    tag_price_fen = models.BigIntegerField()
    base_price_fen = models.BigIntegerField()
    on_hand = models.IntegerField(default=0)
    allotted = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["style", "colour", "size"], name="sku_unique_in_style"),
            models.UniqueConstraint(
                fields=["brand", "barcode"], name="barcode_unique_per_brand", condition=Q(barcode__isnull=False)
            ),
            models.CheckConstraint(condition=Q(allotted__gte=0, on_hand__gte=F("allotted")), name="sku_units_sound"),
            models.CheckConstraint(
                condition=Q(base_price_fen__gt=0, tag_price_fen__gte=F("base_price_fen")), name="sku_prices_sound"
            ),
        )
        indexes = (models.Index(fields=["brand", "id"], name="skus_of_brand"),)


class Movement(models.Model):
    """Why the units of a SKU changed. Append-only; at most one of a kind per SKU and cause."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in MovementKind])
    cause = models.CharField(max_length=60, help_text="the row that it stems from, like sale:5")
    on_hand_delta = models.IntegerField()
    allotted_delta = models.IntegerField()
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sku", "kind", "cause"], name="movement_once_per_cause"),
            models.CheckConstraint(condition=~Q(on_hand_delta=0, allotted_delta=0), name="movement_moves_something"),
        )
