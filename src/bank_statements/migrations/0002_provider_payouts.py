import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bank_statements", "0001_initial"), ("payments", "0009_payments_by_time")]

    operations = [
        migrations.AddField(
            model_name="bankstatementline",
            name="bill",
            field=models.ForeignKey(
                db_index=False,
                help_text="of a provider, whose pay-out it is: the bill has booked it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.providerbill",
            ),
        ),
    ]
