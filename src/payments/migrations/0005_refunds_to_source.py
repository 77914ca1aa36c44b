"""Refunds to the source of a payment."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_provider_until"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(help_text="our number at the provider", max_length=32, unique=True)),
                ("reseller_id", models.BigIntegerField(help_text="whose wallet it left")),
                ("cause", models.CharField(help_text="what it is for, like refund:12", max_length=40)),
                (
                    "order_id",
                    models.BigIntegerField(help_text="the order that it is about, where it is about one", null=True),
                ),
                ("amount_fen", models.BigIntegerField()),
                ("reason", models.CharField(help_text="what the provider shows to her", max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("processing", "processing"),
                            ("abnormal", "abnormal"),
                            ("succeeded", "succeeded"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "taken_at",
                    models.DateTimeField(help_text="when the provider was heard to have taken it on", null=True),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "provider_refund_id",
                    models.CharField(blank=True, help_text="the provider's number of it", max_length=64),
                ),
                (
                    "received_account",
                    models.CharField(blank=True, help_text="where it goes, as the provider says", max_length=64),
                ),
                (
                    "refusal",
                    models.CharField(blank=True, help_text="the provider's word for its last refusal", max_length=64),
                ),
                ("proof", models.TextField(blank=True, help_text="the genuine answer that says that it was paid out")),
                ("queries_count", models.IntegerField(default=0)),
                ("asked_at", models.DateTimeField(help_text="when the provider was last asked", null=True)),
                ("next_query_at", models.DateTimeField(help_text="when the provider is asked next, while it is open")),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="payments.payment"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["abnormal", "processing", "waiting"])),
                        fields=["next_query_at", "id"],
                        name="provider_refunds_to_ask_about",
                    ),
                    models.Index(fields=["reseller_id", "-id"], name="provider_refunds_of_reseller"),
                    models.Index(
                        condition=models.Q(("order_id__isnull", False)),
                        fields=["order_id"],
                        name="provider_refunds_of_order",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="provider_refund_amount_positive"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "failed"), _negated=True),
                        fields=("cause",),
                        name="provider_refund_once_per_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state__in", ["abnormal", "processing", "waiting"])),
                            models.Q(("ended_at__isnull", False), ("state__in", ["succeeded", "failed"])),
                            _connector="OR",
                        ),
                        name="provider_refund_end_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefundChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reseller_id", models.BigIntegerField(unique=True)),
                ("to_wallet", models.BooleanField()),
                ("chosen_at", models.DateTimeField()),
            ],
        ),
    ]
