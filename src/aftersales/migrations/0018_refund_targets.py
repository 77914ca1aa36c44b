from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0017_validate_freight")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="refund_to",
            field=models.CharField(
                blank=True,
                choices=[("", ""), ("source", "source"), ("wallet", "wallet")],
                db_default="",
                default="",
                help_text="where she wants the money of its refund; as she chose for all where it is empty",
                max_length=6,
            ),
        ),
    ]
