from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forwarding", "0012_seller_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="wish",
            name="is_waiting",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="left for a size that was sold out: its customer waits until units come back (FORWARD-29)",
            ),
        ),
        migrations.AddField(
            model_name="wish",
            name="told_back_at",
            field=models.DateTimeField(
                help_text="when the reseller was told that units for it are there; of a waiting wish only", null=True
            ),
        ),
    ]
