"""Carriers, parcels, and how many units of a line are shipped, cancelled and short."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0001_initial"),
        ("flashsales", "0001_initial"),
        ("inventory", "0002_first_categories"),
        ("orders", "0004_validate_refund_adjustments"),
        ("pricing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Carrier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30, unique=True)),
                ("name", models.CharField(max_length=30, unique=True)),
                ("name_en", models.CharField(max_length=40)),
                (
                    "aliases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("kuaidi100_code", models.CharField(blank=True, max_length=40)),
                ("kdniao_code", models.CharField(blank=True, max_length=20)),
                (
                    "number_patterns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        default=list,
                        help_text="regular expressions of its tracking numbers",
                        size=None,
                    ),
                ),
                ("is_active", models.BooleanField(default=True, help_text="offered to brands for new parcels")),
            ],
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("carrier_name", models.CharField(max_length=30)),
                ("tracking_no", models.CharField(help_text="as it was written", max_length=40)),
                (
                    "waybill",
                    models.CharField(
                        help_text="the number in capitals without the suffix of a piece; for comparison", max_length=40
                    ),
                ),
                ("shipped_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("shipped", "shipped"),
                            ("in_transit", "in_transit"),
                            ("delivered", "delivered"),
                            ("problem", "problem"),
                            ("returned", "returned"),
                        ],
                        default="shipped",
                        max_length=10,
                    ),
                ),
                (
                    "status_at",
                    models.DateTimeField(help_text="when the parcel took its status, by the carrier's clock"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ParcelLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.PositiveIntegerField()),
                ("shipped_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="orderline",
            name="cancelled_units",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="refunded before shipping; never shipped"
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="shipped_at",
            field=models.DateTimeField(help_text="when units of it were last shipped", null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="shipped_units",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="short_units",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="of the cancelled units those that the brand did not have"
            ),
        ),
        migrations.AlterField(
            model_name="consignment",
            name="shipped_at",
            field=models.DateTimeField(
                help_text="when its last units were shipped; null while some are left", null=True
            ),
        ),
        migrations.AlterField(
            model_name="consignment",
            name="state",
            field=models.CharField(
                choices=[
                    ("to_ship", "to_ship"),
                    ("partly_shipped", "partly_shipped"),
                    ("shipped", "shipped"),
                    ("cancelled", "cancelled"),
                ],
                default="to_ship",
                max_length=14,
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="refunded_units",
            field=models.PositiveIntegerField(default=0, help_text="all refunded units, shipped or not"),
        ),
        migrations.AddField(
            model_name="parcel",
            name="brand",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"),
        ),
        migrations.AddField(
            model_name="parcel",
            name="carrier",
            field=models.ForeignKey(
                help_text="null: a name from before the table",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.carrier",
            ),
        ),
        migrations.AddField(
            model_name="parcel",
            name="consignment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parcels", to="orders.consignment"
            ),
        ),
        migrations.AddField(
            model_name="parcel",
            name="shipped_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="parcelline",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parcel_lines", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="parcelline",
            name="parcel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.parcel"
            ),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(fields=["brand", "waybill"], name="parcels_of_brand_by_waybill"),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(fields=["waybill"], name="parcels_by_waybill"),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(django.db.models.functions.text.Upper("tracking_no"), name="parcels_by_tracking_no"),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(
                models.F("consignment"),
                django.db.models.functions.text.Upper("tracking_no"),
                name="parcel_once_per_consignment",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tracking_no", ""), _negated=True), models.Q(("waybill", ""), _negated=True)
                ),
                name="parcel_has_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcelline",
            constraint=models.UniqueConstraint(fields=("parcel", "line"), name="parcel_line_once"),
        ),
        migrations.AddConstraint(
            model_name="parcelline",
            constraint=models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="parcel_line_has_units"),
        ),
    ]
