"""The migrations 0001 to 0004 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

MODELS = [
    migrations.CreateModel(
        name="AdmissionTermsVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("from_at", models.DateTimeField(unique=True)),
            ("min_annual_sales_fen", models.BigIntegerField()),
            ("min_offline_shops", models.PositiveIntegerField()),
            ("deposit_fen", models.BigIntegerField()),
        ],
    ),
    migrations.CreateModel(
        name="Brand",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=80, unique=True)),
            (
                "status",
                models.CharField(
                    choices=[
                        ("applied", "applied"),
                        ("admitted", "admitted"),
                        ("refused", "refused"),
                        ("suspended", "suspended"),
                        ("closed", "closed"),
                    ],
                    default="applied",
                    max_length=10,
                ),
            ),
            ("annual_sales_fen", models.BigIntegerField()),
            ("offline_shops", models.PositiveIntegerField()),
            ("deposit_required_fen", models.BigIntegerField(help_text="frozen when it was admitted")),
            (
                "commission_rate",
                models.DecimalField(decimal_places=4, help_text="share of the base price, 0.15 = 15 %", max_digits=5),
            ),
            ("contact", models.CharField(blank=True, max_length=120)),
            (
                "return_address",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="where customers send goods back to",
                    max_length=200,
                ),
            ),
            (
                "min_order_fen",
                models.BigIntegerField(help_text="what one placement must have of the brand at least", null=True),
            ),
            ("min_order_units", models.PositiveIntegerField(help_text="how many units it must have", null=True)),
            ("applied_at", models.DateTimeField()),
            ("decided_at", models.DateTimeField(null=True)),
            ("reason", models.CharField(blank=True, max_length=300)),
            (
                "decided_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("commission_rate__gte", 0), ("commission_rate__lt", 1)),
                    name="brand_commission_is_a_share",
                ),
                models.CheckConstraint(
                    condition=models.Q(("status__in", ["applied", "admitted", "refused", "suspended", "closed"])),
                    name="brand_status_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Staff",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="staff", to="brands.brand"),
            ),
            (
                "person",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="staff", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("brands", "0001_initial"),
        ("brands", "0002_brand_return_address"),
        ("brands", "0003_brand_order_minimum"),
        ("brands", "0004_closed_brands"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
    ]
