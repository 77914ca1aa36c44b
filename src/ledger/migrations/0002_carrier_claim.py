from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("wallet", "wallet"),
                    ("deposit", "deposit"),
                    ("brand_payable", "brand_payable"),
                    ("brand_settled", "brand_settled"),
                    ("commission", "commission"),
                    ("carrier_claim", "carrier_claim"),
                    ("clearing", "clearing"),
                ],
                max_length=20,
            ),
        ),
    ]
