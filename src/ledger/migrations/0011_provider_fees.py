"""What providers keep, and what they pay out to our bank."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0010_validate_balances_in_transit"),
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
                    ("carrier_claim", "carrier_claim"),
                    ("clearing", "clearing"),
                    ("wechat_clearing", "wechat_clearing"),
                    ("provider_fee", "provider_fee"),
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
                    ("deposit_deduction", "deposit_deduction"),
                    ("top_up", "top_up"),
                    ("withdrawal", "withdrawal"),
                    ("withdrawal_back", "withdrawal_back"),
                    ("transfer", "transfer"),
                    ("bank_return", "bank_return"),
                    ("adjustment", "adjustment"),
                    ("payment", "payment"),
                    ("refund", "refund"),
                    ("settlement", "settlement"),
                    ("payout", "payout"),
                    ("resend", "resend"),
                    ("carrier_claim", "carrier_claim"),
                    ("provider_payment", "provider_payment"),
                    ("refund_to_source", "refund_to_source"),
                    ("refund_paid_out", "refund_paid_out"),
                    ("refund_came_back", "refund_came_back"),
                    ("provider_fee", "provider_fee"),
                    ("provider_settlement", "provider_settlement"),
                    ("reversal", "reversal"),
                ],
                max_length=20,
            ),
        ),
    ]
