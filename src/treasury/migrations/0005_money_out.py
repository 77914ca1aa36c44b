"""Money out: withdrawals, returns of deposits and payments of statements go through batches for the bank (MONEY-8 to MONEY-11)."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Until now a payment of a statement was paid when it was approved.
PAID_BEFORE = """
UPDATE treasury_moneyrequest SET state = 'paid', paid_at = decided_at WHERE kind = 'payout' AND state = 'approved'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0004_transfer_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="moneyrequest",
            name="key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="of a client that may send a withdrawal twice",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="moneyrequest",
            name="paid_at",
            field=models.DateTimeField(help_text="when the bank was confirmed to have carried it out", null=True),
        ),
        migrations.AlterField(
            model_name="bankaccount",
            name="state",
            field=models.CharField(
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
                    ("reversal", "reversal"),
                    ("bank_return", "bank_return"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="moneyrequest",
            name="state",
            field=models.CharField(
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
        migrations.AddField(
            model_name="moneyrequest",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                db_index=False,
                to="treasury.transferbatch",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="moneyrequest",
            name="money_request_two_people",
        ),
        migrations.RemoveConstraint(
            model_name="moneyrequest",
            name="money_request_decided",
        ),
        migrations.RunSQL(PAID_BEFORE, migrations.RunSQL.noop),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "in_batch", "paid", "returned", "reversed"]), _negated=True),
                    ("before_rule", True),
                    models.Q(
                        ("decided_by__isnull", False), models.Q(("decided_by", models.F("entered_by")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="money_request_two_people",
            ),
        ),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("booked_as", ""), ("decided_at__isnull", True), ("state", "waiting")),
                    models.Q(("state__in", ["refused", "cancelled"]), ("booked_as", ""), ("decided_at__isnull", False)),
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
        ),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
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
        ),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
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
        ),
    ]
