from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_waiting_list"),
    ]

    operations = [
        migrations.AddField(
            model_name="address",
            name="refusals",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="messages that the provider refused for good, one after another",
            ),
        ),
    ]
