import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0001_initial"),
        ("membership", "0001_initial"),
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("changed_mind", "changed_mind"),
                            ("out_of_stock", "out_of_stock"),
                            ("returned", "returned"),
                            ("refund_only", "refund_only"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("units", models.PositiveIntegerField()),
                ("amount_fen", models.BigIntegerField()),
                (
                    "key",
                    models.CharField(help_text="the client's idempotency key, or that of the case", max_length=64),
                ),
                ("at", models.DateTimeField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="orders.orderline"
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
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
                ("units", models.PositiveIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("no_longer_wanted", "no_longer_wanted"),
                            ("wrong_goods", "wrong_goods"),
                            ("faulty", "faulty"),
                            ("damaged", "damaged"),
                        ],
                        max_length=20,
                    ),
                ),
                ("evidence", models.CharField(blank=True, max_length=1000)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "requested"),
                            ("approved", "approved"),
                            ("sent_back", "sent_back"),
                            ("received", "received"),
                            ("refunded", "refunded"),
                            ("rejected", "rejected"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                (
                    "due_at",
                    models.DateTimeField(
                        help_text="the deadline of the next step; null once the case has ended", null=True
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decision",
                    models.CharField(
                        blank=True, help_text="why it was rejected, or a note with the approval", max_length=300
                    ),
                ),
                (
                    "return_address",
                    models.CharField(blank=True, help_text="where the goods are to be sent", max_length=200),
                ),
                ("carrier", models.CharField(blank=True, max_length=30)),
                ("tracking_no", models.CharField(blank=True, max_length=40)),
                ("sent_back_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "brand",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="orders.orderline"
                    ),
                ),
                (
                    "reseller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="membership.reseller"
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case",
                        to="aftersales.refund",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(fields=("line", "key"), name="refund_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gte", 0), ("units__gt", 0)), name="refund_units_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["due_at", "id"], name="cases_open"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["state", "-id"], name="cases_by_state"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["reseller", "-id"], name="cases_of_reseller"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["brand", "-id"], name="cases_of_brand"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(fields=("reseller", "key"), name="case_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="case_units_positive"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("state__in", ["requested", "approved", "sent_back", "received"]),
                    ),
                    models.Q(
                        ("due_at__isnull", True),
                        ("ended_at__isnull", False),
                        ("state__in", ["refunded", "rejected", "withdrawn", "expired"]),
                    ),
                    _connector="OR",
                ),
                name="case_ended_has_no_deadline",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refund__isnull", False), ("state", "refunded")),
                    models.Q(models.Q(("state", "refunded"), _negated=True), ("refund__isnull", True)),
                    _connector="OR",
                ),
                name="case_refunded_has_refund",
            ),
        ),
    ]
