import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0003_brand_order_minimum"),
        ("membership", "0001_initial"),
        ("orders", "0019_replaced_numbers"),
        ("settlement", "0002_carrier_claims"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MoneyRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("top_up", "top_up"),
                            ("deposit", "deposit"),
                            ("payout", "payout"),
                            ("reversal", "reversal"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("approved", "approved"),
                            ("reversed", "reversed"),
                            ("refused", "refused"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount_fen", models.BigIntegerField()),
                ("reference", models.CharField(blank=True, help_text="the bank's, as it is booked", max_length=80)),
                (
                    "booked_as",
                    models.CharField(
                        blank=True, help_text="the key of the posting, once it is approved", max_length=120
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="why a booking is reversed", max_length=200)),
                ("entered_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_reason", models.CharField(blank=True, max_length=200)),
                (
                    "before_rule",
                    models.BooleanField(
                        db_default=False, default=False, help_text="booked by one person, before two were required"
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="membership.reseller",
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="treasury.moneyrequest",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlement.statement",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-id"], name="money_requests_by_state"),
                    models.Index(fields=["kind", "reference"], name="money_requests_by_reference"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gt", 0), models.Q(("amount_fen", 0), ("kind", "payout")), _connector="OR"
                        ),
                        name="money_request_amount_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("brand__isnull", True), ("reseller__isnull", False)),
                            models.Q(("brand__isnull", False), ("reseller__isnull", True)),
                            _connector="OR",
                        ),
                        name="money_request_has_one_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "reversed"]), _negated=True),
                            ("before_rule", True),
                            models.Q(
                                ("decided_by__isnull", False),
                                models.Q(("decided_by", models.F("entered_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="money_request_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("booked_as", ""), ("decided_at__isnull", True), ("state", "waiting")),
                            models.Q(
                                ("state__in", ["approved", "reversed"]),
                                ("decided_at__isnull", False),
                                models.Q(("booked_as", ""), _negated=True),
                            ),
                            models.Q(
                                ("state__in", ["refused", "cancelled"]),
                                ("booked_as", ""),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="money_request_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "approved"]), ("kind__in", ["top_up", "deposit"])),
                        fields=("kind", "reference"),
                        name="money_request_reference_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "approved"])),
                        fields=("statement",),
                        name="money_request_payout_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "approved"])),
                        fields=("reverses",),
                        name="money_request_reversed_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("booked_as", ""), _negated=True),
                        fields=("booked_as",),
                        name="money_request_booked_once",
                    ),
                ],
            },
        ),
    ]
