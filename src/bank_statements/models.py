from django.db import models
from django.db.models import Q

from bank_statements.rules import MAX_ACCOUNT, MAX_NAME, MAX_REMARK, UploadState
from ledger.rules import MAX_BANK_REFERENCE

MAX_REASON = 200


class TransferClaim(models.Model):
    """A reseller says that she transferred money to the platform's bank account (TRANSFER-2).

    Whether it was found and booked is the state of the request of its line. `ended_at`: not found, or taken back.
    """

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    paid_on = models.DateField()
    payer = models.CharField(max_length=MAX_NAME)
    last_digits = models.CharField(max_length=8, blank=True)
    receipt = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the picture; empty for none")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    not_found_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    not_found_reason = models.CharField(max_length=MAX_REASON, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfer_claim_amount_positive"),
            models.CheckConstraint(
                condition=Q(not_found_by=None, not_found_reason="")
                | (Q(not_found_by__isnull=False, ended_at__isnull=False) & ~Q(not_found_reason="")),
                name="transfer_claim_not_found",
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="transfer_claims_of_reseller"),
            models.Index(fields=["-id"], condition=Q(ended_at=None), name="transfer_claims_open"),
        )


class BankStatementUpload(models.Model):
    """A file of finance: previewed, then committed or cancelled. `content` is what was read, until then."""

    account = models.CharField(max_length=MAX_ACCOUNT)
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in UploadState])
    content = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    gaps = models.JSONField(default=list)
    line_count = models.PositiveIntegerField()
    new_count = models.PositiveIntegerField(default=0, help_text="lines that no earlier file had")
    uploaded_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state=UploadState.PREVIEW.value, ended_at=None)
                | (~Q(state=UploadState.PREVIEW.value) & Q(ended_at__isnull=False)),
                name="bank_statement_upload_ended",
            ),
        )


class BankStatementLine(models.Model):
    """A line of the platform's own bank account, stored once however often it is uploaded (TRANSFER-4)."""

    account = models.CharField(max_length=MAX_ACCOUNT)
    reference = models.CharField(max_length=MAX_BANK_REFERENCE)
    amount_fen = models.BigIntegerField(help_text="above zero for money that came")
    booked_on = models.DateField()
    time = models.CharField(max_length=8, blank=True)
    counterparty = models.CharField(max_length=MAX_NAME, blank=True)
    counterparty_account = models.CharField(max_length=MAX_ACCOUNT, blank=True)
    remark = models.CharField(max_length=MAX_REMARK, blank=True)
    balance_fen = models.BigIntegerField(null=True)
    upload = models.ForeignKey(BankStatementUpload, on_delete=models.PROTECT, related_name="rows")
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField()
    set_aside_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    set_aside_at = models.DateTimeField(null=True)
    set_aside_reason = models.CharField(max_length=MAX_REASON, blank=True)
    bill = models.ForeignKey(
        "payments.ProviderBill",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="of a provider, whose pay-out it is: the bill has booked it",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["account", "reference", "amount_fen", "booked_on"], name="bank_statement_line_once"
            ),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="bank_statement_line_amount"),
            models.CheckConstraint(
                condition=Q(set_aside_by=None, set_aside_at=None, set_aside_reason="")
                | (Q(set_aside_by__isnull=False, set_aside_at__isnull=False) & ~Q(set_aside_reason="")),
                name="bank_statement_line_set_aside",
            ),
        )


class LineRequest(models.Model):
    """The money request that was entered for a line, or that it confirms. A request has one line; a line has one that stands."""

    line = models.ForeignKey(BankStatementLine, on_delete=models.PROTECT, related_name="links")
    request = models.OneToOneField("treasury.MoneyRequest", on_delete=models.PROTECT, related_name="statement_line")
    claim = models.ForeignKey(TransferClaim, null=True, on_delete=models.PROTECT, related_name="links")
    linked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
