"""The finder reads one row for each style of a published sale (SALE-11)."""

import django.contrib.postgres.fields
from django.db import migrations, models

from db.database_file import apply_database_file

ARRAY = django.contrib.postgres.fields.ArrayField


def column(name: str, field: models.Field) -> migrations.AddField:  # type: ignore[type-arg]
    return migrations.AddField("stylesearch", name, field)


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0008_freight"),
    ]

    operations = [
        migrations.CreateModel(
            name="StyleUnitsChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sale_id", models.BigIntegerField()),
                ("style_id", models.BigIntegerField()),
            ],
        ),
        column("brand_id", models.BigIntegerField(null=True)),
        column("category_id", models.BigIntegerField(null=True)),
        column("starts_at", models.DateTimeField(help_text="the window of the sale", null=True)),
        column("ends_at", models.DateTimeField(null=True)),
        column(
            "prices",
            ARRAY(models.BigIntegerField(), help_text="the lowest of its SKUs by tier", null=True, size=None),
        ),
        column(
            "lowest_prices",
            ARRAY(
                models.BigIntegerField(),
                help_text="where a markdown schedule stops for that SKU, by tier",
                null=True,
                size=None,
            ),
        ),
        column(
            "percents",
            ARRAY(
                models.BigIntegerField(),
                help_text="by tier the price in hundredths of a percent of the tag price",
                null=True,
                size=None,
            ),
        ),
        column("tag_price_fen", models.BigIntegerField(null=True)),
        column("label_cut", models.BooleanField(help_text="whether any of its SKUs has its label cut", null=True)),
        column("has_schedule", models.BooleanField(help_text="whether its sale has a markdown schedule", null=True)),
        column("units", models.IntegerField(help_text="available in all sizes", null=True)),
        column("taken_units", models.IntegerField(help_text="held or sold", null=True)),
        column(
            "left_sizes",
            ARRAY(models.CharField(max_length=20), help_text="sizes with available units", null=True, size=None),
        ),
        column(
            "left_units",
            ARRAY(models.IntegerField(), help_text="the units of each of `left_sizes`", null=True, size=None),
        ),
        column(
            "facets",
            ARRAY(models.CharField(max_length=30), help_text="flashsales.rules.finder.facets_of", null=True, size=None),
        ),
        apply_database_file("flashsales"),
        # Rows of both tables are written again each second while somebody buys.
        migrations.RunSQL(
            """
            ALTER TABLE flashsales_stylesearch SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
            ALTER TABLE flashsales_styleunitschange SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
            """,
            """
            ALTER TABLE flashsales_stylesearch RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor);
            """,
        ),
    ]
