from django.db import models
from django.db.models import Q

from brands.rules import BrandStatus


class AdmissionTermsVersion(models.Model):
    """What admission requires from an instant on; the newest row that has begun is in force."""

    from_at = models.DateTimeField(unique=True)
    min_annual_sales_fen = models.BigIntegerField()
    min_offline_shops = models.PositiveIntegerField()
    deposit_fen = models.BigIntegerField()


class Brand(models.Model):
    """A brand that applied; admitted or refused by ops with a reason."""

    name = models.CharField(max_length=80, unique=True)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in BrandStatus], default=BrandStatus.APPLIED.value
    )
    annual_sales_fen = models.BigIntegerField()
    offline_shops = models.PositiveIntegerField()
    deposit_required_fen = models.BigIntegerField(help_text="frozen when it was admitted")
    commission_rate = models.DecimalField(
        max_digits=5, decimal_places=4, help_text="share of the base price, 0.15 = 15 %"
    )
    contact = models.CharField(max_length=120, blank=True)
    return_address = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="where customers send goods back to"
    )
    min_order_fen = models.BigIntegerField(null=True, help_text="what one placement must have of the brand at least")
    min_order_units = models.PositiveIntegerField(null=True, help_text="how many units it must have")
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(commission_rate__gte=0) & Q(commission_rate__lt=1), name="brand_commission_is_a_share"
            ),
            models.CheckConstraint(condition=Q(status__in=[s.value for s in BrandStatus]), name="brand_status_known"),
        )


class Staff(models.Model):
    """A clerk works for exactly one brand."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="staff")
    person = models.OneToOneField("accounts.Person", on_delete=models.PROTECT, related_name="staff")
