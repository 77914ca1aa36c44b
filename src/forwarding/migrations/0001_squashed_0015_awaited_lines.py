"""The migrations 0001 to 0015 in one, for a database that has none of them (docs/decisions/0104)."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from db.create_models import CreateModels

# As 0005 wrote them; Django would write the same conditions in other words.
PAGE_ONCE = """
    CREATE UNIQUE INDEX forward_page_once ON forwarding_forward (reseller_id, sale_id, style_id) NULLS NOT DISTINCT
    WHERE stopped_at IS NULL AND selection = ''
"""
SELECTION_ONCE = """
    CREATE UNIQUE INDEX forward_selection_once ON forwarding_forward (reseller_id, selection)
    WHERE stopped_at IS NULL AND selection <> ''
"""


MODELS = [
    migrations.CreateModel(
        name="Forward",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("token", models.CharField(max_length=24, unique=True)),
            (
                "selection",
                models.CharField(
                    db_default="",
                    default="",
                    help_text='a digest of the selected styles in their order; "" for others',
                    max_length=64,
                ),
            ),
            (
                "sold_out",
                models.CharField(
                    choices=[("always", "always"), ("never", "never"), ("first_hours", "first_hours")],
                    db_default="always",
                    default="always",
                    help_text="what is done with sizes that are sold out",
                    max_length=12,
                ),
            ),
            (
                "sold_out_hours",
                models.PositiveSmallIntegerField(db_default=12, default=12, help_text="where they are shown at first"),
            ),
            (
                "remark",
                models.CharField(
                    blank=True, db_default="", default="", help_text="what she says of the goods", max_length=200
                ),
            ),
            ("views", models.PositiveIntegerField(default=0, help_text="one per visitor and hour")),
            ("created_at", models.DateTimeField()),
            ("stopped_at", models.DateTimeField(null=True)),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="forwards", to="membership.reseller"
                ),
            ),
            (
                "sale",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                ),
            ),
            (
                "style",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["reseller", "-id"], name="forwards_of_reseller")],
            "constraints": [],
        },
    ),
    migrations.CreateModel(
        name="ForwardStyle",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveSmallIntegerField()),
            (
                "forward",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="selected_styles",
                    to="forwarding.forward",
                ),
            ),
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
            "constraints": [
                models.UniqueConstraint(fields=("forward", "position"), name="forward_style_at_one_position"),
                models.UniqueConstraint(fields=("forward", "style"), name="forward_style_once"),
                models.CheckConstraint(
                    condition=models.Q(("position__gte", 1), ("position__lte", 9)),
                    name="forward_style_position_in_range",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Pack",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="SHA-256 of the content", max_length=64)),
            ("content", models.JSONField(help_text="PackContent: what customers may see")),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "waiting"), ("ready", "ready"), ("failed", "failed")],
                    default="waiting",
                    max_length=8,
                ),
            ),
            ("requested_at", models.DateTimeField(db_index=True)),
            ("made_at", models.DateTimeField(null=True)),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("lease_until", models.DateTimeField(help_text="until then a worker draws it", null=True)),
            ("files", models.JSONField(default=list, help_text="name and bytes of each file, in their order")),
            (
                "forward",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="forwarding.forward",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "waiting")), fields=["id"], name="packs_waiting"),
                models.Index(fields=["key"], name="packs_by_key"),
            ],
            "constraints": [models.UniqueConstraint(fields=("forward", "key"), name="pack_once_per_content")],
        },
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
        name="RetailPrice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("price_fen", models.BigIntegerField()),
            ("set_at", models.DateTimeField()),
            (
                "by_rule",
                models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="it is what a rule gave; a price of her own stays when a rule is applied",
                ),
            ),
            (
                "cost_fen",
                models.BigIntegerField(
                    help_text="what the most expensive SKU cost her when she set it; None for a price from before it was kept",
                    null=True,
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="retail_prices", to="membership.reseller"
                ),
            ),
            (
                "sale",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"),
            ),
            (
                "style",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("reseller", "sale", "style"), name="retail_price_once"),
                models.CheckConstraint(condition=models.Q(("price_fen__gt", 0)), name="retail_price_positive"),
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
            "indexes": [models.Index(fields=["reseller", "sale", "style", "-id"], name="retail_price_history")],
        },
    ),
    migrations.CreateModel(
        name="SellerPicture",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("sha256", models.CharField(db_index=True, max_length=64)),
            ("set_at", models.DateTimeField()),
            (
                "reseller",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="seller_picture", to="membership.reseller"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Share",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[("text", "text"), ("link", "link"), ("pack", "pack"), ("qr", "qr"), ("card", "card")],
                    max_length=4,
                ),
            ),
            ("channel", models.CharField(blank=True, help_text='"" where she chose none', max_length=8)),
            ("shared_at", models.DateTimeField()),
            (
                "forward",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="forwarding.forward",
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
                models.Index(fields=["reseller", "-shared_at"], name="shares_of_reseller"),
                models.Index(fields=["forward", "-shared_at"], name="shares_of_forward"),
            ],
        },
    ),
    migrations.CreateModel(
        name="ShareChannel",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("code", models.CharField(max_length=8)),
            ("name", models.CharField(max_length=12)),
            ("created_at", models.DateTimeField()),
            ("removed_at", models.DateTimeField(null=True)),
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
            "constraints": [
                models.UniqueConstraint(fields=("reseller", "code"), name="share_channel_code_once"),
                models.UniqueConstraint(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=("reseller", "name"),
                    name="share_channel_name_once",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SharedStyle",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "sale",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                ),
            ),
            (
                "share",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="styles",
                    to="forwarding.share",
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
            "indexes": [models.Index(fields=["sale", "style"], name="shares_of_style")],
            "constraints": [models.UniqueConstraint(fields=("share", "style"), name="shared_style_once")],
        },
    ),
    migrations.CreateModel(
        name="SharingChoice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("hint_hours", models.PositiveSmallIntegerField()),
            (
                "reseller",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Storefront",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=30)),
            ("notice", models.CharField(blank=True, help_text="what she tells her customers", max_length=200)),
            (
                "shows_previews",
                models.BooleanField(default=False, help_text="with the goods of sales that have not begun"),
            ),
            ("shows_sold_out", models.BooleanField(default=True, help_text="with styles of which nothing is left")),
            (
                "category_order",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(),
                    default=list,
                    help_text="categories in the order of the page",
                    size=None,
                ),
            ),
            (
                "hidden_categories",
                django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None),
            ),
            ("opened_at", models.DateTimeField()),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "reseller",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="ViewCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "channel",
                models.CharField(help_text='the code of the visited address; "" where it had none', max_length=8),
            ),
            ("date", models.DateField()),
            ("views", models.PositiveIntegerField()),
            (
                "forward",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="forwarding.forward",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("forward", "date", "channel"), name="view_count_once"),
                models.CheckConstraint(condition=models.Q(("views__gt", 0)), name="view_count_positive"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Visit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "visitor",
                models.CharField(
                    help_text="a keyed hash of page, hour, network address and browser", max_length=32, unique=True
                ),
            ),
            ("seen_at", models.DateTimeField(db_index=True)),
            (
                "forward",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="forwarding.forward",
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Wish",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("name", models.CharField(help_text="or the name in WeChat", max_length=40)),
            ("phone", models.CharField(blank=True, max_length=20)),
            (
                "address",
                models.CharField(
                    db_default="",
                    default="",
                    help_text="as the customer typed it, with name and phone in it",
                    max_length=400,
                ),
            ),
            ("note", models.CharField(blank=True, max_length=200)),
            (
                "recipient_name",
                models.CharField(
                    db_default="",
                    default="",
                    help_text="as the reseller corrected it, with the two fields below",
                    max_length=40,
                ),
            ),
            ("recipient_phone", models.CharField(db_default="", default="", max_length=20)),
            ("recipient_address", models.CharField(db_default="", default="", max_length=200)),
            ("refusal", models.JSONField(help_text="why it was not ordered the last time: WishRefusalView", null=True)),
            (
                "token",
                models.CharField(
                    db_default="", default="", help_text="of the customer's private page of the wish", max_length=24
                ),
            ),
            (
                "channel",
                models.CharField(
                    blank=True, db_default="", default="", help_text="of the address on which it was left", max_length=8
                ),
            ),
            ("key", models.CharField(help_text="of the form that was sent; makes at most one wish", max_length=64)),
            (
                "visitor",
                models.CharField(help_text="a keyed hash of the customer's cookie, for the rate limit", max_length=32),
            ),
            (
                "network",
                models.CharField(
                    blank=True,
                    default="",
                    help_text="a keyed hash of the network, for a coarse rate limit",
                    max_length=32,
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("new", "new"),
                        ("ordered", "ordered"),
                        ("done", "done"),
                        ("declined", "declined"),
                        ("withdrawn", "withdrawn"),
                    ],
                    default="new",
                    max_length=10,
                ),
            ),
            (
                "is_waiting",
                models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="left for a size that was sold out: its customer waits until units come back (FORWARD-29)",
                ),
            ),
            (
                "told_back_at",
                models.DateTimeField(
                    help_text="when the reseller was told that units for it are there; of a waiting wish only",
                    null=True,
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("answered_at", models.DateTimeField(null=True)),
            (
                "forward",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="wishes", to="forwarding.forward"
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.saleitem"
                ),
            ),
            (
                "order",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="wishes", to="membership.reseller"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["reseller", "state", "-id"], name="wishes_of_reseller"),
                models.Index(fields=["forward", "-created_at"], name="wishes_of_forward"),
                models.Index(fields=["visitor", "-created_at"], name="wishes_of_visitor"),
                models.Index(
                    condition=models.Q(("network", ""), _negated=True),
                    fields=["network", "-created_at"],
                    name="wishes_of_network",
                ),
                models.Index(
                    condition=models.Q(("token", ""), _negated=True), fields=["token"], name="wishes_by_token"
                ),
                models.Index(
                    condition=models.Q(("is_waiting", True)), fields=["reseller", "id"], name="wishes_waiting"
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("forward", "key"), name="wish_once_per_key"),
                models.CheckConstraint(
                    condition=models.Q(("units__gte", 1), ("units__lte", 99)), name="wish_units_in_range"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "ordered"), _negated=True), ("order__isnull", False), _connector="OR"
                    ),
                    name="wish_ordered_has_order",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="WishLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("shown_name", models.CharField(db_default="", default="", max_length=200)),
            ("shown_colour", models.CharField(db_default="", default="", max_length=100)),
            ("shown_size", models.CharField(db_default="", default="", max_length=100)),
            (
                "retail_fen",
                models.BigIntegerField(help_text="per unit; None for a wish from before lines existed", null=True),
            ),
            (
                "shown_tag_fen",
                models.BigIntegerField(help_text="the tag price that she saw; None for cut goods", null=True),
            ),
            ("shown_label_kept", models.BooleanField(help_text="None for a wish from before it was kept", null=True)),
            (
                "was_ordered",
                models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="it had an order line; without one now it was taken out of the cart",
                ),
            ),
            (
                "is_awaited",
                models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="of a waiting wish: it was sold out when its wish was last not there as a whole (FORWARD-29)",
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
                "order_line",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="orders.orderline"
                ),
            ),
            (
                "wish",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="lines",
                    to="forwarding.wish",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("wish", "item"), name="wish_line_once"),
                models.CheckConstraint(
                    condition=models.Q(("units__gte", 1), ("units__lte", 99)), name="wish_line_units_in_range"
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("forwarding", "0001_initial"),
        ("forwarding", "0002_wish_lines"),
        ("forwarding", "0003_fill_wish_lines"),
        ("forwarding", "0004_wish_lines_taken_out"),
        ("forwarding", "0005_selections"),
        ("forwarding", "0006_prices_by_rule"),
        ("forwarding", "0007_fill_price_history"),
        ("forwarding", "0008_packs"),
        ("forwarding", "0009_storefronts"),
        ("forwarding", "0010_sharing"),
        ("forwarding", "0011_what_customers_save"),
        ("forwarding", "0012_seller_pictures"),
        ("forwarding", "0013_waiting_wishes"),
        ("forwarding", "0014_index_of_waiting_wishes"),
        ("forwarding", "0015_awaited_lines"),
    ]

    dependencies = [
        ("flashsales", "0001_squashed_0008_freight"),
        ("inventory", "0001_squashed_0008_size_charts_of_styles"),
        ("membership", "0001_initial"),
        ("orders", "0001_squashed_0027_closed_accounts"),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunSQL(
            PAGE_ONCE,
            "DROP INDEX IF EXISTS forward_page_once",
            state_operations=[
                migrations.AddConstraint(
                    model_name="forward",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("selection", ""), ("stopped_at__isnull", True)),
                        fields=("reseller", "sale", "style"),
                        name="forward_page_once",
                        nulls_distinct=False,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            SELECTION_ONCE,
            "DROP INDEX IF EXISTS forward_selection_once",
            state_operations=[
                migrations.AddConstraint(
                    model_name="forward",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("stopped_at__isnull", True), models.Q(("selection", ""), _negated=True)),
                        fields=("reseller", "selection"),
                        name="forward_selection_once",
                    ),
                ),
            ],
        ),
    ]
