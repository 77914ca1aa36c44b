import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0001_initial"),
        ("flashsales", "0001_initial"),
        ("inventory", "0001_initial"),
        ("membership", "0001_initial"),
        ("pricing", "0001_initial"),
    ]

    operations = [
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
                ("total_fen", models.BigIntegerField()),
                ("placed_at", models.DateTimeField()),
                ("pay_before", models.DateTimeField()),
                ("paid_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "reseller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="membership.reseller"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("to_ship", "to_ship"), ("shipped", "shipped"), ("cancelled", "cancelled")],
                        default="to_ship",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("phone", models.CharField(max_length=20)),
                ("address", models.CharField(max_length=200)),
                ("ship_by", models.DateTimeField()),
                ("carrier", models.CharField(blank=True, max_length=30)),
                ("tracking_no", models.CharField(blank=True, max_length=40)),
                ("shipped_at", models.DateTimeField(null=True)),
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
            ],
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("phone", models.CharField(max_length=20)),
                ("address", models.CharField(max_length=200)),
                (
                    "hidden_at",
                    models.DateTimeField(help_text="removed from the address book; old orders keep it", null=True),
                ),
                (
                    "reseller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recipients", to="membership.reseller"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.PositiveIntegerField()),
                ("refunded_units", models.PositiveIntegerField(default=0)),
                ("price_fen", models.BigIntegerField(help_text="what the reseller pays")),
                ("payable_fen", models.BigIntegerField(help_text="the brand's part of the price")),
                ("commission_fen", models.BigIntegerField(help_text="the platform's part of the price")),
                ("labelling", models.CharField(max_length=4)),
                ("retail_floor_fen", models.BigIntegerField(null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_lines",
                        to="flashsales.saleitem",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.order"
                    ),
                ),
                (
                    "price_row",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pricing.pricelistrow"
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.sku"
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.recipient"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="consignment",
            name="recipient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.recipient"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["reseller", "-id"], name="orders_of_reseller"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=models.Q(("state", "unpaid")), fields=["pay_before"], name="orders_unpaid"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state", "paid"), _negated=True),
                fields=["reseller", "state", "pay_before"],
                name="orders_not_paid_by_reseller",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("reseller", "key"), name="order_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(condition=models.Q(("total_fen__gt", 0)), name="order_total_positive"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "paid"), _negated=True), ("paid_at__isnull", False), _connector="OR"
                ),
                name="order_paid_has_paid_at",
            ),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(fields=["reseller", "-id"], name="recipients_of_reseller"),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(fields=["phone"], name="recipients_by_phone"),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(fields=["name"], name="recipients_by_name"),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.UniqueConstraint(
                condition=models.Q(("hidden_at__isnull", True)),
                fields=("reseller", "name", "phone", "address"),
                name="recipient_unique",
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["sale", "id"], name="order_lines_of_sale"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(fields=("order", "item", "recipient"), name="order_line_once"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded_units__lte", models.F("units")), ("units__gt", 0)),
                name="order_line_refunded_within_units",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                condition=models.Q(("state", "to_ship")), fields=["brand", "ship_by", "id"], name="consignments_to_ship"
            ),
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(fields=["brand", "-id"], name="consignments_of_brand"),
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                models.F("brand"),
                django.db.models.functions.text.Upper("tracking_no"),
                condition=models.Q(("tracking_no", ""), _negated=True),
                name="consignments_by_number",
            ),
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                django.db.models.functions.text.Upper("tracking_no"), name="consignments_by_tracking_no"
            ),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.UniqueConstraint(fields=("order", "brand", "recipient"), name="consignment_unique"),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "shipped"), _negated=True),
                    models.Q(("shipped_at__isnull", False), models.Q(("tracking_no", ""), _negated=True)),
                    _connector="OR",
                ),
                name="consignment_shipped_has_tracking",
            ),
        ),
    ]
