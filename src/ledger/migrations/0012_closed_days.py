"""Days that are closed, with what moved each account on them, and an index of postings by time."""

import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from db.database_file import apply_database_file


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("ledger", "0011_provider_fees"),
    ]

    operations = [
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
            options={"db_table": "ledger_closedday"},
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
        AddIndexConcurrently(
            model_name="posting",
            index=BrinIndex(fields=["at"], name="ledger_postings_by_time", pages_per_range=32),
        ),
        apply_database_file("ledger"),
    ]
