"""The migrations 0001 to 0013 in one, for a database that has none of them (docs/decisions/0104)."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels
from db.database_file import apply_database_file

MODELS = [
    migrations.CreateModel(
        name="ClosedDay",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("day", models.DateField(unique=True)),
            ("ends_at", models.DateTimeField()),
            ("closed_at", models.DateTimeField()),
            ("summed_at", models.DateTimeField(null=True)),
            ("postings", models.PositiveIntegerField(default=0)),
            ("complete_through_id", models.BigIntegerField(default=0)),
            ("last_entry_id", models.BigIntegerField(default=0)),
        ],
        options={
            "db_table": "ledger_closedday",
        },
    ),
    migrations.CreateModel(
        name="KindDay",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(max_length=20)),
            ("day", models.DateField()),
            ("opening_fen", models.BigIntegerField()),
            ("in_fen", models.BigIntegerField()),
            ("out_fen", models.BigIntegerField()),
            ("closing_fen", models.BigIntegerField()),
            ("entries", models.PositiveIntegerField()),
        ],
        options={
            "db_table": "ledger_kindday",
            "constraints": [models.UniqueConstraint(fields=("day", "kind"), name="ledger_kind_once_a_day")],
        },
    ),
    migrations.CreateModel(
        name="LedgerAccount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("wallet", "wallet"),
                        ("deposit", "deposit"),
                        ("refund_in_transit", "refund_in_transit"),
                        ("brand_payable", "brand_payable"),
                        ("brand_settled", "brand_settled"),
                        ("withdraw_in_transit", "withdraw_in_transit"),
                        ("deposit_in_transit", "deposit_in_transit"),
                        ("commission", "commission"),
                        ("brand_fee", "brand_fee"),
                        ("brand_debt", "brand_debt"),
                        ("carrier_claim", "carrier_claim"),
                        ("clearing", "clearing"),
                        ("wechat_clearing", "wechat_clearing"),
                        ("provider_fee", "provider_fee"),
                        ("alipay_clearing", "alipay_clearing"),
                    ],
                    max_length=20,
                ),
            ),
            ("owner_id", models.BigIntegerField(default=0)),
            ("balance_fen", models.BigIntegerField(default=0)),
        ],
        options={
            "db_table": "ledger_account",
            "constraints": [
                models.UniqueConstraint(fields=("kind", "owner_id"), name="ledger_account_unique"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("balance_fen__gte", 0),
                        models.Q(
                            (
                                "kind__in",
                                [
                                    "wallet",
                                    "refund_in_transit",
                                    "deposit",
                                    "brand_payable",
                                    "brand_settled",
                                    "withdraw_in_transit",
                                    "deposit_in_transit",
                                ],
                            ),
                            _negated=True,
                        ),
                        _connector="OR",
                    ),
                    name="ledger_balance_not_negative",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Posting",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField()),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("deposit", "deposit"),
                        ("deposit_return", "deposit_return"),
                        ("deposit_deduction", "deposit_deduction"),
                        ("top_up", "top_up"),
                        ("withdrawal", "withdrawal"),
                        ("withdrawal_back", "withdrawal_back"),
                        ("transfer", "transfer"),
                        ("bank_return", "bank_return"),
                        ("adjustment", "adjustment"),
                        ("payment", "payment"),
                        ("refund", "refund"),
                        ("settlement", "settlement"),
                        ("payout", "payout"),
                        ("resend", "resend"),
                        ("carrier_claim", "carrier_claim"),
                        ("provider_payment", "provider_payment"),
                        ("refund_to_source", "refund_to_source"),
                        ("refund_paid_out", "refund_paid_out"),
                        ("refund_came_back", "refund_came_back"),
                        ("provider_fee", "provider_fee"),
                        ("provider_settlement", "provider_settlement"),
                        ("reversal", "reversal"),
                    ],
                    max_length=20,
                ),
            ),
            ("key", models.CharField(help_text="the same key is posted at most once", max_length=120, unique=True)),
            ("cause", models.CharField(help_text="the row that caused it, like order:12", max_length=80)),
            ("note", models.CharField(blank=True, max_length=200)),
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
            "indexes": [
                django.contrib.postgres.indexes.BrinIndex(
                    fields=["at"], name="ledger_postings_by_time", pages_per_range=32
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Entry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_fen", models.BigIntegerField()),
            (
                "account",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="ledger.ledgeraccount"
                ),
            ),
            (
                "posting",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="ledger.posting"
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["account", "id"], name="ledger_entries_of_account")],
            "constraints": [
                models.UniqueConstraint(fields=("posting", "account"), name="ledger_entry_once_per_account"),
                models.CheckConstraint(
                    condition=models.Q(("amount_fen", 0), _negated=True), name="ledger_entry_amount_not_zero"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="AccountDay",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("day", models.DateField()),
            ("in_fen", models.BigIntegerField()),
            ("out_fen", models.BigIntegerField()),
            ("closing_fen", models.BigIntegerField()),
            ("entries", models.PositiveIntegerField()),
            (
                "account",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="days",
                    to="ledger.ledgeraccount",
                ),
            ),
        ],
        options={
            "db_table": "ledger_accountday",
            "indexes": [models.Index(fields=["day"], name="ledger_account_days_by_day")],
            "constraints": [models.UniqueConstraint(fields=("account", "day"), name="ledger_account_once_a_day")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_carrier_claim"),
        ("ledger", "0003_carrier_claim_postings"),
        ("ledger", "0004_resends"),
        ("ledger", "0005_provider_payments"),
        ("ledger", "0006_reversals"),
        ("ledger", "0007_refunds_to_source"),
        ("ledger", "0008_validate_balances"),
        ("ledger", "0009_money_in_transit"),
        ("ledger", "0010_validate_balances_in_transit"),
        ("ledger", "0011_provider_fees"),
        ("ledger", "0012_closed_days"),
        ("ledger", "0013_brand_fees_and_debts"),
    ]

    dependencies = [
        ("db", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
        apply_database_file("ledger"),
    ]
