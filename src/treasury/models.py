from django.db import models
from django.db.models import F, Q

from ledger.rules import MAX_BANK_REFERENCE
from treasury.rules.bank_accounts import MAX_BANK, MAX_HOLDER, MAX_NUMBER, AccountState
from treasury.rules.batches import BatchFormat
from treasury.rules.closes import (
    MAX_EXPLANATION,
    MAX_SUBJECT,
    Compared,
    ComparisonState,
    DifferenceState,
)
from treasury.rules.requests import MAX_EVIDENCE, MAX_REASON, MONEY_OUT, STANDING, RequestKind, RequestState

_UNDECIDED_OR_BOOKED = Q(state__in=[RequestState.WAITING.value, RequestState.APPROVED.value])
_STANDING = Q(state__in=sorted(each.value for each in STANDING))
_APPROVED_ONCE = Q(state__in=["approved", "in_batch", "paid", "returned", "reversed"])
_ENDED = Q(state__in=[RequestState.REFUSED.value, RequestState.CANCELLED.value])
_MONEY_OUT = Q(kind__in=sorted(each.value for each in MONEY_OUT))


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


class TransferBatch(models.Model):
    """A file for the bank with the lines of approved money out, made once (MONEY-10)."""

    file_format = models.CharField(max_length=4, choices=[(each.value, each.value) for each in BatchFormat])
    content = models.BinaryField(help_text="the file; emptied when the bank has carried it out")
    sha256 = models.CharField(max_length=64, help_text="of the file, in hexadecimal")
    request_count = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    created_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    downloaded_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    downloaded_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)
    bank_reference = models.CharField(max_length=MAX_BANK_REFERENCE, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(request_count__gt=0, amount_fen__gt=0), name="transfer_batch_has_lines"),
            models.CheckConstraint(
                condition=Q(downloaded_at__isnull=True, downloaded_by__isnull=True)
                | Q(downloaded_at__isnull=False, downloaded_by__isnull=False),
                name="transfer_batch_downloaded",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True, bank_reference="")
                | (
                    Q(confirmed_at__isnull=False, confirmed_by__isnull=False, downloaded_at__isnull=False)
                    & ~Q(bank_reference="")
                ),
                name="transfer_batch_confirmed",
            ),
            models.UniqueConstraint(
                fields=["bank_reference"],
                condition=Q(confirmed_at__isnull=False),
                name="transfer_batch_reference_once",
            ),
        )


class MoneyRequest(models.Model):
    """Money that a person enters and another one approves.

    It is booked in the transaction of the approval. Money out waits for a batch, and is booked when the bank has carried it out.
    """

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
    batch = models.ForeignKey(
        TransferBatch, null=True, on_delete=models.PROTECT, related_name="requests", db_index=False
    )
    paid_at = models.DateTimeField(null=True, help_text="when the bank was confirmed to have carried it out")
    key = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="of a client that may send a withdrawal twice"
    )
    beneficiary = models.ForeignKey(
        "membership.Reseller",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="the reseller who is given what a brand forfeits; the platform where there is none",
    )
    line = models.ForeignKey(
        "orders.OrderLine",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="whose statement was sent, and of which a credit gives money back",
    )
    brand_part_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what the brand bears of a credit about a line, once it is booked"
    )
    pays_debt = models.BooleanField(
        default=False, db_default=False, help_text="a deduction that pays what the brand owes after its statements"
    )
    evidence = models.CharField(
        max_length=MAX_EVIDENCE, blank=True, default="", db_default="", help_text="what proves a deduction"
    )
    payment = models.ForeignKey(
        "payments.Payment",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="through a provider, for which another amount arrived",
    )
    provider_refund = models.ForeignKey(
        "payments.ProviderRefund",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="that the provider cannot pay out",
    )
    within_limit = models.BooleanField(
        default=False, db_default=False, help_text="an adjustment that one person may book"
    )
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
                condition=~_APPROVED_ONCE
                | Q(before_rule=True)
                | Q(within_limit=True, kind__in=["wallet_credit", "wallet_debit"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("entered_by"))),
                name="money_request_of_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.WAITING.value, decided_at__isnull=True, booked_as="")
                | (_ENDED & Q(decided_at__isnull=False, booked_as=""))
                | (~_MONEY_OUT & Q(state__in=["approved", "reversed"], decided_at__isnull=False) & ~Q(booked_as=""))
                | (_MONEY_OUT & Q(state__in=["approved", "in_batch"], decided_at__isnull=False, booked_as=""))
                | (_MONEY_OUT & Q(state__in=["paid", "returned"], decided_at__isnull=False)),
                name="money_request_is_decided",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, booked_as="", state__in=["approved", "in_batch", "returned"])
                | (Q(paid_at__isnull=False, state__in=["paid", "returned"]) & ~Q(booked_as=""))
                | Q(paid_at__isnull=True) & ~(_MONEY_OUT & _APPROVED_ONCE),
                name="money_request_paid",
            ),
            models.CheckConstraint(
                condition=Q(batch__isnull=True, state__in=["waiting", "refused", "cancelled", "approved", "reversed"])
                | Q(batch__isnull=False, state="in_batch")
                | Q(state__in=["paid", "returned"]),
                name="money_request_in_batch",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=True, brand_part_fen=0)
                | Q(
                    line__isnull=False,
                    kind=RequestKind.WALLET_CREDIT.value,
                    within_limit=False,
                    brand_part_fen__gte=0,
                    brand_part_fen__lte=F("amount_fen"),
                ),
                name="money_request_late_refund",
            ),
            models.CheckConstraint(
                condition=Q(pays_debt=False)
                | Q(kind=RequestKind.DEPOSIT_DEDUCTION.value, brand__isnull=False, beneficiary__isnull=True),
                name="money_request_pays_debt",
            ),
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=_UNDECIDED_OR_BOOKED & Q(kind__in=[RequestKind.TOP_UP.value, RequestKind.DEPOSIT.value]),
                name="money_request_reference_once",
            ),
            models.UniqueConstraint(fields=["statement"], condition=_STANDING, name="money_request_paid_out_once"),
            models.UniqueConstraint(
                fields=["reverses"], condition=_UNDECIDED_OR_BOOKED, name="money_request_reversed_once"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["waiting", "approved"], payment__isnull=False),
                name="money_request_payment_once",
            ),
            models.UniqueConstraint(
                fields=["provider_refund"],
                condition=Q(state__in=["waiting", "approved"], provider_refund__isnull=False),
                name="money_request_refund_once",
            ),
            models.UniqueConstraint(fields=["entered_by", "key"], condition=~Q(key=""), name="money_request_key_once"),
            models.UniqueConstraint(fields=["booked_as"], condition=~Q(booked_as=""), name="money_request_booked_once"),
        )
        indexes = (
            models.Index(fields=["state", "-id"], name="money_requests_by_state"),
            models.Index(fields=["kind", "reference"], name="money_requests_by_reference"),
            models.Index(fields=["reseller", "-id"], name="money_requests_of_reseller"),
            models.Index(fields=["batch", "id"], name="money_requests_of_batch"),
            models.Index(fields=["line"], name="money_requests_of_line", condition=Q(line__isnull=False)),
        )


class DayComparison(models.Model):
    """What came of the last comparison of a closed day with one thing (MONEY-15). Figures are sums, None where there is nothing to add."""

    day = models.DateField()
    compared = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Compared])
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ComparisonState])
    ledger_fen = models.BigIntegerField(null=True)
    other_fen = models.BigIntegerField(null=True)
    compared_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "compared"], name="day_comparison_once"),)


class CloseDifference(models.Model):
    """A difference between the ledger and what a closed day was compared with; it stays when it is resolved (MONEY-16)."""

    day = models.DateField()
    compared = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Compared])
    kind = models.CharField(max_length=30, help_text="what differs, like payment_not_booked")
    subject = models.CharField(max_length=MAX_SUBJECT, help_text="the number of a payment or refund, or an account")
    payment_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    ledger_fen = models.BigIntegerField(null=True)
    other_fen = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in DifferenceState])
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    explanation = models.CharField(max_length=MAX_EXPLANATION, blank=True)
    explained_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "compared", "kind", "subject"], name="close_difference_once"),
            models.CheckConstraint(
                condition=Q(state=DifferenceState.RESOLVED.value, resolved_at__isnull=False)
                | ~Q(state=DifferenceState.RESOLVED.value) & Q(resolved_at__isnull=True),
                name="close_difference_resolved",
            ),
            models.CheckConstraint(
                condition=~Q(state=DifferenceState.EXPLAINED.value)
                | Q(explained_by__isnull=False, explained_at__isnull=False) & ~Q(explanation=""),
                name="close_difference_explained",
            ),
        )
        indexes = (models.Index(fields=["state", "-day", "-id"], name="close_differences_by_state"),)
