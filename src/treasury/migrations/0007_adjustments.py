"""Adjustments of wallets, and deductions from deposits (MONEY-13, MONEY-14)."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0006_money_out_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="moneyrequest",
            name="beneficiary",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="membership.reseller",
                db_index=False,
                help_text="the reseller who is given what a brand forfeits; the platform where there is none",
            ),
        ),
        migrations.AddField(
            model_name="moneyrequest",
            name="evidence",
            field=models.CharField(
                blank=True, default="", db_default="", max_length=300, help_text="what proves a deduction"
            ),
        ),
        migrations.AddField(
            model_name="moneyrequest",
            name="within_limit",
            field=models.BooleanField(
                default=False, db_default=False, help_text="an adjustment that one person may book"
            ),
        ),
        migrations.AlterField(
            model_name="moneyrequest",
            name="kind",
            field=models.CharField(
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
                    ("bank_return", "bank_return"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="moneyrequest", name="money_request_two_people"),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["approved", "in_batch", "paid", "returned", "reversed"]),
                        _negated=True,
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
        ),
    ]
