"""What the finder needs of a published sale."""

import django.contrib.postgres.fields
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0003_sale_reminders"),
        ("inventory", "0007_size_charts"),
    ]

    operations = [
        migrations.AddField(
            model_name="sale",
            name="listed_category_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                help_text="the categories of its styles; null before publication",
                null=True,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="sale",
            name="listed_sizes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                help_text="the sizes of its styles; null before publication",
                null=True,
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="StyleSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tokens",
                    django.contrib.postgres.search.SearchVectorField(help_text="flashsales.rules.finder.tokens_of"),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flashsales.sale",
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.style",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("sale", "style"), name="style_search_once")],
            },
        ),
    ]
