from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0015_shown_photos")]

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
