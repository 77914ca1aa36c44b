from django.db import models
from django.db.models import Q

from aftersales.rules import RefundReason


class Refund(models.Model):
    """Units of an order line that were refunded: why, by whom, and what went back into the wallet."""

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="refunds")
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in RefundReason])
    note = models.CharField(max_length=300, blank=True)
    units = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(units__gt=0, amount_fen__gte=0), name="refund_gives_something"),
        )
