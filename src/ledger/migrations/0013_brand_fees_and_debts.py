from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0012_closed_days"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("wallet", "wallet"),
                    ("deposit", "deposit"),
                    ("refund_in_transit", "refund_in_transit"),
                    ("brand_payable", "brand_payable"),
                    ("brand_settled", "brand_settled"),
                    ("withdraw_in_transit", "withdraw_in_transit"),
                    ("deposit_in_transit", "deposit_in_transit"),
                    ("commission", "commission"),
                    ("brand_fee", "brand_fee"),
                    ("brand_debt", "brand_debt"),
                    ("carrier_claim", "carrier_claim"),
                    ("clearing", "clearing"),
                    ("wechat_clearing", "wechat_clearing"),
                    ("provider_fee", "provider_fee"),
                    ("alipay_clearing", "alipay_clearing"),
                ],
                max_length=20,
            ),
        ),
    ]
