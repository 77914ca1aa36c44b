from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IntegrityRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "everything",
                    models.BooleanField(help_text="false: only what changed since the last run that found nothing"),
                ),
                ("violations", models.PositiveIntegerField()),
                ("seconds", models.FloatField()),
                (
                    "xid",
                    models.BigIntegerField(help_text="all transactions before this one were over, with their epoch"),
                ),
                (
                    "database",
                    models.CharField(help_text="the cluster and database whose transaction it is", max_length=60),
                ),
                (
                    "removals",
                    models.JSONField(help_text="rows deleted so far and the file of each table that loses none"),
                ),
            ],
        ),
    ]
