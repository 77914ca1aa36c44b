"""The migrations 0001 to 0013 in one, for a database that has none of them (docs/decisions/0104)."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

MODELS = [
    migrations.CreateModel(
        name="ContractFee",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("late_shipment", "late_shipment"),
                        ("shortage", "shortage"),
                        ("fault_return", "fault_return"),
                    ],
                    max_length=16,
                ),
            ),
            (
                "basis",
                models.CharField(
                    choices=[
                        ("line", "line"),
                        ("unit", "unit"),
                        ("payable_rate", "payable_rate"),
                        ("price_rate", "price_rate"),
                    ],
                    max_length=16,
                ),
            ),
            ("amount_fen", models.BigIntegerField(help_text="per line or unit", null=True)),
            ("rate", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
            ("cap_fen", models.BigIntegerField(help_text="the most for one line", null=True)),
            ("from_date", models.DateField()),
            ("to_date", models.DateField(help_text="included; null: until another fee of the kind begins", null=True)),
            ("entered_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="contract_fees",
                    to="brands.brand",
                ),
            ),
            (
                "entered_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("brand", "kind", "from_date"), name="contract_fee_once_per_day"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amount_fen__gt", 0), ("basis__in", ["line", "unit"]), ("rate__isnull", True)),
                        models.Q(
                            ("amount_fen__isnull", True),
                            ("basis__in", ["payable_rate", "price_rate"]),
                            ("rate__gt", 0),
                            ("rate__lte", 1),
                        ),
                        _connector="OR",
                    ),
                    name="contract_fee_amount_or_rate",
                ),
                models.CheckConstraint(
                    condition=models.Q(("cap_fen__isnull", True), ("cap_fen__gt", 0), _connector="OR"),
                    name="contract_fee_cap_positive",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("to_date__isnull", True), ("to_date__gte", models.F("from_date")), _connector="OR"
                    ),
                    name="contract_fee_ends_later",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="FeeWaiver",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    blank=True,
                    choices=[
                        ("late_shipment", "late_shipment"),
                        ("shortage", "shortage"),
                        ("fault_return", "fault_return"),
                    ],
                    max_length=16,
                ),
            ),
            ("from_date", models.DateField(null=True)),
            ("to_date", models.DateField(null=True)),
            ("reason", models.CharField(max_length=200)),
            ("entered_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(help_text="taken back: it covers nothing that is sent later", null=True)),
            (
                "brand",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="fee_waivers", to="brands.brand"
                ),
            ),
            (
                "entered_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "line",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="orders.orderline",
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
    ),
    migrations.CreateModel(
        name="SettlementTerms",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[("sale", "sale"), ("month", "month"), ("delivery", "delivery")], max_length=8
                ),
            ),
            ("from_date", models.DateField()),
            ("entered_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="settlement_terms", to="brands.brand"
                ),
            ),
            (
                "entered_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("brand", "from_date"), name="settlement_terms_once_per_day")
            ],
        },
    ),
    migrations.CreateModel(
        name="Statement",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[("sale", "sale"), ("month", "month"), ("delivery", "delivery")],
                    db_default="sale",
                    default="sale",
                    max_length=8,
                ),
            ),
            ("first_date", models.DateField(help_text="of its period", null=True)),
            ("last_date", models.DateField(help_text="of its period, included", null=True)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("draft", "draft"),
                        ("sent", "sent"),
                        ("disputed", "disputed"),
                        ("confirmed", "confirmed"),
                        ("settled", "settled"),
                        ("paid", "paid"),
                        ("closed", "closed"),
                    ],
                    default="draft",
                    max_length=10,
                ),
            ),
            ("units", models.IntegerField()),
            ("refunded_units", models.IntegerField()),
            ("sold_fen", models.BigIntegerField()),
            ("refunded_fen", models.BigIntegerField()),
            ("commission_fen", models.BigIntegerField()),
            ("payable_fen", models.BigIntegerField()),
            (
                "carrier_claims_fen",
                models.BigIntegerField(db_default=0, default=0, help_text="refunded at the cost of carriers"),
            ),
            (
                "adjustments_fen",
                models.BigIntegerField(db_default=0, default=0, help_text="what accepted disputes change"),
            ),
            (
                "freight_fen",
                models.BigIntegerField(
                    db_default=0,
                    default=0,
                    help_text="freight that the brand keeps, less the return freight that it bears",
                ),
            ),
            ("deductions_fen", models.BigIntegerField(db_default=0, default=0, help_text="fees of the contract")),
            (
                "netted_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="what the brand owes from earlier statements, paid by this one"
                ),
            ),
            (
                "carried_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="what the brand still owes after it, for the next one"
                ),
            ),
            ("generated_at", models.DateTimeField()),
            ("settleable_from", models.DateTimeField(help_text="when the after-sales window of its last line ends")),
            ("sent_at", models.DateTimeField(null=True)),
            (
                "confirm_by",
                models.DateTimeField(help_text="confirmed then, where the brand disputes nothing", null=True),
            ),
            ("confirmed_at", models.DateTimeField(null=True)),
            ("settled_at", models.DateTimeField(null=True)),
            ("paid_at", models.DateTimeField(null=True)),
            ("payout_reference", models.CharField(blank=True, max_length=80)),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "brand_has_money",
                models.BooleanField(
                    db_default=False, default=False, help_text="a clerk of the brand closed it: the money arrived"
                ),
            ),
            (
                "brand",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="brands.brand"
                ),
            ),
            (
                "confirmed_by",
                models.ForeignKey(
                    db_index=False,
                    help_text="null: nobody disputed it",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "sale",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="statement",
                    to="flashsales.sale",
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["brand", "-id"], name="statements_of_brand")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "sold_fen",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        django.db.models.expressions.CombinedExpression(
                                                            models.F("refunded_fen"),
                                                            "-",
                                                            models.F("carrier_claims_fen"),
                                                        ),
                                                        "+",
                                                        models.F("commission_fen"),
                                                    ),
                                                    "+",
                                                    models.F("payable_fen"),
                                                ),
                                                "-",
                                                models.F("adjustments_fen"),
                                            ),
                                            "-",
                                            models.F("freight_fen"),
                                        ),
                                        "+",
                                        models.F("deductions_fen"),
                                    ),
                                    "+",
                                    models.F("netted_fen"),
                                ),
                                "-",
                                models.F("carried_fen"),
                            ),
                        )
                    ),
                    name="statement_totals_add_up",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("carried_fen__gte", 0),
                        ("deductions_fen__gte", 0),
                        ("netted_fen__gte", 0),
                        models.Q(("carried_fen", 0), ("payable_fen", 0), _connector="OR"),
                    ),
                    name="statement_carries_or_pays",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("first_date__isnull", True),
                            ("kind", "sale"),
                            ("last_date__isnull", True),
                            ("sale__isnull", False),
                        ),
                        models.Q(
                            models.Q(("kind", "sale"), _negated=True),
                            ("first_date__isnull", False),
                            ("last_date__gte", models.F("first_date")),
                            ("sale__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="statement_of_sale_or_period",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("first_date__isnull", False)),
                    fields=("brand", "kind", "first_date"),
                    name="statement_once_per_period",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BrandDebt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("carried", "carried")], max_length=12)),
            ("amount_fen", models.BigIntegerField()),
            ("at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="debts", to="brands.brand"),
            ),
            (
                "source",
                models.ForeignKey(
                    help_text="the statement that it comes from",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="debts_left",
                    to="settlement.statement",
                ),
            ),
            (
                "statement",
                models.ForeignKey(
                    help_text="that pays it",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="debts",
                    to="settlement.statement",
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="brand_debt_positive"),
                models.UniqueConstraint(
                    condition=models.Q(("kind", "carried")), fields=("source",), name="brand_debt_carried_once"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StatementDeduction",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("late_shipment", "late_shipment"),
                        ("shortage", "shortage"),
                        ("fault_return", "fault_return"),
                    ],
                    max_length=16,
                ),
            ),
            ("units", models.IntegerField()),
            ("amount_fen", models.BigIntegerField()),
            (
                "fee",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="settlement.contractfee"
                ),
            ),
            (
                "line",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="orders.orderline",
                ),
            ),
            (
                "statement",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="deductions", to="settlement.statement"
                ),
            ),
            (
                "waiver",
                models.ForeignKey(
                    help_text="then nothing is deducted",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="settlement.feewaiver",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("statement", "line", "kind"), name="deduction_once_per_line"),
                models.CheckConstraint(
                    condition=models.Q(("amount_fen__gt", 0), ("units__gt", 0)), name="deduction_is_positive"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StatementDispute",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("payable_fen", models.BigIntegerField(help_text="of the line or deduction, as the statement says")),
            ("claimed_fen", models.BigIntegerField(help_text="of the line or deduction, as the brand says")),
            ("reason", models.CharField(max_length=300)),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("accepted", "accepted"), ("kept", "kept")], default="open", max_length=8
                ),
            ),
            ("raised_at", models.DateTimeField()),
            ("answer", models.CharField(blank=True, max_length=300)),
            ("answered_at", models.DateTimeField(null=True)),
            (
                "answered_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "deduction",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="disputes",
                    to="settlement.statementdeduction",
                ),
            ),
            (
                "line",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"),
            ),
            (
                "raised_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "statement",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="settlement.statement"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("deduction__isnull", True)),
                    fields=("statement", "line"),
                    name="dispute_once_per_item",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("deduction__isnull", False)),
                    fields=("deduction",),
                    name="dispute_once_per_deduction",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("answer", ""),
                            ("answered_at__isnull", True),
                            ("answered_by__isnull", True),
                            ("state", "open"),
                        ),
                        models.Q(
                            models.Q(("state", "open"), _negated=True),
                            ("answered_at__isnull", False),
                            ("answered_by__isnull", False),
                            models.Q(("answer", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="dispute_is_answered_whole",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StatementItem",
        fields=[
            (
                "line",
                models.OneToOneField(
                    db_constraint=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="+",
                    serialize=False,
                    to="orders.orderline",
                ),
            ),
            ("refunded_units", models.IntegerField()),
            ("refunded_fen", models.BigIntegerField()),
            ("payable_fen", models.BigIntegerField()),
            ("carrier_claim_fen", models.BigIntegerField()),
            ("freight_fen", models.BigIntegerField(db_default=0, default=0)),
            (
                "statement",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="items",
                    to="settlement.statement",
                ),
            ),
        ],
        options={
            "indexes": [
                django.contrib.postgres.indexes.BrinIndex(
                    autosummarize=True, fields=["statement"], name="items_of_statement", pages_per_range=16
                )
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("settlement", "0001_initial"),
        ("settlement", "0002_carrier_claims"),
        ("settlement", "0003_statement_items"),
        ("settlement", "0004_statement_life"),
        ("settlement", "0005_items_of_earlier_statements"),
        ("settlement", "0006_settlement_terms"),
        ("settlement", "0007_statement_periods"),
        ("settlement", "0008_brand_has_money"),
        ("settlement", "0009_closed_by_brands"),
        ("settlement", "0010_freight"),
        ("settlement", "0011_validate_freight"),
        ("settlement", "0012_contract_fees"),
        ("settlement", "0013_disputes_of_deductions"),
    ]

    dependencies = [
        ("brands", "0001_squashed_0004_closed_brands"),
        ("flashsales", "0001_squashed_0008_freight"),
        ("orders", "0001_squashed_0027_closed_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
    ]
