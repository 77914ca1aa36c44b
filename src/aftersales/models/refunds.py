"""Refunds of order lines, and what follows from them: exchanges, claims on carriers, substitutes."""

from django.db import models
from django.db.models import F, Q

from aftersales.rules import BEARERS, ClaimState, Party, RefundReason, SubstituteState

_STORED_SUBSTITUTE_STATES = (SubstituteState.OFFERED, SubstituteState.ACCEPTED, SubstituteState.DECLINED)


class Refund(models.Model):
    """A refund of an order line: why, by whom, the amount that the wallet received for the goods, the freight, and at whose cost.

    `units` is 0 where a part of the price was refunded and the customer keeps the goods. `payable_fen` and `claim_fen` are the parts
    that lowered the brand's payable and that a carrier owes; the rest lowered the platform's commission.
    """

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="refunds")
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in RefundReason])
    note = models.CharField(max_length=300, blank=True)
    units = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    borne_by = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in BEARERS],
        default=Party.BRAND.value,
        db_default=Party.BRAND.value,
    )
    payable_fen = models.BigIntegerField(
        null=True, help_text="null in rows of version 0.2: the units times the brand's part of the line's price"
    )
    claim_fen = models.BigIntegerField(default=0, db_default=0)
    freight_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="of what was paid for shipping, beside the amount (ORDER-16)"
    )
    return_freight_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="for sending the goods back, beside the amount (AFTER-22)"
    )
    return_freight_by = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[(each.value, each.value) for each in (Party.BRAND, Party.PLATFORM)],
        help_text="who bears the return freight",
    )
    key = models.CharField(max_length=64, help_text="the client's idempotency key, or that of the case")
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line", "key"], name="refund_once_per_key"),
            models.CheckConstraint(
                condition=Q(units__gt=0, amount_fen__gte=0)
                | Q(units=0, amount_fen__gt=0, reason=RefundReason.ALLOWANCE.value),
                name="refund_units_or_allowance",
            ),
            models.CheckConstraint(
                condition=Q(freight_fen__gte=0, return_freight_fen=0, return_freight_by="")
                | Q(freight_fen=0, return_freight_fen__gt=0, return_freight_by__in=["brand", "platform"]),
                name="refund_freight_sound",
            ),
        )


class Exchange(models.Model):
    """An exchange 换码 of paid units for another colour or size: the refund of the old units, and the order of the new ones (ORDER-12)."""

    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="exchange")
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="exchange")


class CarrierClaim(models.Model):
    """What a carrier owes for a refund that it bears, and how the claim ended (AFTER-16)."""

    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="carrier_claim")
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ClaimState])
    amount_fen = models.BigIntegerField(help_text="of the refund, what the carrier bears")
    paid_fen = models.BigIntegerField(default=0)
    carrier_name = models.CharField(max_length=30, blank=True)
    tracking_no = models.CharField(max_length=40, blank=True, help_text="of the last parcel with units of the line")
    reference = models.CharField(
        max_length=80, blank=True, help_text="the carrier's number of the claim, or the bank's of its payment"
    )
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, paid_fen__gte=0, paid_fen__lte=F("amount_fen")),
                name="carrier_claim_paid_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(state=ClaimState.PAID.value, paid_fen__gt=0, ended_at__isnull=False)
                | Q(state=ClaimState.REJECTED.value, paid_fen=0, ended_at__isnull=False)
                | Q(state__in=[ClaimState.OPEN.value, ClaimState.CLAIMED.value], paid_fen=0, ended_at__isnull=True),
                name="carrier_claim_state_has_its_end",
            ),
        )
        indexes = (models.Index(fields=["state", "-id"], name="carrier_claims_by_state"),)


class Substitute(models.Model):
    """Another colour or size that a brand offered for units short (AFTER-17). It holds no units; accepted, it has an order of its own."""

    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="substitute")
    item = models.ForeignKey("flashsales.SaleItem", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in _STORED_SUBSTITUTE_STATES])
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    order = models.OneToOneField("orders.Order", null=True, on_delete=models.PROTECT, related_name="substitute")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state=SubstituteState.OFFERED.value, answered_at__isnull=True, order__isnull=True)
                | Q(state=SubstituteState.ACCEPTED.value, answered_at__isnull=False, order__isnull=False)
                | Q(state=SubstituteState.DECLINED.value, answered_at__isnull=False, order__isnull=True),
                name="substitute_state_has_its_columns",
            ),
        )
