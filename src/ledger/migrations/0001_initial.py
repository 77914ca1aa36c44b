import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("db", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                            ("brand_payable", "brand_payable"),
                            ("brand_settled", "brand_settled"),
                            ("commission", "commission"),
                            ("clearing", "clearing"),
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
                                ("kind__in", ["wallet", "deposit", "brand_payable", "brand_settled"]), _negated=True
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
                            ("top_up", "top_up"),
                            ("withdrawal", "withdrawal"),
                            ("payment", "payment"),
                            ("refund", "refund"),
                            ("settlement", "settlement"),
                            ("payout", "payout"),
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
    ]
