import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    "top_up", "deposit", "payout", "withdrawal", "deposit_return", "wallet_credit", "wallet_debit", "deposit_deduction", "reversal",
    "payment_to_wallet", "payment_to_source", "refund_to_wallet", "refund_to_bank", "bank_return",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_reported_amounts"), ("treasury", "0009_daily_close")]

    operations = [
        migrations.AddField(
            model_name="moneyrequest",
            name="payment",
            field=models.ForeignKey(
                db_index=False,
                help_text="through a provider, for which another amount arrived",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.payment",
            ),
        ),
        migrations.AddField(
            model_name="moneyrequest",
            name="provider_refund",
            field=models.ForeignKey(
                db_index=False,
                help_text="that the provider cannot pay out",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.providerrefund",
            ),
        ),
        migrations.AlterField(
            model_name="moneyrequest",
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=20),
        ),
    ]
