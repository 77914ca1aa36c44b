from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_provider_payments"),
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
                    ("resend", "resend"),
                    ("carrier_claim", "carrier_claim"),
                    ("provider_payment", "provider_payment"),
                    ("reversal", "reversal"),
                ],
                max_length=20,
            ),
        ),
    ]
