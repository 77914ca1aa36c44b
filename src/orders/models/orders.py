"""Orders."""

from django.db import models
from django.db.models import F, Q, Value

from orders.rules.states import OrderState


class Order(models.Model):
    """An accepted grab. One statement inserts it with its lines and holds the units."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="orders")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in OrderState])
    tier = models.PositiveSmallIntegerField(help_text="the reseller's tier at the grab")
    total_fen = models.BigIntegerField(help_text="what its lines and their freight cost")
    freight_fen = models.BigIntegerField(default=0, db_default=0, help_text="the freight of its lines")
    placed_at = models.DateTimeField()
    pay_before = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when the contacts of its recipients were erased (PRIVACY-5)")
    request_digest = models.CharField(
        max_length=64,
        default="",
        db_default="",
        help_text="of the requested lines, where the order may hold less than was requested",
    )
    refused_lines = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="requested lines that were not ordered, or not in full: RefusedLineView",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "key"], name="order_once_per_key"),
            models.CheckConstraint(condition=Q(total_fen__gt=0), name="order_total_positive"),
            models.CheckConstraint(
                condition=Q(freight_fen__gte=0, freight_fen__lt=F("total_fen")), name="order_freight_within_total"
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.PAID.value) | Q(paid_at__isnull=False), name="order_paid_has_paid_at"
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="orders_of_reseller"),
            models.Index(fields=["pay_before"], name="orders_unpaid", condition=Q(state="unpaid")),
            models.Index(fields=["id"], name="orders_with_contacts", condition=Q(erased_at__isnull=True)),
            models.Index(
                fields=["reseller", "state", "pay_before"],
                name="orders_not_paid_by_reseller",
                condition=~Q(state="paid"),
            ),
        )

    @property
    def goods_fen(self) -> int:
        """What its goods cost, without freight: growth counts that."""
        return self.total_fen - self.freight_fen
