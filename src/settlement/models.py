from django.db import models
from django.db.models import F, Q

from settlement.rules import StatementState


class Statement(models.Model):
    """What a brand is owed for one sale. The lines of the statement are the paid order lines of the sale."""

    sale = models.OneToOneField("flashsales.Sale", on_delete=models.PROTECT, related_name="statement")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="statements")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in StatementState], default=StatementState.DRAFT.value
    )
    units = models.IntegerField()
    refunded_units = models.IntegerField()
    sold_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    payable_fen = models.BigIntegerField()
    carrier_claims_fen = models.BigIntegerField(default=0, db_default=0, help_text="refunded at the cost of carriers")
    generated_at = models.DateTimeField()
    settleable_from = models.DateTimeField(help_text="when the after-sales window of its last line ends")
    settled_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    payout_reference = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    sold_fen=F("refunded_fen") - F("carrier_claims_fen") + F("commission_fen") + F("payable_fen")
                ),
                name="statement_totals_add_up",
            ),
        )
        indexes = (models.Index(fields=["brand", "-id"], name="statements_of_brand"),)
