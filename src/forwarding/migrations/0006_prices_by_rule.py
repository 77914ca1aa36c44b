"""Prices by rule, what a price cost when it was set, and the history of retail prices."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0002_style_quantity_terms"),
        ("forwarding", "0005_selections"),
        ("inventory", "0004_movement_returned"),
        ("membership", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="retailprice",
            name="by_rule",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="it is what a rule gave; a price of her own stays when a rule is applied",
            ),
        ),
        migrations.AddField(
            model_name="retailprice",
            name="cost_fen",
            field=models.BigIntegerField(
                help_text="what the most expensive SKU cost her when she set it; None for a price from before it was kept",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="PriceRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("factor", models.DecimalField(decimal_places=2, max_digits=4)),
                ("add_fen", models.BigIntegerField()),
                (
                    "ending",
                    models.CharField(
                        choices=[
                            ("none", "none"),
                            ("point_nine", "point_nine"),
                            ("point_eight", "point_eight"),
                            ("whole", "whole"),
                            ("nine", "nine"),
                            ("eight", "eight"),
                        ],
                        max_length=12,
                    ),
                ),
                ("direction", models.CharField(choices=[("par", "par"), ("up", "up"), ("down", "down")], max_length=4)),
                ("set_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.category",
                    ),
                ),
                (
                    "reseller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_rules",
                        to="membership.reseller",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flashsales.sale",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("reseller", "sale", "category"), name="price_rule_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("add_fen__gte", 0),
                            ("add_fen__lte", 10000000),
                            ("factor__gte", Decimal("0.50")),
                            ("factor__lte", Decimal("20.00")),
                        ),
                        name="price_rule_in_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetailPriceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price_fen", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "reseller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="membership.reseller",
                    ),
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
                "indexes": [models.Index(fields=["reseller", "sale", "style", "-id"], name="retail_price_history")],
            },
        ),
    ]
