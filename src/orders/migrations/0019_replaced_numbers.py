import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_longer_sources")]

    operations = [
        migrations.AddField(
            model_name="parcel",
            name="replaced_numbers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                db_default=models.Value(
                    [], django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)
                ),
                default=list,
                help_text="numbers in capitals that it had before a correction",
                size=None,
            ),
        ),
    ]
