from django.db import models
from django.db.models import Q

from aftersales.rules import OPEN_STATES, CaseReason, CaseState, RefundReason


class Refund(models.Model):
    """Refunded units of an order line: why, by whom, and the amount that the wallet received."""

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="refunds")
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in RefundReason])
    note = models.CharField(max_length=300, blank=True)
    units = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    key = models.CharField(max_length=64, help_text="the client's idempotency key, or that of the case")
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line", "key"], name="refund_once_per_key"),
            models.CheckConstraint(condition=Q(units__gt=0, amount_fen__gte=0), name="refund_units_positive"),
        )


class Case(models.Model):
    """A request to return units of a shipped order line 售后单, and its state (AFTER-5). A periodic job reads the open rows."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="cases")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="cases")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    units = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in CaseReason])
    evidence = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CaseState])
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="the deadline of the next step; null once the case has ended")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(
        max_length=300, blank=True, help_text="why it was rejected, or a note with the approval"
    )
    return_address = models.CharField(max_length=200, blank=True, help_text="where the goods are to be sent")
    carrier = models.CharField(max_length=30, blank=True)
    tracking_no = models.CharField(max_length=40, blank=True)
    sent_back_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="case")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "key"], name="case_once_per_key"),
            models.CheckConstraint(condition=Q(units__gt=0), name="case_units_positive"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in OPEN_STATES], ended_at__isnull=True, due_at__isnull=False)
                | Q(
                    state__in=[s.value for s in CaseState if s not in OPEN_STATES],
                    ended_at__isnull=False,
                    due_at__isnull=True,
                ),
                name="case_ended_has_no_deadline",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.REFUNDED.value, refund__isnull=False)
                | (~Q(state=CaseState.REFUNDED.value) & Q(refund__isnull=True)),
                name="case_refunded_has_refund",
            ),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], name="cases_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["state", "-id"], name="cases_by_state"),
            models.Index(fields=["reseller", "-id"], name="cases_of_reseller"),
            models.Index(fields=["brand", "-id"], name="cases_of_brand"),
        )
