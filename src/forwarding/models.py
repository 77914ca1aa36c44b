from django.db import models
from django.db.models import Q


class RetailPrice(models.Model):
    """What a reseller asks of her customers for a style of a sale."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="retail_prices")
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+")
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "sale", "style"], name="retail_price_once"),
            models.CheckConstraint(condition=Q(price_fen__gt=0), name="retail_price_above_nothing"),
        )
