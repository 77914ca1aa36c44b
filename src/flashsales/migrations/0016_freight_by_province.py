"""Freight terms name provinces that cost more, and provinces to which nothing is delivered (SALE-23)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0015_sale_sheets"),
    ]

    operations = [
        migrations.AddField(
            model_name="salefreightterms",
            name="surcharges",
            field=models.JSONField(
                default=list,
                db_default=models.Value([], models.JSONField()),
                help_text="by province, beside the freight: ProvinceSurcharge (SALE-23)",
            ),
        ),
        migrations.AddField(
            model_name="salefreightterms",
            name="no_delivery",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10),
                default=list,
                db_default=models.Value("{}"),
                help_text="provinces that get no goods",
                size=None,
            ),
        ),
    ]
