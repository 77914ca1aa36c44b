"""Money that reached the platform for an order (ORDER-15)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_tracked_parcels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceivedPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(help_text="the bank's or provider's", max_length=80, unique=True)),
                ("amount_fen", models.BigIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("paid", "paid"),
                            ("paid_late", "paid_late"),
                            ("already_paid", "already_paid"),
                            ("cancelled", "cancelled"),
                            ("ordered_again", "ordered_again"),
                            ("sale_over", "sale_over"),
                            ("sold_out", "sold_out"),
                            ("over_limit", "over_limit"),
                            ("too_little", "too_little"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="received_payments", to="orders.order"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="received_payment_amount_positive"
                    )
                ],
            },
        ),
    ]
