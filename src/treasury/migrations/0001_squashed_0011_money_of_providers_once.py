"""The migrations 0001 to 0011 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

# As 0011 wrote it; Django would write the same condition in other words.
ONCE = """
    CREATE UNIQUE INDEX money_request_{name}_once ON treasury_moneyrequest ({column})
    WHERE state IN ('waiting', 'approved') AND {column} IS NOT NULL
"""
# What one person booked before two were required: approved by who booked it, marked as such, and paid where it was a payout (0002, 0005).
# It finds rows where this app is new in a database that has the ledger.
EARLIER_BOOKINGS = """
INSERT INTO treasury_moneyrequest (kind, state, reseller_id, brand_id, order_id, statement_id, amount_fen, reference, booked_as, reason,
    entered_by_id, entered_at, decided_by_id, decided_at, decision_reason, before_rule, paid_at)
SELECT p.kind, CASE p.kind WHEN 'payout' THEN 'paid' ELSE 'approved' END,
    CASE p.kind WHEN 'top_up' THEN a.owner_id END, CASE WHEN p.kind <> 'top_up' THEN a.owner_id END, r.order_id,
    CASE p.kind WHEN 'payout' THEN split_part(p.key, ':', 2)::bigint END,
    abs(e.amount_fen), left(p.note, 80), p.key, '', p.person_id, p.at, p.person_id, p.at, '', true,
    CASE p.kind WHEN 'payout' THEN p.at END
FROM ledger_posting p
JOIN ledger_entry e ON e.posting_id = p.id
JOIN ledger_account a ON a.id = e.account_id AND a.kind IN ('wallet', 'deposit', 'brand_settled')
LEFT JOIN orders_receivedpayment r ON p.kind = 'top_up' AND r.reference = p.note
WHERE p.kind IN ('top_up', 'deposit', 'payout') AND p.person_id IS NOT NULL
ORDER BY p.id
"""


MODELS = [
    migrations.CreateModel(
        name="BankAccount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("approved", "approved"),
                        ("replaced", "replaced"),
                        ("returned", "returned"),
                        ("refused", "refused"),
                    ],
                    max_length=10,
                ),
            ),
            ("holder", models.CharField(max_length=60)),
            ("number", models.CharField(max_length=30)),
            ("bank", models.CharField(max_length=60)),
            ("branch", models.CharField(blank=True, max_length=60)),
            ("cnaps", models.CharField(blank=True, max_length=12)),
            ("entered_at", models.DateTimeField()),
            ("decided_at", models.DateTimeField(null=True)),
            ("decision_reason", models.CharField(blank=True, max_length=200)),
            (
                "payable_from",
                models.DateTimeField(help_text="the end of the cool-down, once it is approved", null=True),
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
                "reseller",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["state", "-id"], name="bank_accounts_by_state")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("brand__isnull", True), ("reseller__isnull", False)),
                        models.Q(("brand__isnull", False), ("reseller__isnull", True)),
                        _connector="OR",
                    ),
                    name="bank_account_has_one_owner",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "approved"), _negated=True),
                        models.Q(
                            ("decided_by__isnull", False),
                            ("payable_from__isnull", False),
                            models.Q(("decided_by", models.F("entered_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="bank_account_two_people",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("reseller__isnull", False), ("state", "approved")),
                    fields=("reseller",),
                    name="bank_account_one_paid_reseller",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("reseller__isnull", False), ("state", "waiting")),
                    fields=("reseller",),
                    name="bank_account_one_waits_reseller",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("brand__isnull", False), ("state", "approved")),
                    fields=("brand",),
                    name="bank_account_one_paid_brand",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("brand__isnull", False), ("state", "waiting")),
                    fields=("brand",),
                    name="bank_account_one_waits_brand",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CloseDifference",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("day", models.DateField()),
            (
                "compared",
                models.CharField(
                    choices=[
                        ("wechat_bill", "wechat_bill"),
                        ("alipay_bill", "alipay_bill"),
                        ("wechat_balance", "wechat_balance"),
                        ("alipay_balance", "alipay_balance"),
                        ("balances", "balances"),
                    ],
                    max_length=20,
                ),
            ),
            ("kind", models.CharField(help_text="what differs, like payment_not_booked", max_length=30)),
            ("subject", models.CharField(help_text="the number of a payment or refund, or an account", max_length=80)),
            ("payment_id", models.BigIntegerField(null=True)),
            ("account_id", models.BigIntegerField(null=True)),
            ("ledger_fen", models.BigIntegerField(null=True)),
            ("other_fen", models.BigIntegerField(null=True)),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("explained", "explained"), ("resolved", "resolved")], max_length=10
                ),
            ),
            ("found_at", models.DateTimeField()),
            ("resolved_at", models.DateTimeField(null=True)),
            ("explanation", models.CharField(blank=True, max_length=200)),
            ("explained_at", models.DateTimeField(null=True)),
            (
                "explained_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["state", "-day", "-id"], name="close_differences_by_state")],
            "constraints": [
                models.UniqueConstraint(fields=("day", "compared", "kind", "subject"), name="close_difference_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("resolved_at__isnull", False), ("state", "resolved")),
                        models.Q(models.Q(("state", "resolved"), _negated=True), ("resolved_at__isnull", True)),
                        _connector="OR",
                    ),
                    name="close_difference_resolved",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "explained"), _negated=True),
                        models.Q(
                            ("explained_at__isnull", False),
                            ("explained_by__isnull", False),
                            models.Q(("explanation", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="close_difference_explained",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="DayComparison",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("day", models.DateField()),
            (
                "compared",
                models.CharField(
                    choices=[
                        ("wechat_bill", "wechat_bill"),
                        ("alipay_bill", "alipay_bill"),
                        ("wechat_balance", "wechat_balance"),
                        ("alipay_balance", "alipay_balance"),
                        ("balances", "balances"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "waiting"), ("agrees", "agrees"), ("differs", "differs")], max_length=10
                ),
            ),
            ("ledger_fen", models.BigIntegerField(null=True)),
            ("other_fen", models.BigIntegerField(null=True)),
            ("compared_at", models.DateTimeField()),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("day", "compared"), name="day_comparison_once")],
        },
    ),
    migrations.CreateModel(
        name="TransferBatch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("file_format", models.CharField(choices=[("xlsx", "xlsx"), ("csv", "csv")], max_length=4)),
            ("content", models.BinaryField(help_text="the file; emptied when the bank has carried it out")),
            ("sha256", models.CharField(help_text="of the file, in hexadecimal", max_length=64)),
            ("request_count", models.PositiveIntegerField()),
            ("amount_fen", models.BigIntegerField()),
            ("created_at", models.DateTimeField()),
            ("downloaded_at", models.DateTimeField(null=True)),
            ("confirmed_at", models.DateTimeField(null=True)),
            ("bank_reference", models.CharField(blank=True, max_length=80)),
            (
                "confirmed_by",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "downloaded_by",
                models.ForeignKey(
                    db_index=False,
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
                    condition=models.Q(("amount_fen__gt", 0), ("request_count__gt", 0)), name="transfer_batch_has_lines"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("downloaded_at__isnull", True), ("downloaded_by__isnull", True)),
                        models.Q(("downloaded_at__isnull", False), ("downloaded_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="transfer_batch_downloaded",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("bank_reference", ""), ("confirmed_at__isnull", True), ("confirmed_by__isnull", True)
                        ),
                        models.Q(
                            ("confirmed_at__isnull", False),
                            ("confirmed_by__isnull", False),
                            ("downloaded_at__isnull", False),
                            models.Q(("bank_reference", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="transfer_batch_confirmed",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("confirmed_at__isnull", False)),
                    fields=("bank_reference",),
                    name="transfer_batch_reference_once",
                ),
            ],
        },
    ),
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
                        ("withdrawal", "withdrawal"),
                        ("deposit_return", "deposit_return"),
                        ("wallet_credit", "wallet_credit"),
                        ("wallet_debit", "wallet_debit"),
                        ("deposit_deduction", "deposit_deduction"),
                        ("reversal", "reversal"),
                        ("payment_to_wallet", "payment_to_wallet"),
                        ("payment_to_source", "payment_to_source"),
                        ("refund_to_wallet", "refund_to_wallet"),
                        ("refund_to_bank", "refund_to_bank"),
                        ("bank_return", "bank_return"),
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
                        ("in_batch", "in_batch"),
                        ("paid", "paid"),
                        ("returned", "returned"),
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
                models.CharField(blank=True, help_text="the key of the posting, once it is approved", max_length=120),
            ),
            ("reason", models.CharField(blank=True, help_text="why a booking is reversed", max_length=200)),
            ("entered_at", models.DateTimeField()),
            ("decided_at", models.DateTimeField(null=True)),
            ("decision_reason", models.CharField(blank=True, max_length=200)),
            (
                "paid_at",
                models.DateTimeField(help_text="when the bank was confirmed to have carried it out", null=True),
            ),
            (
                "key",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="of a client that may send a withdrawal twice",
                    max_length=64,
                ),
            ),
            (
                "evidence",
                models.CharField(
                    blank=True, db_default="", default="", help_text="what proves a deduction", max_length=300
                ),
            ),
            (
                "within_limit",
                models.BooleanField(
                    db_default=False, default=False, help_text="an adjustment that one person may book"
                ),
            ),
            (
                "before_rule",
                models.BooleanField(
                    db_default=False, default=False, help_text="booked by one person, before two were required"
                ),
            ),
            (
                "bank_account",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="treasury.bankaccount"
                ),
            ),
            (
                "beneficiary",
                models.ForeignKey(
                    db_index=False,
                    help_text="the reseller who is given what a brand forfeits; the platform where there is none",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="membership.reseller",
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
                "payment",
                models.ForeignKey(
                    db_index=False,
                    help_text="through a provider, for which another amount arrived",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="payments.payment",
                ),
            ),
            (
                "provider_refund",
                models.ForeignKey(
                    db_index=False,
                    help_text="that the provider cannot pay out",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="payments.providerrefund",
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
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
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="settlement.statement"
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="requests",
                    to="treasury.transferbatch",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["state", "-id"], name="money_requests_by_state"),
                models.Index(fields=["kind", "reference"], name="money_requests_by_reference"),
                models.Index(fields=["reseller", "-id"], name="money_requests_of_reseller"),
                models.Index(fields=["batch", "id"], name="money_requests_of_batch"),
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
                        models.Q(
                            ("state__in", ["approved", "in_batch", "paid", "returned", "reversed"]), _negated=True
                        ),
                        ("before_rule", True),
                        models.Q(("kind__in", ["wallet_credit", "wallet_debit"]), ("within_limit", True)),
                        models.Q(
                            ("decided_by__isnull", False),
                            models.Q(("decided_by", models.F("entered_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="money_request_of_two_people",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("booked_as", ""), ("decided_at__isnull", True), ("state", "waiting")),
                        models.Q(
                            ("state__in", ["refused", "cancelled"]), ("booked_as", ""), ("decided_at__isnull", False)
                        ),
                        models.Q(
                            models.Q(("kind__in", ["deposit_return", "payout", "withdrawal"]), _negated=True),
                            ("decided_at__isnull", False),
                            ("state__in", ["approved", "reversed"]),
                            models.Q(("booked_as", ""), _negated=True),
                        ),
                        models.Q(
                            ("kind__in", ["deposit_return", "payout", "withdrawal"]),
                            ("booked_as", ""),
                            ("decided_at__isnull", False),
                            ("state__in", ["approved", "in_batch"]),
                        ),
                        models.Q(
                            ("kind__in", ["deposit_return", "payout", "withdrawal"]),
                            ("decided_at__isnull", False),
                            ("state__in", ["paid", "returned"]),
                        ),
                        _connector="OR",
                    ),
                    name="money_request_is_decided",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("booked_as", ""),
                            ("paid_at__isnull", True),
                            ("state__in", ["approved", "in_batch", "returned"]),
                        ),
                        models.Q(
                            ("paid_at__isnull", False),
                            ("state__in", ["paid", "returned"]),
                            models.Q(("booked_as", ""), _negated=True),
                        ),
                        models.Q(
                            ("paid_at__isnull", True),
                            models.Q(
                                ("kind__in", ["deposit_return", "payout", "withdrawal"]),
                                ("state__in", ["approved", "in_batch", "paid", "returned", "reversed"]),
                                _negated=True,
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="money_request_paid",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("batch__isnull", True),
                            ("state__in", ["waiting", "refused", "cancelled", "approved", "reversed"]),
                        ),
                        models.Q(("batch__isnull", False), ("state", "in_batch")),
                        ("state__in", ["paid", "returned"]),
                        _connector="OR",
                    ),
                    name="money_request_in_batch",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ["waiting", "approved"]), ("kind__in", ["top_up", "deposit"])),
                    fields=("kind", "reference"),
                    name="money_request_reference_once",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ["approved", "in_batch", "paid", "waiting"])),
                    fields=("statement",),
                    name="money_request_paid_out_once",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ["waiting", "approved"])),
                    fields=("reverses",),
                    name="money_request_reversed_once",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("entered_by", "key"),
                    name="money_request_key_once",
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


def _once(name: str, field: str) -> migrations.RunSQL:
    constraint = models.UniqueConstraint(
        fields=[field],
        condition=models.Q(state__in=["waiting", "approved"], **{f"{field}__isnull": False}),
        name=f"money_request_{name}_once",
    )
    return migrations.RunSQL(
        ONCE.format(name=name, column=f"{field}_id"),
        f"DROP INDEX IF EXISTS money_request_{name}_once",
        state_operations=[migrations.AddConstraint(model_name="moneyrequest", constraint=constraint)],
    )


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("treasury", "0001_initial"),
        ("treasury", "0002_earlier_bookings"),
        ("treasury", "0003_bank_accounts"),
        ("treasury", "0004_transfer_batches"),
        ("treasury", "0005_money_out"),
        ("treasury", "0006_money_out_indexes"),
        ("treasury", "0007_adjustments"),
        ("treasury", "0008_validate_adjustments"),
        ("treasury", "0009_daily_close"),
        ("treasury", "0010_money_of_providers"),
        ("treasury", "0011_money_of_providers_once"),
    ]

    dependencies = [
        ("brands", "0001_squashed_0004_closed_brands"),
        ("ledger", "0001_squashed_0013_brand_fees_and_debts"),
        ("membership", "0001_initial"),
        ("orders", "0001_squashed_0027_closed_accounts"),
        ("payments", "0001_squashed_0010_reported_amounts"),
        ("settlement", "0001_squashed_0013_disputes_of_deductions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunSQL(EARLIER_BOOKINGS, migrations.RunSQL.noop),
        _once("payment", "payment"),
        _once("refund", "provider_refund"),
    ]
