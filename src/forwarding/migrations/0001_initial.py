import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("flashsales", "0001_initial"),
        ("inventory", "0001_initial"),
        ("membership", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forward",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=24, unique=True)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RetailPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price_fen", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "reseller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retail_prices",
                        to="membership.reseller",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.sale"
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
                ("note", models.CharField(blank=True, max_length=200)),
                ("key", models.CharField(help_text="of the form that was sent; makes at most one wish", max_length=64)),
                (
                    "visitor",
                    models.CharField(
                        help_text="a keyed hash of the customer's cookie, for the rate limit", max_length=32
                    ),
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
                        choices=[("new", "new"), ("ordered", "ordered"), ("done", "done"), ("declined", "declined")],
                        default="new",
                        max_length=10,
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
        ),
        migrations.AddIndex(
            model_name="forward",
            index=models.Index(fields=["reseller", "-id"], name="forwards_of_reseller"),
        ),
        migrations.AddConstraint(
            model_name="forward",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stopped_at__isnull", True)),
                fields=("reseller", "sale", "style"),
                name="forward_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="retailprice",
            constraint=models.UniqueConstraint(fields=("reseller", "sale", "style"), name="retail_price_once"),
        ),
        migrations.AddConstraint(
            model_name="retailprice",
            constraint=models.CheckConstraint(condition=models.Q(("price_fen__gt", 0)), name="retail_price_positive"),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(fields=["reseller", "state", "-id"], name="wishes_of_reseller"),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(fields=["forward", "-created_at"], name="wishes_of_forward"),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(fields=["visitor", "-created_at"], name="wishes_of_visitor"),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(
                condition=models.Q(("network", ""), _negated=True),
                fields=["network", "-created_at"],
                name="wishes_of_network",
            ),
        ),
        migrations.AddConstraint(
            model_name="wish",
            constraint=models.UniqueConstraint(fields=("forward", "key"), name="wish_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="wish",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gte", 1), ("units__lte", 99)), name="wish_units_in_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="wish",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ordered"), _negated=True), ("order__isnull", False), _connector="OR"
                ),
                name="wish_ordered_has_order",
            ),
        ),
    ]
