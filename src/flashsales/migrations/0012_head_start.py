"""A sale opens for higher tiers before it opens for all (SALE-19)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flashsales", "0011_finder_indexes")]

    operations = [
        migrations.AddField(
            model_name="sale",
            name="opening_delays",
            field=django.contrib.postgres.fields.ArrayField(
                models.PositiveSmallIntegerField(),
                help_text="by tier the minutes from `starts_at` to its opening (rules.head_start); null: it opens for all at once",
                null=True,
                size=None,
            ),
        ),
        AddConstraintNotValid(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(("opening_delays__isnull", True), ("opening_delays__len", 6), _connector="OR"),
                name="sale_delay_of_each_tier",
            ),
        ),
        migrations.CreateModel(
            name="AnnouncedOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.PositiveSmallIntegerField()),
                ("announced_at", models.DateTimeField()),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flashsales.sale",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sale", "tier"), name="opening_announced_once"),
                ],
            },
        ),
    ]
