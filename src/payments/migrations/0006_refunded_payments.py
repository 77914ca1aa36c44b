"""What of a payment went back to its source."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_refunds_to_source"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="refunded_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="the sum of its refunds to the source that did not fail"
            ),
        ),
        AddConstraintNotValid(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunded_fen", 0),
                    models.Q(("refunded_fen__gt", 0), ("refunded_fen__lte", models.F("amount_fen")), ("state", "paid")),
                    _connector="OR",
                ),
                name="payment_refunds_within_amount",
            ),
        ),
    ]
