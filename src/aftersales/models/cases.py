"""Cases 售后单, how they were decided, and units that are sent again."""

from django.db import models
from django.db.models import F, Q

from aftersales.models.photos import Photo
from aftersales.models.refunds import Refund
from aftersales.rules import BEARERS, OPEN_STATES, RESEND_BEARERS, CaseAction, CaseReason, CaseState, Disposition, Party
from orders.rules.refunds import RefundTarget


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
    fault = models.CharField(
        max_length=10, blank=True, default="", db_default="", choices=[(each.value, each.value) for each in Party]
    )
    borne_by = models.CharField(
        max_length=10, blank=True, default="", db_default="", choices=[(each.value, each.value) for each in BEARERS]
    )
    liability_reason = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="why fault or bearer are not the usual ones"
    )
    disposition = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[(each.value, each.value) for each in Disposition],
        help_text="where the goods are that came back",
    )
    return_address = models.CharField(max_length=200, blank=True, help_text="where the goods are to be sent")
    carrier = models.CharField(max_length=30, blank=True)
    tracking_no = models.CharField(max_length=40, blank=True)
    sent_back_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when its evidence was erased (PRIVACY-5)")
    refund_to = models.CharField(
        max_length=6,
        blank=True,
        default="",
        db_default="",
        choices=[(each.value, each.value) for each in RefundTarget],
        help_text="where she wants the money of its refund; as she chose for all where it is empty",
    )
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
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(evidence="", ended_at__isnull=False),
                name="case_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], name="cases_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["state", "-id"], name="cases_by_state"),
            models.Index(fields=["reseller", "-id"], name="cases_of_reseller"),
            models.Index(fields=["brand", "-id"], name="cases_of_brand"),
        )


class Resend(models.Model):
    """Units of a case that the brand sends again 补发 (AFTER-18). A line has one resend at a time; how much of it is left stands there.

    `payable_fen` is what the platform paid the brand for the units; `taken_units` of them were taken out of the sale item `item`, the
    others from free stock. `refund`: of what the brand did not have in the end.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="resend")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="resends")
    units = models.PositiveIntegerField()
    borne_by = models.CharField(max_length=10, choices=[(each.value, each.value) for each in RESEND_BEARERS])
    payable_fen = models.BigIntegerField()
    item = models.ForeignKey(
        "flashsales.SaleItem", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_units = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="resend")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(units__gt=0, taken_units__lte=F("units")), name="resend_units_sound"),
            models.CheckConstraint(
                condition=Q(borne_by=Party.PLATFORM.value, payable_fen__gte=0) | Q(payable_fen=0),
                name="resend_paid_by_platform",
            ),
            models.CheckConstraint(
                condition=Q(taken_units=0, item__isnull=True) | Q(taken_units__gt=0, item__isnull=False),
                name="resend_taken_from_item",
            ),
        )

    @property
    def goods(self) -> str:
        sku = self.line.sku
        return " ".join(part for part in (sku.style.style_no, sku.colour, sku.size) if part)


class Decision(models.Model):
    """What ops decided about a case with one request: the same key decides a case once, alone or among many (AFTER-12)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    action = models.CharField(max_length=20, choices=[(each.value, each.value) for each in CaseAction])
    amount_fen = models.BigIntegerField(null=True, help_text="what was to be refunded; null where nothing was chosen")
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "key"], name="decision_once_per_key"),)


class CasePhoto(models.Model):
    """A photo of a case; one photo may show what is wrong in several cases of an order."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_photos")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="case_photos")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "photo"], name="case_photo_once"),)
