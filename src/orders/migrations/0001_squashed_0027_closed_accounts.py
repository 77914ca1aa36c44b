"""The migrations 0001 to 0027 in one, for a database that has none of them (docs/decisions/0104)."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels
from orders.migrations._first_carriers import create_carriers

# What 0008 keeps for code that still runs: the one tracking number that a consignment had before there were parcels.
FORMER_COLUMNS = """
ALTER TABLE orders_consignment
    ADD COLUMN carrier varchar(30) NOT NULL DEFAULT '',
    ADD COLUMN tracking_no varchar(40) NOT NULL DEFAULT '';
CREATE INDEX consignments_by_number ON orders_consignment (brand_id, upper(tracking_no)) WHERE NOT (tracking_no = '');
CREATE INDEX consignments_by_tracking_no ON orders_consignment (upper(tracking_no));
"""


MODELS = [
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
        name="OrderUpload",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("filename", models.CharField(max_length=200)),
            ("sha256", models.CharField(max_length=64)),
            ("size_bytes", models.BigIntegerField()),
            ("received_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("received", "received"),
                        ("reading", "reading"),
                        ("question", "question"),
                        ("preview", "preview"),
                        ("refused", "refused"),
                        ("committed", "committed"),
                        ("cancelled", "cancelled"),
                    ],
                    default="received",
                    max_length=10,
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=40)),
            ("reason_zh", models.TextField(blank=True)),
            ("reason_en", models.TextField(blank=True)),
            ("questions", models.JSONField(default=list)),
            ("faults", models.JSONField(default=list, help_text="cells that are wrong, the first thousand")),
            ("warnings", models.JSONField(default=list, help_text="cells to look at, the first thousand")),
            ("fault_count", models.PositiveIntegerField(default=0)),
            ("warning_count", models.PositiveIntegerField(default=0)),
            ("ignored_lines", models.PositiveIntegerField(default=0)),
            (
                "previewed_at",
                models.DateTimeField(help_text="when prices and units of the preview were read", null=True),
            ),
            ("take", models.CharField(blank=True, max_length=12)),
            ("ended_at", models.DateTimeField(help_text="when it was committed, cancelled or refused", null=True)),
            ("erased_at", models.DateTimeField(help_text="when the file and the recipients were deleted", null=True)),
            (
                "order",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="order_uploads", to="membership.reseller"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["reseller", "-id"], name="order_uploads_of_reseller"),
                models.Index(fields=["sha256"], name="order_uploads_by_hash"),
                models.Index(
                    condition=models.Q(("erased_at__isnull", True)),
                    fields=["received_at"],
                    name="order_uploads_to_erase",
                ),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            ["received", "reading", "question", "preview", "refused", "committed", "cancelled"],
                        )
                    ),
                    name="order_upload_state_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "committed"), _negated=True),
                        models.Q(("ended_at__isnull", False), ("order__isnull", False)),
                        _connector="OR",
                    ),
                    name="order_upload_committed_has_order",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("erased_at__isnull", True),
                        models.Q(("ended_at__isnull", False), ("faults", []), ("questions", []), ("warnings", [])),
                        _connector="OR",
                    ),
                    name="order_upload_erased_is_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Order",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
            (
                "state",
                models.CharField(
                    choices=[("unpaid", "unpaid"), ("paid", "paid"), ("cancelled", "cancelled")], max_length=10
                ),
            ),
            ("tier", models.PositiveSmallIntegerField(help_text="the reseller's tier at the grab")),
            ("total_fen", models.BigIntegerField(help_text="what its lines and their freight cost")),
            ("freight_fen", models.BigIntegerField(db_default=0, default=0, help_text="the freight of its lines")),
            ("placed_at", models.DateTimeField()),
            ("pay_before", models.DateTimeField()),
            ("paid_at", models.DateTimeField(null=True)),
            ("cancelled_at", models.DateTimeField(null=True)),
            (
                "erased_at",
                models.DateTimeField(
                    help_text="when the contacts of its recipients were erased (PRIVACY-5)", null=True
                ),
            ),
            (
                "request_digest",
                models.CharField(
                    db_default="",
                    default="",
                    help_text="of the requested lines, where the order may hold less than was requested",
                    max_length=64,
                ),
            ),
            (
                "refused_lines",
                models.JSONField(
                    db_default=models.Value([], models.JSONField()),
                    default=list,
                    help_text="requested lines that were not ordered, or not in full: RefusedLineView",
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="membership.reseller"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["reseller", "-id"], name="orders_of_reseller"),
                models.Index(condition=models.Q(("state", "unpaid")), fields=["pay_before"], name="orders_unpaid"),
                models.Index(
                    condition=models.Q(("erased_at__isnull", True)), fields=["id"], name="orders_with_contacts"
                ),
                models.Index(
                    condition=models.Q(("state", "paid"), _negated=True),
                    fields=["reseller", "state", "pay_before"],
                    name="orders_not_paid_by_reseller",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("reseller", "key"), name="order_once_per_key"),
                models.CheckConstraint(condition=models.Q(("total_fen__gt", 0)), name="order_total_positive"),
                models.CheckConstraint(
                    condition=models.Q(("freight_fen__gte", 0), ("freight_fen__lt", models.F("total_fen"))),
                    name="order_freight_within_total",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "paid"), _negated=True), ("paid_at__isnull", False), _connector="OR"
                    ),
                    name="order_paid_has_paid_at",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Consignment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
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
            ("name", models.CharField(max_length=40)),
            ("phone", models.CharField(max_length=20)),
            ("address", models.CharField(max_length=200)),
            ("ship_by", models.DateTimeField()),
            (
                "paid_ship_by",
                models.DateTimeField(
                    help_text="the deadline of what was paid, where units that are sent again set a later one",
                    null=True,
                ),
            ),
            (
                "shipped_at",
                models.DateTimeField(help_text="when its last units were shipped; null while some are left", null=True),
            ),
            (
                "listed_at",
                models.DateTimeField(help_text="when the brand first downloaded a list with it (ORDER-12)", null=True),
            ),
            (
                "erased_at",
                models.DateTimeField(help_text="when name, phone and address were erased (PRIVACY-5)", null=True),
            ),
            (
                "brand",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="consignments", to="brands.brand"
                ),
            ),
            (
                "order",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="consignments", to="orders.order"
                ),
            ),
            (
                "recipient",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.recipient"),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state__in", ["to_ship", "partly_shipped"])),
                    fields=["brand", "ship_by", "id"],
                    name="consignments_unshipped",
                ),
                models.Index(fields=["brand", "-id"], name="consignments_of_brand"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("order", "brand", "recipient"), name="consignment_unique"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "shipped"), _negated=True), ("shipped_at__isnull", False), _connector="OR"
                    ),
                    name="consignment_shipped_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("erased_at__isnull", True),
                        models.Q(("address", ""), ("name", ""), ("phone", "")),
                        _connector="OR",
                    ),
                    name="consignment_erased_is_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="OrderLayoutAnswer",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("fingerprint", models.CharField(max_length=64)),
            ("columns", models.JSONField(default=dict, help_text="column letters → field")),
            ("answered_at", models.DateTimeField()),
            (
                "reseller",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="membership.reseller",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("reseller", "fingerprint"), name="order_layout_answered_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="OrderLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("refunded_units", models.PositiveIntegerField(default=0, help_text="all refunded units, shipped or not")),
            ("shipped_units", models.PositiveIntegerField(db_default=0, default=0)),
            (
                "cancelled_units",
                models.PositiveIntegerField(
                    db_default=0, default=0, help_text="refunded before shipping; never shipped"
                ),
            ),
            (
                "short_units",
                models.PositiveIntegerField(
                    db_default=0, default=0, help_text="of the cancelled units those that the brand did not have"
                ),
            ),
            (
                "resending_units",
                models.PositiveIntegerField(
                    db_default=0,
                    default=0,
                    help_text="left to ship again, for units that were missing or wrong (AFTER-18)",
                ),
            ),
            (
                "resent_units",
                models.PositiveIntegerField(
                    db_default=0, default=0, help_text="shipped again; not among the shipped units"
                ),
            ),
            ("shipped_at", models.DateTimeField(help_text="when units of it were last shipped", null=True)),
            ("price_fen", models.BigIntegerField(help_text="what the reseller pays")),
            ("payable_fen", models.BigIntegerField(help_text="the brand's part of the price")),
            ("commission_fen", models.BigIntegerField(help_text="the platform's part of the price")),
            ("labelling", models.CharField(max_length=4)),
            ("retail_floor_fen", models.BigIntegerField(null=True)),
            (
                "remark",
                models.CharField(db_default="", default="", help_text="the reseller's, for the brand", max_length=100),
            ),
            (
                "source",
                models.CharField(
                    db_default="", default="", help_text="what the line came from, such as wish:7", max_length=24000
                ),
            ),
            (
                "given_up",
                models.CharField(
                    blank=True,
                    choices=[
                        ("ordered_again", "ordered_again"),
                        ("wish_changed", "wish_changed"),
                        ("wish_withdrawn", "wish_withdrawn"),
                        ("wish_answered", "wish_answered"),
                    ],
                    db_default="",
                    default="",
                    help_text="why late money does not take its units again (ORDER-15)",
                    max_length=14,
                ),
            ),
            (
                "refund_adjustment_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="what was refunded, less the price of the refunded units"
                ),
            ),
            (
                "payable_adjustment_fen",
                models.BigIntegerField(
                    db_default=0,
                    default=0,
                    help_text="what the brand keeps of the line, less its part of the units not refunded",
                ),
            ),
            (
                "carrier_claim_fen",
                models.BigIntegerField(db_default=0, default=0, help_text="refunded at the cost of a carrier"),
            ),
            (
                "freight_fen",
                models.BigIntegerField(db_default=0, default=0, help_text="what is paid for its shipping (ORDER-16)"),
            ),
            (
                "returned_freight_fen",
                models.BigIntegerField(db_default=0, default=0, help_text="of it, what went back"),
            ),
            (
                "return_freight_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="what the brand bears for sending units back (AFTER-22)"
                ),
            ),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"),
            ),
            (
                "consignment",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="orders.consignment",
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="order_lines", to="flashsales.saleitem"
                ),
            ),
            (
                "order",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.order"),
            ),
            (
                "price_row",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pricing.pricelistrow"
                ),
            ),
            (
                "sale",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"),
            ),
            (
                "sku",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.sku"),
            ),
            (
                "recipient",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.recipient"),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["sale", "id"], name="order_lines_of_sale"),
                models.Index(
                    condition=models.Q(("remark", ""), _negated=True), fields=["id"], name="order_lines_with_remark"
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("order", "item", "recipient"), name="order_line_once"),
                models.CheckConstraint(
                    condition=models.Q(("refunded_units__lte", models.F("units")), ("units__gt", 0)),
                    name="order_line_refunded_within_units",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("cancelled_units__gte", models.F("short_units")),
                        ("refunded_units__gte", models.F("cancelled_units")),
                        (
                            "units__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("shipped_units"), "+", models.F("cancelled_units")
                            ),
                        ),
                    ),
                    name="order_line_shipped_within_units",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "price_fen",
                            django.db.models.expressions.CombinedExpression(
                                models.F("payable_fen"), "+", models.F("commission_fen")
                            ),
                        ),
                        ("price_fen__gt", 0),
                    ),
                    name="order_line_price_adds_up",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("carrier_claim_fen__gte", 0),
                        (
                            "payable_adjustment_fen__gte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("units"), "-", models.F("refunded_units")
                                    ),
                                    "*",
                                    models.Value(-1),
                                ),
                                "*",
                                models.F("payable_fen"),
                            ),
                        ),
                        (
                            "payable_adjustment_fen__lte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("refunded_units"), "+", models.F("resending_units")
                                    ),
                                    "+",
                                    models.F("resent_units"),
                                ),
                                "*",
                                models.F("payable_fen"),
                            ),
                        ),
                        (
                            "refund_adjustment_fen__gte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("refunded_units"), "*", models.Value(-1)
                                ),
                                "*",
                                models.F("price_fen"),
                            ),
                        ),
                        (
                            "refund_adjustment_fen__lte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("units"), "-", models.F("refunded_units")
                                ),
                                "*",
                                models.F("price_fen"),
                            ),
                        ),
                    ),
                    name="order_line_refunds_within_payment",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("freight_fen__gte", 0),
                        ("return_freight_fen__gte", 0),
                        ("returned_freight_fen__gte", 0),
                        ("returned_freight_fen__lte", models.F("freight_fen")),
                    ),
                    name="order_line_freight_sound",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="OrderPayment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_fen", models.BigIntegerField(help_text="what the order cost when the payment was begun")),
            (
                "outcome",
                models.CharField(
                    blank=True,
                    choices=[
                        ("paid", "paid"),
                        ("paid_late", "paid_late"),
                        ("already_paid", "already_paid"),
                        ("cancelled", "cancelled"),
                        ("account_closed", "account_closed"),
                        ("ordered_again", "ordered_again"),
                        ("sale_over", "sale_over"),
                        ("sold_out", "sold_out"),
                        ("over_limit", "over_limit"),
                        ("wish_changed", "wish_changed"),
                        ("wish_withdrawn", "wish_withdrawn"),
                        ("wish_answered", "wish_answered"),
                        ("too_little", "too_little"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "order",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="provider_payments", to="orders.order"
                ),
            ),
            (
                "payment",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.payment"),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("payment", "order"), name="order_once_per_payment")],
        },
    ),
    migrations.CreateModel(
        name="OrderUploadJob",
        fields=[
            (
                "fencing_token",
                models.PositiveIntegerField(default=0, help_text="how often a worker has taken the upload"),
            ),
            (
                "attempts",
                models.PositiveSmallIntegerField(
                    default=0, help_text="how often reading was begun that could have ended"
                ),
            ),
            ("lease_until", models.DateTimeField(help_text="until then a worker has it", null=True)),
            ("stage", models.CharField(blank=True, max_length=20)),
            ("lines", models.PositiveIntegerField(default=0)),
            ("lines_done", models.PositiveIntegerField(default=0)),
            ("faults_found", models.PositiveIntegerField(default=0)),
            ("seconds_left", models.PositiveIntegerField(null=True)),
            (
                "upload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="job",
                    serialize=False,
                    to="orders.orderupload",
                ),
            ),
        ],
        options={
            "abstract": False,
        },
    ),
    migrations.CreateModel(
        name="OrderUploadLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField(help_text="counts from 1 in the order of the file")),
            ("sheet", models.CharField(blank=True, max_length=80)),
            ("row", models.PositiveIntegerField()),
            ("order_ref", models.CharField(blank=True, help_text="the reseller's own order number", max_length=64)),
            ("name", models.CharField(blank=True, max_length=40)),
            ("phone", models.CharField(blank=True, max_length=20)),
            ("address", models.CharField(blank=True, max_length=200)),
            ("style_no", models.CharField(blank=True, max_length=64)),
            ("colour", models.CharField(blank=True, max_length=40)),
            ("size", models.CharField(blank=True, max_length=30)),
            ("barcode", models.CharField(blank=True, max_length=32)),
            ("units", models.PositiveIntegerField()),
            ("remark", models.CharField(blank=True, max_length=100)),
            (
                "fault",
                models.JSONField(help_text="why the line can never be ordered as it stands: code, zh, en", null=True),
            ),
            (
                "state",
                models.CharField(
                    choices=[("ready", "ready"), ("choose", "choose"), ("refused", "refused")], max_length=10
                ),
            ),
            ("choices", models.JSONField(default=list, help_text="sale items that may be meant")),
            ("price_fen", models.BigIntegerField(help_text="the unit price that the preview showed", null=True)),
            (
                "left_units",
                models.PositiveIntegerField(default=0, help_text="what stock and limits left of it at the preview"),
            ),
            (
                "reason",
                models.JSONField(help_text="why it is not ready, or cannot be had in full: code, zh, en", null=True),
            ),
            ("repeats", models.JSONField(default=list, help_text="what it seems to repeat: code, zh, en")),
            ("is_known_recipient", models.BooleanField(default=False)),
            ("left_out", models.BooleanField(default=False, help_text="the reseller does not want it ordered")),
            ("ordered_units", models.PositiveIntegerField(default=0)),
            ("result", models.JSONField(help_text="why it was not ordered, or not in full: code, zh, en", null=True)),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="flashsales.saleitem",
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="lines",
                    to="orders.orderupload",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("order_ref", ""), _negated=True),
                    fields=["order_ref"],
                    name="order_upload_lines_by_ref",
                )
            ],
            "constraints": [
                models.UniqueConstraint(fields=("upload", "number"), name="order_upload_line_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("left_units__lte", models.F("units")),
                        ("ordered_units__lte", models.F("units")),
                        ("units__gt", 0),
                    ),
                    name="order_upload_line_units_sound",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "ready"), _negated=True),
                        models.Q(("item__isnull", False), ("price_fen__isnull", False)),
                        _connector="OR",
                    ),
                    name="order_upload_line_ready_has_item",
                ),
            ],
        },
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
            (
                "replaced_numbers",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40),
                    db_default=models.Value(
                        [],
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40), size=None
                        ),
                    ),
                    default=list,
                    help_text="numbers in capitals that it had before a correction",
                    size=None,
                ),
            ),
            ("shipped_at", models.DateTimeField()),
            (
                "status",
                models.CharField(
                    choices=[
                        ("shipped", "shipped"),
                        ("in_transit", "in_transit"),
                        ("delivering", "delivering"),
                        ("at_pickup", "at_pickup"),
                        ("delivered", "delivered"),
                        ("problem", "problem"),
                        ("returning", "returning"),
                        ("returned", "returned"),
                    ],
                    default="shipped",
                    max_length=10,
                ),
            ),
            ("status_at", models.DateTimeField(help_text="when the parcel took its status, by the carrier's clock")),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"),
            ),
            (
                "carrier",
                models.ForeignKey(
                    help_text="null: a name from before the table",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="orders.carrier",
                ),
            ),
            (
                "consignment",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="parcels", to="orders.consignment"
                ),
            ),
            (
                "shipped_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "tracked",
                models.ForeignKey(
                    db_index=False,
                    help_text="where its events are; null until its number is followed",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="parcels",
                    to="tracking.trackedwaybill",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["brand", "waybill"], name="parcels_of_brand_by_waybill"),
                models.Index(fields=["waybill"], name="parcels_by_waybill"),
                models.Index(django.db.models.functions.text.Upper("tracking_no"), name="parcels_by_tracking_no"),
                models.Index(
                    condition=models.Q(("tracked__isnull", False)), fields=["tracked"], name="parcels_by_tracked"
                ),
                models.Index(
                    condition=models.Q(("tracked__isnull", True)), fields=["shipped_at"], name="parcels_not_tracked"
                ),
                models.Index(
                    condition=models.Q(("status__in", ["problem", "returning"])),
                    fields=["-status_at"],
                    name="parcels_in_trouble",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(
                    models.F("consignment"),
                    django.db.models.functions.text.Upper("tracking_no"),
                    name="parcel_once_per_consignment",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("tracking_no", ""), _negated=True), models.Q(("waybill", ""), _negated=True)
                    ),
                    name="parcel_has_number",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ParcelLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("shipped_at", models.DateTimeField()),
            (
                "line",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="parcel_lines", to="orders.orderline"
                ),
            ),
            (
                "parcel",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.parcel"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("parcel", "line"), name="parcel_line_once"),
                models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="parcel_line_has_units"),
            ],
        },
    ),
    migrations.CreateModel(
        name="ReceivedPayment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("reference", models.CharField(help_text="the bank's or provider's", max_length=80, unique=True)),
            ("amount_fen", models.BigIntegerField()),
            (
                "outcome",
                models.CharField(
                    choices=[
                        ("paid", "paid"),
                        ("paid_late", "paid_late"),
                        ("already_paid", "already_paid"),
                        ("cancelled", "cancelled"),
                        ("account_closed", "account_closed"),
                        ("ordered_again", "ordered_again"),
                        ("sale_over", "sale_over"),
                        ("sold_out", "sold_out"),
                        ("over_limit", "over_limit"),
                        ("wish_changed", "wish_changed"),
                        ("wish_withdrawn", "wish_withdrawn"),
                        ("wish_answered", "wish_answered"),
                        ("too_little", "too_little"),
                    ],
                    max_length=20,
                ),
            ),
            ("at", models.DateTimeField()),
            (
                "order",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="received_payments", to="orders.order"
                ),
            ),
            (
                "person",
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
                    condition=models.Q(("amount_fen__gt", 0)), name="received_payment_amount_positive"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Recipient",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=40)),
            ("phone", models.CharField(max_length=20)),
            ("address", models.CharField(max_length=200)),
            ("note", models.CharField(blank=True, db_default="", default="", max_length=500)),
            (
                "tags",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20), db_default=models.Value("{}"), default=list, size=None
                ),
            ),
            (
                "sizes",
                models.JSONField(
                    db_default=models.Value([], models.JSONField()),
                    default=list,
                    help_text="kind and size of each: CustomerSize",
                ),
            ),
            (
                "hidden_at",
                models.DateTimeField(help_text="removed from the address book; old orders keep it", null=True),
            ),
            (
                "erased_at",
                models.DateTimeField(help_text="when contact, note, tags and sizes were erased (PRIVACY-5)", null=True),
            ),
            (
                "merged_into",
                models.ForeignKey(
                    db_index=False,
                    help_text="the entry that took its place when it was edited or merged; its orders count for that one",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="orders.recipient",
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="recipients", to="membership.reseller"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("erased_at__isnull", True), ("hidden_at__isnull", False)),
                    fields=["hidden_at"],
                    name="recipients_to_erase",
                ),
                models.Index(fields=["reseller", "-id"], name="recipients_of_reseller"),
                models.Index(fields=["phone"], name="recipients_by_phone"),
                models.Index(fields=["name"], name="recipients_by_name"),
                models.Index(
                    models.Case(
                        models.When(phone__startswith="1", then=django.db.models.functions.text.Substr("phone", 8, 4)),
                        models.When(phone__regex="-\\d+-", then=models.Value("")),
                        default=django.db.models.functions.text.Right("phone", 4),
                        output_field=models.CharField(),
                    ),
                    name="recipients_by_phone_tail",
                ),
                models.Index(
                    condition=models.Q(("merged_into__isnull", False)),
                    fields=["merged_into"],
                    name="recipients_by_merged_into",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("hidden_at__isnull", True)),
                    fields=("reseller", "name", "phone", "address"),
                    name="recipient_unique",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("erased_at__isnull", True),
                        models.Q(
                            ("address", ""), ("hidden_at__isnull", False), ("name", ""), ("note", ""), ("phone", "")
                        ),
                        _connector="OR",
                    ),
                    name="recipient_erased_is_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="GoodsAlias",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("goods", models.CharField(max_length=300)),
            ("chosen_at", models.DateTimeField()),
            (
                "reseller",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="membership.reseller",
                ),
            ),
            (
                "sku",
                models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inventory.sku"),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("reseller", "goods"), name="goods_alias_once")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_order_requests"),
        ("orders", "0003_refund_adjustments"),
        ("orders", "0004_validate_refund_adjustments"),
        ("orders", "0005_parcels"),
        ("orders", "0006_first_carriers"),
        ("orders", "0007_move_tracking_numbers"),
        ("orders", "0008_parcels_replace_tracking_numbers"),
        ("orders", "0009_order_uploads"),
        ("orders", "0010_erasure"),
        ("orders", "0011_search"),
        ("orders", "0012_merged_recipients"),
        ("orders", "0013_listed_at"),
        ("orders", "0014_tracked_parcels"),
        ("orders", "0015_received_payments"),
        ("orders", "0016_resends"),
        ("orders", "0017_validate_resends"),
        ("orders", "0018_longer_sources"),
        ("orders", "0019_replaced_numbers"),
        ("orders", "0020_order_payments"),
        ("orders", "0021_customer_book"),
        ("orders", "0022_longer_notes"),
        ("orders", "0023_paid_ship_by"),
        ("orders", "0024_given_up_lines"),
        ("orders", "0025_freight"),
        ("orders", "0026_validate_freight"),
        ("orders", "0027_closed_accounts"),
    ]

    dependencies = [
        ("brands", "0001_squashed_0004_closed_brands"),
        ("flashsales", "0001_squashed_0008_freight"),
        ("inventory", "0001_squashed_0008_size_charts_of_styles"),
        ("membership", "0001_initial"),
        ("payments", "0001_squashed_0010_reported_amounts"),
        ("pricing", "0001_initial"),
        ("tracking", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunSQL(FORMER_COLUMNS, migrations.RunSQL.noop),
        migrations.RunPython(create_carriers, migrations.RunPython.noop),
    ]
