"""Money that reached the platform for orders."""

from django.db import models
from django.db.models import Q

from ledger.rules import MAX_BANK_REFERENCE
from orders.models.orders import Order
from orders.rules.payments import PaymentOutcome


class ReceivedPayment(models.Model):
    """Money that reached the platform for an order, and what became of it (ORDER-15). It goes through the wallet in any case."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="received_payments")
    reference = models.CharField(max_length=MAX_BANK_REFERENCE, unique=True, help_text="the bank's or provider's")
    amount_fen = models.BigIntegerField()
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in PaymentOutcome])
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(amount_fen__gt=0), name="received_payment_amount_positive"),)


class OrderPayment(models.Model):
    """An order that a payment through a provider is to pay, and what became of it (PAY-6). `outcome` is "" until the money arrives."""

    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="provider_payments")
    amount_fen = models.BigIntegerField(help_text="what the order cost when the payment was begun")
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in PaymentOutcome], blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["payment", "order"], name="order_once_per_payment"),)
