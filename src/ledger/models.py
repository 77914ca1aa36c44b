from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from ledger.rules import NEVER_NEGATIVE, AccountKind, PostingKind


class LedgerAccount(models.Model):
    """An account and its running balance: the sum of its entries, which the integrity check compares (INTEGRITY-3)."""

    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in AccountKind])
    owner_id = models.BigIntegerField(default=0)
    balance_fen = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ledger_account"
        constraints = (
            models.UniqueConstraint(fields=["kind", "owner_id"], name="ledger_account_unique"),
            models.CheckConstraint(
                condition=Q(balance_fen__gte=0) | ~Q(kind__in=[kind.value for kind in NEVER_NEGATIVE]),
                name="ledger_balance_not_negative",
            ),
        )


class Posting(models.Model):
    """One movement of money. Its entries add up to zero; a deferred trigger refuses anything else."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in PostingKind])
    key = models.CharField(max_length=120, unique=True, help_text="the same key is posted at most once")
    cause = models.CharField(max_length=80, help_text="the row that caused it, like order:12")
    note = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        # Postings are written nearly in the order of their instants, so a range index finds those of a day.
        indexes = (BrinIndex(fields=["at"], name="ledger_postings_by_time", pages_per_range=32),)


class Entry(models.Model):
    """The amount of one account in a posting. A trigger refuses to change or delete it."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["posting", "account"], name="ledger_entry_once_per_account"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="ledger_entry_amount_not_zero"),
        )
        indexes = (models.Index(fields=["account", "id"], name="ledger_entries_of_account"),)


class ClosedDay(models.Model):
    """A day of Shanghai that is closed: no posting is stamped into it any more (LEDGER-1). `summed_at` is null until it is added up.

    Entries up to `complete_through_id` are of this day or earlier; no entry above `last_entry_id` is.
    """

    day = models.DateField(unique=True)
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    summed_at = models.DateTimeField(null=True)
    postings = models.PositiveIntegerField(default=0)
    complete_through_id = models.BigIntegerField(default=0)
    last_entry_id = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ledger_closedday"


class AccountDay(models.Model):
    """What moved an account on a closed day, and its balance at the end of it. An account that did not move has no row."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="days", db_index=False)
    day = models.DateField()
    in_fen = models.BigIntegerField()
    out_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    entries = models.PositiveIntegerField()

    class Meta:
        db_table = "ledger_accountday"
        constraints = (models.UniqueConstraint(fields=["account", "day"], name="ledger_account_once_a_day"),)
        indexes = (models.Index(fields=["day"], name="ledger_account_days_by_day"),)


class KindDay(models.Model):
    """All accounts of a kind on a closed day: opening + in − out = closing. Each closed day has a row of each kind that ever moved."""

    kind = models.CharField(max_length=20)
    day = models.DateField()
    opening_fen = models.BigIntegerField()
    in_fen = models.BigIntegerField()
    out_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    entries = models.PositiveIntegerField()

    class Meta:
        db_table = "ledger_kindday"
        constraints = (models.UniqueConstraint(fields=["day", "kind"], name="ledger_kind_once_a_day"),)
