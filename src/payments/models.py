from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value

from payments.rules.bills import BillKind, BillState, LineKind
from payments.rules.payments import (
    MAX_DIFFERENCE_REASON,
    MAX_KEY,
    PROBLEMS,
    CallbackOutcome,
    Difference,
    PaymentState,
    PaymentWay,
    Provider,
)
from payments.rules.refunds import MAX_REASON, OPEN_STATES, RefundState


class Payment(models.Model):
    """Money that a reseller pays through a provider into her wallet, from the start to its end (PAY-1).

    A row exists before the provider is asked, so whatever the provider knows has its row here.
    """

    number = models.CharField(max_length=32, unique=True, help_text="our number at the provider")
    reseller_id = models.BigIntegerField(help_text="whose wallet it is for")
    key = models.CharField(max_length=MAX_KEY, help_text="of the client: the same key starts one payment")
    provider = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Provider])
    way = models.CharField(max_length=20, choices=[(each.value, each.value) for each in PaymentWay])
    amount_fen = models.BigIntegerField()
    state = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in PaymentState],
        default=PaymentState.OPEN.value,
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="when it is closed; earlier than `provider_until` where it ended early")
    provider_until = models.DateTimeField(
        null=True, help_text="the end that the provider is told; `expires_at` where it is not known"
    )
    pay_address = models.TextField(blank=True, help_text="where she pays: the text of a QR code, or a link")
    transaction_id = models.CharField(max_length=64, blank=True, help_text="the provider's number of the money")
    paid_at = models.DateTimeField(null=True, help_text="when the provider took the money, as it says")
    booked_at = models.DateTimeField(null=True, help_text="when the money was booked into the wallet")
    closed_at = models.DateTimeField(null=True, help_text="kept where money arrived after it was closed")
    difference = models.CharField(
        max_length=20,
        choices=[(each.value, each.value) for each in Difference],
        blank=True,
        help_text="in what a report of money differed; nothing was booked for it",
    )
    ended_difference = models.CharField(
        max_length=20,
        choices=[(each.value, each.value) for each in Difference],
        blank=True,
        default="",
        db_default="",
        help_text="the difference that finance ended last: no money of ours",
    )
    ended_before = ArrayField(
        models.CharField(max_length=20),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=20))),
        help_text="the differences that finance ended before that one",
    )
    difference_ended_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    difference_ended_at = models.DateTimeField(null=True)
    difference_reason = models.CharField(max_length=MAX_DIFFERENCE_REASON, blank=True, default="", db_default="")
    proof = models.TextField(blank=True, help_text="the genuine answer or callback that it was booked by")
    reported_fen = models.BigIntegerField(
        null=True, help_text="what the provider says that it took, where that is another amount; not booked"
    )
    reported_transaction_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    reported_at = models.DateTimeField(null=True, help_text="when it took that, as it says")
    reported_proof = models.TextField(blank=True, default="", db_default="", help_text="the genuine text that says so")
    asked_fen = models.BigIntegerField(
        null=True, help_text="what she was to pay, where people booked the other amount that arrived"
    )
    refunded_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="the sum of its refunds to the source that did not fail"
    )
    queries_count = models.IntegerField(default=0)
    asked_at = models.DateTimeField(null=True, help_text="when the provider was last asked")
    next_query_at = models.DateTimeField(help_text="when the provider is asked next, while the payment is open")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller_id", "key"], name="payment_once_per_key"),
            models.UniqueConstraint(
                fields=["provider", "transaction_id"],
                name="payment_once_per_transaction",
                condition=~Q(transaction_id=""),
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(state=PaymentState.PAID.value, booked_at__isnull=False, paid_at__isnull=False)
                & ~Q(transaction_id="")
                | ~Q(state=PaymentState.PAID.value)
                & Q(booked_at__isnull=True, paid_at__isnull=True, transaction_id=""),
                name="payment_paid_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen=0)
                | Q(state=PaymentState.PAID.value, refunded_fen__gt=0, refunded_fen__lte=F("amount_fen")),
                name="payment_refunds_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state=PaymentState.CLOSED.value) | Q(closed_at__isnull=False),
                name="payment_closed_has_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_query_at", "id"],
                name="payments_to_ask_about",
                condition=Q(state=PaymentState.OPEN.value),
            ),
            models.Index(fields=["reseller_id", "-id"], name="payments_of_reseller"),
            models.Index(fields=["-id"], name="payments_that_differ", condition=~Q(difference="")),
            models.Index(
                fields=["provider", "paid_at"], name="payments_by_time", condition=Q(state=PaymentState.PAID.value)
            ),
        )


class ProviderEvent(models.Model):
    """A callback with a genuine signature, stored once by the provider's id of it, and what became of it (PAY-4)."""

    provider = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Provider])
    event_id = models.CharField(max_length=128, help_text="the provider's")
    kind = models.CharField(max_length=64)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="events")
    number = models.CharField(max_length=64, blank=True, help_text="the number that it names")
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in CallbackOutcome])
    difference = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Difference], blank=True)
    signed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    times = models.IntegerField(default=1, help_text="how often it was received")
    content = models.TextField(help_text="what it says, decrypted")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once"),)
        indexes = (
            models.Index(fields=["payment", "id"], name="provider_events_of_payment"),
            models.Index(
                fields=["-id"],
                name="provider_events_to_look_at",
                condition=Q(outcome__in=sorted(each.value for each in PROBLEMS)),
            ),
        )


class ProviderRefund(models.Model):
    """Money of a payment that goes back to its source, from the start to its end (PAY-8).

    A row exists before the provider is asked. While it is open, the money is in transit; one that failed put it back into the wallet.
    """

    number = models.CharField(max_length=32, unique=True, help_text="our number at the provider")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    reseller_id = models.BigIntegerField(help_text="whose wallet it left")
    cause = models.CharField(max_length=40, help_text="what it is for, like refund:12")
    order_id = models.BigIntegerField(null=True, help_text="the order that it is about, where it is about one")
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=MAX_REASON, help_text="what the provider shows to her")
    state = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in RefundState], default=RefundState.WAITING.value
    )
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, help_text="when the provider was heard to have taken it on")
    ended_at = models.DateTimeField(null=True)
    provider_refund_id = models.CharField(max_length=64, blank=True, help_text="the provider's number of it")
    received_account = models.CharField(max_length=64, blank=True, help_text="where it goes, as the provider says")
    refusal = models.CharField(max_length=64, blank=True, help_text="the provider's word for its last refusal")
    proof = models.TextField(blank=True, help_text="the genuine answer that says that it was paid out")
    queries_count = models.IntegerField(default=0)
    asked_at = models.DateTimeField(null=True, help_text="when the provider was last asked")
    next_query_at = models.DateTimeField(help_text="when the provider is asked next, while it is open")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="provider_refund_amount_positive"),
            models.UniqueConstraint(
                fields=["cause"], condition=~Q(state=RefundState.FAILED.value), name="provider_refund_once_per_cause"
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(each.value for each in OPEN_STATES), ended_at__isnull=True)
                | Q(state__in=[RefundState.SUCCEEDED.value, RefundState.FAILED.value], ended_at__isnull=False),
                name="provider_refund_end_has_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_query_at", "id"],
                name="provider_refunds_to_ask_about",
                condition=Q(state__in=sorted(each.value for each in OPEN_STATES)),
            ),
            models.Index(fields=["reseller_id", "-id"], name="provider_refunds_of_reseller"),
            models.Index(fields=["order_id"], name="provider_refunds_of_order", condition=Q(order_id__isnull=False)),
            models.Index(
                fields=["ended_at"], name="provider_refunds_by_time", condition=Q(state=RefundState.SUCCEEDED.value)
            ),
        )


class RefundChoice(models.Model):
    """Where a reseller wants refunds of orders that she paid through a provider; without a row they go back to their source (PAY-9)."""

    reseller_id = models.BigIntegerField(unique=True)
    to_wallet = models.BooleanField()
    chosen_at = models.DateTimeField()


class ProviderBill(models.Model):
    """The bill of a day at a provider, from the day on which it is wanted until it was taken (PAY-11).

    Fees and pay-outs to the bank are those of a bill of funds: what our balance there lost by them.
    """

    provider = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Provider])
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in BillKind])
    day = models.DateField(help_text="of China")
    state = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in BillState], default=BillState.WANTED.value
    )
    lines_count = models.IntegerField(default=0)
    fee_fen = models.BigIntegerField(default=0)
    to_bank_fen = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the text that was read")
    failure = models.CharField(max_length=200, blank=True, help_text="why it was not taken, in the words of the log")
    asked_at = models.DateTimeField(null=True)
    next_query_at = models.DateTimeField(help_text="when it is asked for next, while it is wanted")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["provider", "kind", "day"], name="provider_bill_once_per_day"),
            models.CheckConstraint(
                condition=Q(state=BillState.TAKEN.value, taken_at__isnull=False) & ~Q(digest="")
                | ~Q(state=BillState.TAKEN.value)
                & Q(taken_at__isnull=True, digest="", lines_count=0, fee_fen=0, to_bank_fen=0),
                name="provider_bill_taken_has_digest",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_query_at", "id"], name="provider_bills_wanted", condition=Q(state=BillState.WANTED.value)
            ),
            models.Index(fields=["-day", "-id"], name="provider_bills_by_day"),
        )


class ProviderBillLine(models.Model):
    """A line of a bill: a payment, a refund, a fee, or a pay-out to our bank (PAY-11)."""

    bill = models.ForeignKey(ProviderBill, on_delete=models.PROTECT, related_name="lines")
    line_no = models.CharField(max_length=140, help_text="the provider's number of the movement")
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in LineKind])
    number = models.CharField(max_length=64, blank=True, help_text="ours, of the payment")
    refund_number = models.CharField(max_length=64, blank=True, help_text="ours, of the refund")
    transaction_id = models.CharField(max_length=64, blank=True)
    amount_fen = models.BigIntegerField(help_text="what our balance gained")
    fee_fen = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    what = models.CharField(max_length=40, help_text="what the provider calls it")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["bill", "line_no"], name="provider_bill_line_once"),)
        indexes = (
            models.Index(fields=["number"], name="provider_bill_lines_by_number"),
            models.Index(fields=["refund_number"], name="provider_bill_lines_by_refund"),
        )
