"""The migrations 0001 to 0008 in one, for a database that has none of them (docs/decisions/0104)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

# A SKU is in at most one sale at any instant (SALE-2): the periods of two items of one SKU never overlap. `int8range(id, id, '[]') WITH &&`
# means "the same id" without the extension btree_gist. The fill factor leaves room to update a row in place: the row of an item that
# sells fast changes with every grab, and none of its indexed columns do.
ONE_SALE_AT_A_TIME = """
ALTER TABLE flashsales_saleitem ADD CONSTRAINT sale_item_one_sale_at_a_time
    EXCLUDE USING gist (int8range(sku_id, sku_id, '[]') WITH &&, sale_window WITH &&) WHERE (sale_window IS NOT NULL);
ALTER TABLE flashsales_saleitem SET (fillfactor = 70);
ALTER TABLE flashsales_saletally SET (fillfactor = 70);
"""


MODELS = [
    migrations.CreateModel(
        name="Sale",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("title", models.CharField(max_length=80)),
            (
                "state",
                models.CharField(
                    choices=[("draft", "draft"), ("published", "published"), ("cancelled", "cancelled")],
                    default="draft",
                    max_length=10,
                ),
            ),
            ("preview_at", models.DateTimeField()),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField()),
            (
                "markdown_ends_at",
                models.DateTimeField(
                    help_text="where the markdown schedule ends, if not with the sale: its steps keep their instants",
                    null=True,
                ),
            ),
            (
                "limit_units",
                models.PositiveIntegerField(help_text="purchase limit of the whole sale for one reseller", null=True),
            ),
            ("terms", models.JSONField(default=dict, help_text="pricing.rules.SaleTerms")),
            ("published_at", models.DateTimeField(null=True)),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "listed_sizes",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20),
                    help_text="the sizes of its styles; null before publication",
                    null=True,
                    size=None,
                ),
            ),
            (
                "listed_category_ids",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(),
                    help_text="the categories of its styles; null before publication",
                    null=True,
                    size=None,
                ),
            ),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="sales", to="brands.brand"),
            ),
            (
                "draft_price_list",
                models.ForeignKey(
                    help_text="the prices that ops last agreed to; publication freezes a list of its own",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="draft_sales",
                    to="pricing.pricelist",
                ),
            ),
            (
                "price_list",
                models.OneToOneField(
                    help_text="frozen at publication",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="sale",
                    to="pricing.pricelist",
                ),
            ),
            (
                "rerun_of",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reruns", to="flashsales.sale"
                ),
            ),
            (
                "freight_terms",
                models.ForeignKey(
                    db_index=False,
                    help_text="frozen at publication; null: free shipping",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="flashsales.salefreightterms",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["state", "ends_at"], name="sales_by_end"),
                models.Index(fields=["brand", "id"], name="sales_of_brand"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("preview_at__lte", models.F("starts_at")), ("starts_at__lt", models.F("ends_at"))
                    ),
                    name="sale_window_valid",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "published"), _negated=True), ("price_list__isnull", False), _connector="OR"
                    ),
                    name="sale_published_has_prices",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SaleFreightTerms",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("first_fen", models.BigIntegerField()),
            ("further_fen", models.BigIntegerField()),
            ("free_from_fen", models.BigIntegerField(null=True)),
            ("free_from_units", models.IntegerField(null=True)),
            ("return_fen", models.BigIntegerField()),
            (
                "fault_payer",
                models.CharField(
                    choices=[("brand", "brand"), ("platform", "platform"), ("reseller", "reseller")], max_length=10
                ),
            ),
            (
                "no_reason_payer",
                models.CharField(
                    choices=[("brand", "brand"), ("platform", "platform"), ("reseller", "reseller")], max_length=10
                ),
            ),
            ("entered_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="freight_terms",
                    to="brands.brand",
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
                "for_sale",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="own_freight_terms",
                    to="flashsales.sale",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("for_sale__isnull", True)),
                    fields=["brand", "-id"],
                    name="freight_terms_of_brand",
                )
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("first_fen__gte", models.F("further_fen")), ("further_fen__gte", 0), ("return_fen__gte", 0)
                    ),
                    name="freight_terms_not_negative",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="SaleItem",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("planned", models.PositiveIntegerField()),
            ("allotted", models.IntegerField(default=0)),
            ("available", models.IntegerField(default=0)),
            ("held", models.IntegerField(default=0)),
            ("sold", models.IntegerField(default=0)),
            ("returned", models.IntegerField(default=0)),
            (
                "limit_units",
                models.PositiveIntegerField(help_text="purchase limit of this SKU for one reseller", null=True),
            ),
            ("sale_window", django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True)),
            (
                "sale",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="items", to="flashsales.sale"
                ),
            ),
            (
                "sku",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="sale_items", to="inventory.sku"
                ),
            ),
            (
                "style",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["sale", "style"], name="sale_items_of_style")],
            "constraints": [
                models.UniqueConstraint(fields=("sale", "sku"), name="sale_item_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "allotted",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("available"), "+", models.F("held")
                                ),
                                "+",
                                models.F("sold"),
                            ),
                        ),
                        ("available__gte", 0),
                        ("held__gte", 0),
                        ("sold__gte", 0),
                    ),
                    name="sale_item_units_valid",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ItemTally",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.IntegerField()),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.saleitem"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("item", "reseller"), name="item_tally_once"),
                models.CheckConstraint(condition=models.Q(("units__gte", 0)), name="item_tally_not_negative"),
            ],
        },
    ),
    migrations.CreateModel(
        name="SaleReminder",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("asked_at", models.DateTimeField()),
            ("withdrawn_at", models.DateTimeField(null=True)),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
            (
                "sale",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("sale", "reseller"), name="sale_reminder_once")],
        },
    ),
    migrations.CreateModel(
        name="SaleTally",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.IntegerField()),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
            (
                "sale",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("sale", "reseller"), name="sale_tally_once"),
                models.CheckConstraint(condition=models.Q(("units__gte", 0)), name="sale_tally_not_negative"),
            ],
        },
    ),
    migrations.CreateModel(
        name="SavedFilter",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=20)),
            ("name_key", models.CharField(help_text="rules.saved_filters.name_key", max_length=80)),
            ("filters", models.JSONField(help_text="rules.saved_filters.to_json")),
            ("saved_at", models.DateTimeField()),
            ("looked_at", models.DateTimeField()),
            (
                "reseller",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="membership.reseller",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("reseller", "name_key"), name="saved_filter_name_once")],
        },
    ),
    migrations.CreateModel(
        name="StyleListing",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("tier", models.PositiveSmallIntegerField()),
            ("category_id", models.BigIntegerField(null=True)),
            ("from_price_fen", models.BigIntegerField()),
            (
                "lowest_fen",
                models.BigIntegerField(
                    default=0, help_text="where a markdown schedule stops for the SKU that costs least"
                ),
            ),
            ("tag_price_fen", models.BigIntegerField()),
            ("label_cut", models.BooleanField(help_text="whether any of its SKUs has its label cut")),
            ("sizes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
            (
                "sale",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="style_listings", to="flashsales.sale"
                ),
            ),
            (
                "style",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["tier", "sale", "from_price_fen", "id"], name="style_listings_by_price")],
            "constraints": [models.UniqueConstraint(fields=("sale", "style", "tier"), name="style_listing_once")],
        },
    ),
    migrations.CreateModel(
        name="StyleQuantityTerms",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("terms", models.JSONField(help_text="flashsales.rules.QuantityTerms")),
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
            (
                "style",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("sale__isnull", False)), fields=["sale"], name="quantity_terms_of_sale"
                )
            ],
            "constraints": [
                models.UniqueConstraint(fields=("style", "sale"), name="quantity_terms_once", nulls_distinct=False)
            ],
        },
    ),
    migrations.CreateModel(
        name="StyleSearch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("tokens", django.contrib.postgres.search.SearchVectorField(help_text="flashsales.rules.finder.tokens_of")),
            (
                "sale",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                ),
            ),
            (
                "style",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                ),
            ),
        ],
        options={
            "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["tokens"], name="style_searches_by_token")],
            "constraints": [models.UniqueConstraint(fields=("sale", "style"), name="style_search_once")],
        },
    ),
    migrations.CreateModel(
        name="WaitingEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("taken_units", models.PositiveIntegerField(default=0, help_text="that were reserved for it, and ordered")),
            (
                "source",
                models.CharField(
                    blank=True,
                    default="",
                    help_text='for whom, such as wish:7 or recipient:3; "" for herself',
                    max_length=40,
                ),
            ),
            ("asked_at", models.DateTimeField()),
            (
                "rests_until",
                models.DateTimeField(
                    help_text="gets nothing before: a reservation lapsed at night (SALE-14)", null=True
                ),
            ),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "end",
                models.CharField(
                    blank=True,
                    choices=[
                        ("served", "served"),
                        ("lapsed", "lapsed"),
                        ("declined", "declined"),
                        ("withdrawn", "withdrawn"),
                        ("sale_over", "sale_over"),
                    ],
                    default="",
                    max_length=10,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="flashsales.saleitem",
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="membership.reseller",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("ended_at__isnull", True)),
                    fields=["item", "asked_at", "id"],
                    name="waiting_entries_of_item",
                ),
                models.Index(fields=["reseller", "-id"], name="waiting_entries_of_reseller"),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("ended_at__isnull", True)),
                    fields=("item", "reseller", "source"),
                    name="waiting_entry_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(("taken_units__lte", models.F("units")), ("units__gte", 1)),
                    name="waiting_entry_units_in_range",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("end", ""), ("ended_at__isnull", True)),
                        models.Q(("ended_at__isnull", False), models.Q(("end", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="waiting_entry_end_has_reason",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Reservation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("reserved_at", models.DateTimeField()),
            ("until", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "outcome",
                models.CharField(
                    blank=True,
                    choices=[("taken", "taken"), ("lapsed", "lapsed"), ("declined", "declined")],
                    default="",
                    max_length=8,
                ),
            ),
            ("taken_units", models.PositiveIntegerField(default=0, help_text="of them those that were ordered")),
            (
                "taken_by",
                models.CharField(blank=True, default="", help_text="what took them, such as order:12", max_length=40),
            ),
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
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="flashsales.saleitem",
                ),
            ),
            (
                "entry",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="reservations",
                    to="flashsales.waitingentry",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("ended_at__isnull", True)), fields=["until"], name="reservations_open"
                ),
                models.Index(
                    condition=models.Q(("ended_at__isnull", True)), fields=["reseller"], name="reservations_of_reseller"
                ),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("ended_at__isnull", True)),
                    fields=("item", "reseller"),
                    name="reservation_once_per_size",
                ),
                models.CheckConstraint(
                    condition=models.Q(("taken_units__lte", models.F("units")), ("units__gte", 1)),
                    name="reservation_units_in_range",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at__isnull", True), ("outcome", ""), ("taken_units", 0)),
                        models.Q(("ended_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="reservation_end_has_outcome",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="HeroPin",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField()),
            (
                "sale",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="hero_pin", to="flashsales.sale"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="hero_pin_period_valid"
                ),
                django.contrib.postgres.constraints.ExclusionConstraint(
                    expressions=[
                        (
                            models.Func(
                                "starts_at",
                                "ends_at",
                                function="tstzrange",
                                output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                            ),
                            "&&",
                        )
                    ],
                    name="hero_pin_one_at_a_time",
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("flashsales", "0001_initial"),
        ("flashsales", "0002_style_quantity_terms"),
        ("flashsales", "0003_sale_reminders"),
        ("flashsales", "0004_finder"),
        ("flashsales", "0005_fill_finder"),
        ("flashsales", "0006_waiting_list"),
        ("flashsales", "0007_hero_pin_and_saved_filters"),
        ("flashsales", "0008_freight"),
    ]

    dependencies = [
        ("brands", "0001_squashed_0004_closed_brands"),
        ("inventory", "0001_squashed_0008_size_charts_of_styles"),
        ("membership", "0001_initial"),
        ("pricing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunSQL(ONE_SALE_AT_A_TIME, migrations.RunSQL.noop),
    ]
