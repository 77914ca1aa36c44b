from django.db import models
from django.db.models import F, Q

from closings.rules import MAX_KEY, ClosingState
from treasury.rules.requests import MAX_REASON


class AccountClosing(models.Model):
    """That the account of a reseller or brand is to be closed: one asks, another one approves (MONEY-17)."""

    reseller = models.ForeignKey("membership.Reseller", null=True, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ClosingState])
    reason = models.CharField(max_length=MAX_REASON)
    key = models.CharField(max_length=MAX_KEY)
    requested_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=MAX_REASON, blank=True)
    paid_fen = models.BigIntegerField(default=0, help_text="what was left when it was closed, and is paid out")
    request = models.OneToOneField(
        "treasury.MoneyRequest",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the payment of what was left; null where nothing was",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(reseller__isnull=False, brand__isnull=True) | Q(reseller__isnull=True, brand__isnull=False),
                name="account_closing_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(state=ClosingState.WAITING.value, decided_by=None, decided_at=None)
                | ~Q(state=ClosingState.WAITING.value) & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="account_closing_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state=ClosingState.CLOSED.value) | ~Q(decided_by=F("requested_by")),
                name="account_closing_two_people",
            ),
            models.CheckConstraint(
                condition=Q(request=None, paid_fen=0)
                | Q(request__isnull=False, paid_fen__gt=0, state=ClosingState.CLOSED.value),
                name="account_closing_paid",
            ),
            models.UniqueConstraint(fields=["requested_by", "key"], name="account_closing_key_once"),
            *(
                models.UniqueConstraint(
                    fields=[owner],
                    condition=Q(state__in=[ClosingState.WAITING.value, ClosingState.CLOSED.value])
                    & Q(**{f"{owner}__isnull": False}),
                    name=f"account_closing_once_{owner}",
                )
                for owner in ("reseller", "brand")
            ),
        )
        indexes = (models.Index(fields=["state", "-id"], name="account_closings_by_state"),)
