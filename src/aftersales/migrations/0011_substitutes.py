"""Other goods that brands offer for units short (AFTER-17)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aftersales", "0010_carrier_claims"),
        ("flashsales", "0001_initial"),
        ("orders", "0015_received_payments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Substitute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("offered", "offered"), ("accepted", "accepted"), ("declined", "declined")],
                        max_length=10,
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.saleitem"
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="substitute",
                        to="orders.order",
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="substitute", to="aftersales.refund"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("order__isnull", True), ("state", "offered")),
                            models.Q(("answered_at__isnull", False), ("order__isnull", False), ("state", "accepted")),
                            models.Q(("answered_at__isnull", False), ("order__isnull", True), ("state", "declined")),
                            _connector="OR",
                        ),
                        name="substitute_state_has_its_columns",
                    )
                ],
            },
        ),
    ]
