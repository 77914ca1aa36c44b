import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0003_brand_order_minimum"),
        ("flashsales", "0007_hero_pin_and_saved_filters"),
        ("inventory", "0008_size_charts_of_styles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="CountedDay",
                    fields=[
                        ("day", models.DateField(primary_key=True, serialize=False)),
                        ("counted_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="RollupState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("transaction_id", models.BigIntegerField()),
                        (
                            "database",
                            models.CharField(
                                help_text="the cluster and database whose transaction it is", max_length=60
                            ),
                        ),
                        ("refreshed_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="CohortMonth",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("joined_month", models.DateField()),
                        ("month", models.DateField()),
                        ("members", models.IntegerField(help_text="all who joined in that month")),
                        ("active", models.IntegerField()),
                        ("orders", models.IntegerField()),
                        ("sold_fen", models.BigIntegerField()),
                        ("refunded_fen", models.BigIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("joined_month", "month"), name="cohort_month_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("active__range", (0, models.F("members"))),
                                    ("month__gte", models.F("joined_month")),
                                ),
                                name="cohort_month_sound",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TierDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("tier", models.PositiveSmallIntegerField()),
                        ("joined_month", models.DateField()),
                        ("orders", models.IntegerField()),
                        ("units", models.IntegerField()),
                        ("sold_fen", models.BigIntegerField()),
                        ("refunded_fen", models.BigIntegerField()),
                        ("discount_fen", models.BigIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("day", "tier", "joined_month"), name="tier_day_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("lines", models.IntegerField()),
                        ("units", models.IntegerField()),
                        ("sold_fen", models.BigIntegerField()),
                        ("refunded_units", models.IntegerField()),
                        ("refunded_fen", models.BigIntegerField()),
                        ("shipped_units", models.IntegerField()),
                        ("on_time_units", models.IntegerField()),
                        ("late_units", models.IntegerField()),
                        ("short_units", models.IntegerField()),
                        ("returned_units", models.IntegerField(help_text="refunded after shipping")),
                        ("commission_fen", models.BigIntegerField()),
                        ("discount_fen", models.BigIntegerField()),
                        ("brand_fen", models.BigIntegerField()),
                        ("platform_fen", models.BigIntegerField()),
                        ("claim_loss_fen", models.BigIntegerField()),
                        (
                            "brand",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="brands.brand",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["brand", "day"], name="sale_days_of_brand")],
                        "constraints": [
                            models.UniqueConstraint(fields=("day", "sale"), name="sale_day_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_units__range", (0, models.F("units"))),
                                    ("returned_units__range", (0, models.F("refunded_units"))),
                                    ("short_units__range", (0, models.F("units"))),
                                    ("units__gt", 0),
                                ),
                                name="sale_day_units_sound",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleDayRefund",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("changed_mind", "changed_mind"),
                                    ("out_of_stock", "out_of_stock"),
                                    ("returned", "returned"),
                                    ("refund_only", "refund_only"),
                                    ("allowance", "allowance"),
                                    ("resend_short", "resend_short"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("case_reason", models.CharField(blank=True, max_length=20)),
                        ("refunds", models.IntegerField()),
                        ("units", models.IntegerField()),
                        ("amount_fen", models.BigIntegerField()),
                        (
                            "brand",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="brands.brand",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["brand", "day"], name="sale_day_refunds_of_brand")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("day", "sale", "reason", "case_reason"), name="sale_day_refund_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleGoods",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("size", models.CharField(blank=True, max_length=30)),
                        ("offered_units", models.IntegerField()),
                        ("sold_units", models.IntegerField()),
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
                        "constraints": [
                            models.UniqueConstraint(fields=("sale", "style", "size"), name="sale_goods_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("offered_units__gte", models.F("sold_units")), ("sold_units__gte", 0)
                                ),
                                name="sale_goods_sound",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleTotal",
                    fields=[
                        (
                            "sale",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="flashsales.sale",
                            ),
                        ),
                        ("starts_on", models.DateField()),
                        ("offered_units", models.IntegerField()),
                        ("sold_units", models.IntegerField()),
                        (
                            "brand",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="brands.brand",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["brand", "starts_on"], name="sale_totals_of_brand"),
                            models.Index(fields=["starts_on"], name="sale_totals_by_day"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("offered_units__gte", models.F("sold_units")), ("sold_units__gte", 0)
                                ),
                                name="sale_total_sound",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Workbook",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("first_date", models.DateField()),
                        ("last_date", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("ready", "ready"),
                                    ("failed", "failed"),
                                    ("erased", "erased"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("requested_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(help_text="until then a worker has it", null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("sha256", models.CharField(blank=True, default="", max_length=64)),
                        ("size_bytes", models.BigIntegerField(default=0)),
                        ("row_count", models.PositiveIntegerField(default=0, help_text="rows of its flat sheets")),
                        (
                            "brand",
                            models.ForeignKey(
                                db_index=False,
                                help_text="null: platform",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="brands.brand",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person", "-id"], name="workbooks_of_person"),
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["requested_at"],
                                name="workbooks_waiting",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "waiting")),
                                fields=("person", "brand", "first_date", "last_date"),
                                name="workbook_waiting_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["ready", "erased"]), models.Q(("sha256", ""), _negated=True)
                                    ),
                                    models.Q(("sha256", ""), ("state__in", ["waiting", "failed"])),
                                    _connector="OR",
                                ),
                                name="workbook_ready_has_file",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
