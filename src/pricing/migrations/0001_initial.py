import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from db.database_file import apply_database_file


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("db", "0001_initial"),
        ("brands", "0001_initial"),
        ("inventory", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("frozen_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("terms", models.JSONField()),
                ("priced", models.IntegerField()),
                ("excluded", models.IntegerField()),
                (
                    "frozen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RuleDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("adopted_at", models.DateTimeField(null=True)),
                ("discarded_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PriceControl",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "BRAND"), (2, "CATEGORY"), (3, "SEASON"), (4, "STYLE")]
                    ),
                ),
                ("season", models.CharField(blank=True, max_length=20)),
                ("year", models.PositiveSmallIntegerField(null=True)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("floor_rate", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("floor_fen", models.BigIntegerField(null=True)),
                ("action", models.PositiveSmallIntegerField(choices=[(1, "CUT"), (2, "RAISE"), (3, "EXCLUDE")])),
                ("cut_rate", models.DecimalField(decimal_places=4, default=0, max_digits=5)),
                ("entered_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="controls", to="brands.brand"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.category",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="controls",
                        to="pricing.ruledraft",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlatformTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_at", models.DateTimeField()),
                (
                    "discounts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(decimal_places=4, max_digits=5), size=6
                    ),
                ),
                ("margin_rate", models.DecimalField(decimal_places=4, max_digits=5)),
                ("ending", models.CharField(max_length=6)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="pricing.ruledraft",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CommissionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rate", models.DecimalField(decimal_places=4, max_digits=5)),
                ("from_at", models.DateTimeField()),
                ("entered_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.category",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commissions",
                        to="pricing.ruledraft",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PriceListItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tag_price_fen", models.BigIntegerField()),
                ("base_price_fen", models.BigIntegerField()),
                ("commission_rate", models.DecimalField(decimal_places=4, max_digits=5)),
                ("commission_source", models.PositiveSmallIntegerField(help_text="pricing.rules.CommissionSource")),
                ("floor_fen", models.BigIntegerField(null=True)),
                ("action", models.PositiveSmallIntegerField(null=True)),
                ("cut_rate", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("excluded", models.BooleanField()),
                (
                    "commission_rule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pricing.commissionrule",
                    ),
                ),
                (
                    "control",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pricing.pricecontrol",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="pricing.pricelist",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.sku",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("price_list", "sku"), name="price_list_item_once")],
            },
        ),
        migrations.CreateModel(
            name="PriceListRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.PositiveSmallIntegerField()),
                ("wholesale_fen", models.BigIntegerField()),
                ("labelling", models.CharField(choices=[("kept", "kept"), ("cut", "cut")], max_length=4)),
                ("retail_floor_fen", models.BigIntegerField(null=True)),
                ("lowest_fen", models.BigIntegerField()),
                ("brand_payable_fen", models.BigIntegerField()),
                ("commission_fen", models.BigIntegerField()),
                ("tag_price_fen", models.BigIntegerField()),
                ("base_price_fen", models.BigIntegerField()),
                (
                    "price_list",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="pricing.pricelist",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.sku",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("price_list", "sku", "tier"), name="price_list_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "commission_fen",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("wholesale_fen"), "-", models.F("brand_payable_fen")
                                ),
                            ),
                            ("lowest_fen__gte", models.F("brand_payable_fen")),
                            ("tier__lte", 5),
                            ("wholesale_fen__gte", models.F("lowest_fen")),
                        ),
                        name="price_list_row_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wholesale_fen__gte", 1)), name="price_list_row_above_zero"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="pricecontrol",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("brand", "scope", "category", "season", "year", "style", "starts_on", "draft"),
                name="control_once_per_scope_and_day",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="pricecontrol",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category", None), ("scope", 1), ("season", ""), ("style", None), ("year", None)),
                    models.Q(
                        ("category__isnull", False), ("scope", 2), ("season", ""), ("style", None), ("year", None)
                    ),
                    models.Q(
                        ("category", None), ("scope", 3), ("style", None), models.Q(("season", ""), _negated=True)
                    ),
                    models.Q(
                        ("category", None), ("scope", 4), ("season", ""), ("style__isnull", False), ("year", None)
                    ),
                    _connector="OR",
                ),
                name="control_scope_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricecontrol",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("floor_fen", None), ("floor_rate__gt", 0), ("floor_rate__lte", 1)),
                    models.Q(("floor_fen__gt", 0), ("floor_rate", None)),
                    _connector="OR",
                ),
                name="control_has_one_floor",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricecontrol",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="control_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricecontrol",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cut_rate", 0), models.Q(("action", 1), ("cut_rate__gt", 0), ("cut_rate__lt", 1)), _connector="OR"
                ),
                name="control_reduces_only_cut_goods",
            ),
        ),
        migrations.AddConstraint(
            model_name="platformterms",
            constraint=models.UniqueConstraint(
                fields=("from_at", "draft"), name="platform_terms_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="platformterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("margin_rate__gte", 0), ("margin_rate__lt", 1)), name="platform_margin_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("brand__isnull", False), ("category__isnull", False), _connector="OR"),
                name="commission_speaks_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate__gte", 0), ("rate__lt", 1)), name="commission_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.UniqueConstraint(
                fields=("brand", "category", "from_at", "draft"), name="commission_once", nulls_distinct=False
            ),
        ),
        apply_database_file("pricing"),
    ]
