from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_payments_by_time")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="asked_fen",
            field=models.BigIntegerField(
                help_text="what she was to pay, where people booked the other amount that arrived", null=True
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="reported_at",
            field=models.DateTimeField(help_text="when it took that, as it says", null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="reported_fen",
            field=models.BigIntegerField(
                help_text="what the provider says that it took, where that is another amount; not booked", null=True
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="reported_proof",
            field=models.TextField(blank=True, db_default="", default="", help_text="the genuine text that says so"),
        ),
        migrations.AddField(
            model_name="payment",
            name="reported_transaction_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
