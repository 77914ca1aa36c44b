"""A kind of posting for the end of a claim against a carrier."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_carrier_claim"),
    ]

    operations = [
        migrations.AlterField(
            model_name="posting",
            name="kind",
            field=models.CharField(
                choices=[
                    ("deposit", "deposit"),
                    ("deposit_return", "deposit_return"),
                    ("top_up", "top_up"),
                    ("withdrawal", "withdrawal"),
                    ("payment", "payment"),
                    ("refund", "refund"),
                    ("settlement", "settlement"),
                    ("payout", "payout"),
                    ("carrier_claim", "carrier_claim"),
                ],
                max_length=20,
            ),
        ),
    ]
