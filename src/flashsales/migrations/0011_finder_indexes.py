"""An index for each order of the finder, and for what few styles have."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from db.add_index import AddIndexAgain


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("flashsales", "0010_fill_finder_rows"),
    ]

    operations = [
        AddIndexAgain(
            "stylesearch",
            GinIndex(fields=["facets"], name="style_searches_by_facet"),
        ),
        *(
            AddIndexAgain(
                "stylesearch",
                models.Index(models.F(f"prices__{tier}"), models.F("id"), name=f"style_searches_by_price_{tier}"),
            )
            for tier in range(6)
        ),
        *(
            AddIndexAgain(
                "stylesearch",
                models.Index(models.F(f"percents__{tier}"), models.F("id"), name=f"style_searches_percent_{tier}"),
            )
            for tier in range(6)
        ),
        AddIndexAgain("stylesearch", models.Index(fields=["starts_at", "id"], name="style_searches_by_start")),
        AddIndexAgain("stylesearch", models.Index(fields=["units", "id"], name="style_searches_by_units")),
        AddIndexAgain("stylesearch", models.Index(fields=["taken_units", "id"], name="style_searches_by_taken")),
        AddIndexAgain("stylesearch", models.Index(fields=["category_id"], name="style_searches_of_category")),
        AddIndexAgain("stylesearch", models.Index(fields=["brand_id"], name="style_searches_of_brand")),
        AddIndexAgain(
            "stylesearch",
            models.Index(condition=models.Q(prices__isnull=True), fields=["sale"], name="style_searches_incomplete"),
        ),
        AddIndexAgain(
            "stylesearch",
            models.Index(condition=models.Q(has_schedule=True), fields=["sale"], name="style_searches_scheduled"),
        ),
    ]
