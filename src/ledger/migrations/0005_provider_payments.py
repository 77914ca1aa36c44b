"""Accounts of the money that payment providers hold, and the posting that brings it into wallets."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_resends"),
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
                    ("wechat_clearing", "wechat_clearing"),
                    ("alipay_clearing", "alipay_clearing"),
                ],
                max_length=20,
            ),
        ),
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
                ],
                max_length=20,
            ),
        ),
    ]
