"""The finder reads one row for each style of a published sale, with an index for each order (SALE-11)."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from db.database_file import apply_database_file

ARRAY = django.contrib.postgres.fields.ArrayField


def column(name: str, field: models.Field) -> migrations.AddField:  # type: ignore[type-arg]
    return migrations.AddField("stylesearch", name, field)


FILL = """
WITH listed AS (
    SELECT w.id, s.brand_id, s.starts_at, s.ends_at, l.terms #> '{resolved,markdown_schedule}' <> 'null'::jsonb AS has_schedule, h.*, c.*
    FROM flashsales_stylesearch w
    JOIN flashsales_sale s ON s.id = w.sale_id
    JOIN pricing_pricelist l ON l.id = s.price_list_id
    CROSS JOIN LATERAL (
        SELECT max(category_id) AS category_id, array_agg(from_price_fen ORDER BY tier) AS prices,
               array_agg(lowest_fen ORDER BY tier) AS lowest_prices,
               array_agg(from_price_fen * 10000 / tag_price_fen ORDER BY tier) AS percents,
               max(tag_price_fen) AS tag_price_fen, bool_or(label_cut) AS label_cut
        FROM flashsales_stylelisting h WHERE h.sale_id = w.sale_id AND h.style_id = w.style_id
    ) AS h
    CROSS JOIN LATERAL (
        SELECT sum(units)::int AS units, sum(taken)::int AS taken_units,
               coalesce(array_agg(size ORDER BY size) FILTER (WHERE units > 0), '{}') AS left_sizes,
               coalesce(array_agg(units ORDER BY size) FILTER (WHERE units > 0), '{}') AS left_units,
               array_agg('size:' || size ORDER BY size)
               || coalesce(array_agg('left:' || size ORDER BY size) FILTER (WHERE units > 0), '{}')
               || CASE WHEN count(*) >= 3 AND bool_and(units > 0) THEN ARRAY['full run'] ELSE '{}' END AS facets
        FROM (
            SELECT k.size, sum(i.available)::int AS units, sum(i.held + i.sold)::int AS taken
            FROM flashsales_saleitem i JOIN inventory_sku k ON k.id = i.sku_id
            WHERE i.sale_id = w.sale_id AND i.style_id = w.style_id GROUP BY k.size
        ) AS of_size
    ) AS c
    WHERE w.prices IS NULL
)
UPDATE flashsales_stylesearch w
SET brand_id = listed.brand_id, category_id = listed.category_id, starts_at = listed.starts_at, ends_at = listed.ends_at,
    prices = listed.prices, lowest_prices = listed.lowest_prices, percents = listed.percents, tag_price_fen = listed.tag_price_fen,
    label_cut = listed.label_cut, has_schedule = listed.has_schedule, units = listed.units, taken_units = listed.taken_units,
    left_sizes = listed.left_sizes, left_units = listed.left_units, facets = listed.facets
FROM listed WHERE listed.id = w.id
"""


class Migration(migrations.Migration):
    atomic = False

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
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        AddIndexConcurrently(
            "stylesearch",
            django.contrib.postgres.indexes.GinIndex(fields=["facets"], name="style_searches_by_facet"),
        ),
        *(
            AddIndexConcurrently(
                "stylesearch",
                models.Index(models.F(f"prices__{tier}"), models.F("id"), name=f"style_searches_by_price_{tier}"),
            )
            for tier in range(6)
        ),
        *(
            AddIndexConcurrently(
                "stylesearch",
                models.Index(models.F(f"percents__{tier}"), models.F("id"), name=f"style_searches_percent_{tier}"),
            )
            for tier in range(6)
        ),
        AddIndexConcurrently("stylesearch", models.Index(fields=["starts_at", "id"], name="style_searches_by_start")),
        AddIndexConcurrently("stylesearch", models.Index(fields=["units", "id"], name="style_searches_by_units")),
        AddIndexConcurrently("stylesearch", models.Index(fields=["taken_units", "id"], name="style_searches_by_taken")),
        AddIndexConcurrently("stylesearch", models.Index(fields=["category_id"], name="style_searches_of_category")),
        AddIndexConcurrently("stylesearch", models.Index(fields=["brand_id"], name="style_searches_of_brand")),
        AddIndexConcurrently(
            "stylesearch",
            models.Index(condition=models.Q(prices__isnull=True), fields=["sale"], name="style_searches_incomplete"),
        ),
        AddIndexConcurrently(
            "stylesearch",
            models.Index(condition=models.Q(has_schedule=True), fields=["sale"], name="style_searches_scheduled"),
        ),
    ]
