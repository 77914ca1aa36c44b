import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

# A SKU is in at most one sale at any instant (SALE-2): the periods of two items of one SKU never overlap. `int8range(id, id, '[]') WITH &&`
# means "the same id" without the extension btree_gist. The fill factor leaves room to update a row in place: the row of an item that
# sells fast changes with every grab, and none of its indexed columns do.
ONE_SALE_AT_A_TIME = """
ALTER TABLE flashsales_saleitem ADD CONSTRAINT sale_item_one_sale_at_a_time
    EXCLUDE USING gist (int8range(sku_id, sku_id, '[]') WITH &&, sale_window WITH &&) WHERE (sale_window IS NOT NULL);
ALTER TABLE flashsales_saleitem SET (fillfactor = 70);
ALTER TABLE flashsales_saletally SET (fillfactor = 70);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0001_initial"),
        ("inventory", "0001_initial"),
        ("membership", "0001_initial"),
        ("pricing", "0001_initial"),
    ]

    operations = [
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
                    models.PositiveIntegerField(
                        help_text="purchase limit of the whole sale for one reseller", null=True
                    ),
                ),
                ("terms", models.JSONField(default=dict, help_text="pricing.rules.SaleTerms")),
                ("published_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sales", to="brands.brand"
                    ),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reruns",
                        to="flashsales.sale",
                    ),
                ),
            ],
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                    ),
                ),
            ],
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                    ),
                ),
            ],
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
                (
                    "sizes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="style_listings", to="flashsales.sale"
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["state", "ends_at"], name="sales_by_end"),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["brand", "id"], name="sales_of_brand"),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(("preview_at__lte", models.F("starts_at")), ("starts_at__lt", models.F("ends_at"))),
                name="sale_window_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True), ("price_list__isnull", False), _connector="OR"
                ),
                name="sale_published_has_prices",
            ),
        ),
        migrations.AddIndex(
            model_name="saleitem",
            index=models.Index(fields=["sale", "style"], name="sale_items_of_style"),
        ),
        migrations.AddConstraint(
            model_name="saleitem",
            constraint=models.UniqueConstraint(fields=("sale", "sku"), name="sale_item_once"),
        ),
        migrations.AddConstraint(
            model_name="saleitem",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="itemtally",
            constraint=models.UniqueConstraint(fields=("item", "reseller"), name="item_tally_once"),
        ),
        migrations.AddConstraint(
            model_name="itemtally",
            constraint=models.CheckConstraint(condition=models.Q(("units__gte", 0)), name="item_tally_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="saletally",
            constraint=models.UniqueConstraint(fields=("sale", "reseller"), name="sale_tally_once"),
        ),
        migrations.AddConstraint(
            model_name="saletally",
            constraint=models.CheckConstraint(condition=models.Q(("units__gte", 0)), name="sale_tally_not_negative"),
        ),
        migrations.AddIndex(
            model_name="stylelisting",
            index=models.Index(fields=["tier", "sale", "from_price_fen", "id"], name="style_listings_by_price"),
        ),
        migrations.AddConstraint(
            model_name="stylelisting",
            constraint=models.UniqueConstraint(fields=("sale", "style", "tier"), name="style_listing_once"),
        ),
        migrations.RunSQL(ONE_SALE_AT_A_TIME, migrations.RunSQL.noop),
    ]
