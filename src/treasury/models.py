from django.db import models
from django.db.models import F, Q

from ledger.rules import MAX_BANK_REFERENCE
from treasury.rules.bank_accounts import MAX_BANK, MAX_HOLDER, MAX_NUMBER, AccountState
from treasury.rules.requests import MAX_REASON, RequestKind, RequestState

_UNDECIDED_OR_BOOKED = Q(state__in=[RequestState.WAITING.value, RequestState.APPROVED.value])
_BOOKED = Q(state__in=[RequestState.APPROVED.value, RequestState.REVERSED.value])
_ENDED = Q(state__in=[RequestState.REFUSED.value, RequestState.CANCELLED.value])


class BankAccount(models.Model):
    """A bank account of a reseller or brand, entered by one person and approved by another (MONEY-5)."""

    reseller = models.ForeignKey("membership.Reseller", null=True, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in AccountState])
    holder = models.CharField(max_length=MAX_HOLDER)
    number = models.CharField(max_length=MAX_NUMBER)
    bank = models.CharField(max_length=MAX_BANK)
    branch = models.CharField(max_length=MAX_BANK, blank=True)
    cnaps = models.CharField(max_length=12, blank=True)
    entered_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=MAX_REASON, blank=True)
    payable_from = models.DateTimeField(null=True, help_text="the end of the cool-down, once it is approved")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(reseller__isnull=False, brand__isnull=True) | Q(reseller__isnull=True, brand__isnull=False),
                name="bank_account_has_one_owner",
            ),
            models.CheckConstraint(
                condition=~Q(state=AccountState.APPROVED.value)
                | (Q(decided_by__isnull=False, payable_from__isnull=False) & ~Q(decided_by=F("entered_by"))),
                name="bank_account_two_people",
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner],
                    condition=Q(state=state.value, **{f"{owner}__isnull": False}),
                    name=f"bank_account_one_{name}_{owner}",
                )
                for owner in ("reseller", "brand")
                for state, name in ((AccountState.APPROVED, "paid"), (AccountState.WAITING, "waits"))
            ),
        )
        indexes = (models.Index(fields=["state", "-id"], name="bank_accounts_by_state"),)


class MoneyRequest(models.Model):
    """Money that a person enters and another one approves. It is booked in the transaction of the approval."""

    kind = models.CharField(max_length=20, choices=[(each.value, each.value) for each in RequestKind])
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in RequestState])
    reseller = models.ForeignKey("membership.Reseller", null=True, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey("settlement.Statement", null=True, on_delete=models.PROTECT, related_name="+")
    bank_account = models.ForeignKey("BankAccount", null=True, on_delete=models.PROTECT, related_name="+")
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    amount_fen = models.BigIntegerField()
    reference = models.CharField(max_length=MAX_BANK_REFERENCE, blank=True, help_text="the bank's, as it is booked")
    booked_as = models.CharField(max_length=120, blank=True, help_text="the key of the posting, once it is approved")
    reason = models.CharField(max_length=MAX_REASON, blank=True, help_text="why a booking is reversed")
    entered_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=MAX_REASON, blank=True)
    before_rule = models.BooleanField(
        default=False, db_default=False, help_text="booked by one person, before two were required"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) | Q(amount_fen=0, kind=RequestKind.PAYOUT.value),
                name="money_request_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(reseller__isnull=False, brand__isnull=True) | Q(reseller__isnull=True, brand__isnull=False),
                name="money_request_has_one_owner",
            ),
            models.CheckConstraint(
                condition=~_BOOKED
                | Q(before_rule=True)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("entered_by"))),
                name="money_request_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.WAITING.value, decided_at__isnull=True, booked_as="")
                | (_BOOKED & Q(decided_at__isnull=False) & ~Q(booked_as=""))
                | (_ENDED & Q(decided_at__isnull=False, booked_as="")),
                name="money_request_decided",
            ),
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=_UNDECIDED_OR_BOOKED & Q(kind__in=[RequestKind.TOP_UP.value, RequestKind.DEPOSIT.value]),
                name="money_request_reference_once",
            ),
            models.UniqueConstraint(
                fields=["statement"], condition=_UNDECIDED_OR_BOOKED, name="money_request_payout_once"
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=_UNDECIDED_OR_BOOKED, name="money_request_reversed_once"
            ),
            models.UniqueConstraint(fields=["booked_as"], condition=~Q(booked_as=""), name="money_request_booked_once"),
        )
        indexes = (
            models.Index(fields=["state", "-id"], name="money_requests_by_state"),
            models.Index(fields=["kind", "reference"], name="money_requests_by_reference"),
        )
