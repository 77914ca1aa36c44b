import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_ended_differences")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="ended_before",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                db_default=models.Value(
                    [], django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)
                ),
                default=list,
                help_text="the differences that finance ended before that one",
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="ended_difference",
            field=models.CharField(
                blank=True,
                choices=[
                    ("app", "app"),
                    ("merchant", "merchant"),
                    ("currency", "currency"),
                    ("amount", "amount"),
                    ("transaction", "transaction"),
                ],
                db_default="",
                default="",
                help_text="the difference that finance ended last: no money of ours",
                max_length=20,
            ),
        ),
    ]
