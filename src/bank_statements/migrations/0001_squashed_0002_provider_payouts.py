"""The migrations 0001 to 0002 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

MODELS = [
    migrations.CreateModel(
        name="BankStatementUpload",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("account", models.CharField(max_length=60)),
            ("filename", models.CharField(max_length=200)),
            ("sha256", models.CharField(max_length=64)),
            (
                "state",
                models.CharField(
                    choices=[("preview", "preview"), ("committed", "committed"), ("cancelled", "cancelled")],
                    max_length=10,
                ),
            ),
            ("content", models.JSONField(default=list)),
            ("faults", models.JSONField(default=list)),
            ("gaps", models.JSONField(default=list)),
            ("line_count", models.PositiveIntegerField()),
            ("new_count", models.PositiveIntegerField(default=0, help_text="lines that no earlier file had")),
            ("uploaded_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "uploaded_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at", None), ("state", "preview")),
                        models.Q(models.Q(("state", "preview"), _negated=True), ("ended_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="bank_statement_upload_ended",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="BankStatementLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("account", models.CharField(max_length=60)),
            ("reference", models.CharField(max_length=80)),
            ("amount_fen", models.BigIntegerField(help_text="above zero for money that came")),
            ("booked_on", models.DateField()),
            ("time", models.CharField(blank=True, max_length=8)),
            ("counterparty", models.CharField(blank=True, max_length=120)),
            ("counterparty_account", models.CharField(blank=True, max_length=60)),
            ("remark", models.CharField(blank=True, max_length=300)),
            ("balance_fen", models.BigIntegerField(null=True)),
            ("sheet", models.CharField(blank=True, max_length=100)),
            ("row", models.PositiveIntegerField()),
            ("set_aside_at", models.DateTimeField(null=True)),
            ("set_aside_reason", models.CharField(blank=True, max_length=200)),
            (
                "bill",
                models.ForeignKey(
                    db_index=False,
                    help_text="of a provider, whose pay-out it is: the bill has booked it",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="payments.providerbill",
                ),
            ),
            (
                "set_aside_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rows",
                    to="bank_statements.bankstatementupload",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=("account", "reference", "amount_fen", "booked_on"), name="bank_statement_line_once"
                ),
                models.CheckConstraint(
                    condition=models.Q(("amount_fen", 0), _negated=True), name="bank_statement_line_amount"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("set_aside_at", None), ("set_aside_by", None), ("set_aside_reason", "")),
                        models.Q(
                            ("set_aside_at__isnull", False),
                            ("set_aside_by__isnull", False),
                            models.Q(("set_aside_reason", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="bank_statement_line_set_aside",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TransferClaim",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_fen", models.BigIntegerField()),
            ("paid_on", models.DateField()),
            ("payer", models.CharField(max_length=120)),
            ("last_digits", models.CharField(blank=True, max_length=8)),
            (
                "receipt",
                models.CharField(blank=True, help_text="SHA-256 of the picture; empty for none", max_length=64),
            ),
            ("created_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
            ("not_found_reason", models.CharField(blank=True, max_length=200)),
            (
                "not_found_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="membership.reseller"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["reseller", "-id"], name="transfer_claims_of_reseller"),
                models.Index(condition=models.Q(("ended_at", None)), fields=["-id"], name="transfer_claims_open"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("amount_fen__gt", 0)), name="transfer_claim_amount_positive"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("not_found_by", None), ("not_found_reason", "")),
                        models.Q(
                            ("ended_at__isnull", False),
                            ("not_found_by__isnull", False),
                            models.Q(("not_found_reason", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="transfer_claim_not_found",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="LineRequest",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("linked_at", models.DateTimeField()),
            (
                "line",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="links",
                    to="bank_statements.bankstatementline",
                ),
            ),
            (
                "linked_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "request",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="statement_line",
                    to="treasury.moneyrequest",
                ),
            ),
            (
                "claim",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="links",
                    to="bank_statements.transferclaim",
                ),
            ),
        ],
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("bank_statements", "0001_initial"),
        ("bank_statements", "0002_provider_payouts"),
    ]

    dependencies = [
        ("membership", "0001_initial"),
        ("payments", "0001_squashed_0010_reported_amounts"),
        ("treasury", "0001_squashed_0011_money_of_providers_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
    ]
