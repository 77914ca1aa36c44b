from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_one_time_codes")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="closed_at",
            field=models.DateTimeField(null=True, help_text="when her account was closed: she is not reactivated"),
        ),
    ]
