"""The daily bills of payment providers and their lines."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_validate_refunds"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderBill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(choices=[("wechat", "wechat"), ("alipay", "alipay")], max_length=10)),
                ("kind", models.CharField(choices=[("trade", "trade"), ("fund", "fund")], max_length=10)),
                ("day", models.DateField(help_text="of China")),
                (
                    "state",
                    models.CharField(
                        choices=[("wanted", "wanted"), ("taken", "taken"), ("empty", "empty")],
                        default="wanted",
                        max_length=10,
                    ),
                ),
                ("lines_count", models.IntegerField(default=0)),
                ("fee_fen", models.BigIntegerField(default=0)),
                ("to_bank_fen", models.BigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, help_text="SHA-256 of the text that was read", max_length=64)),
                (
                    "failure",
                    models.CharField(
                        blank=True, help_text="why it was not taken, in the words of the log", max_length=200
                    ),
                ),
                ("asked_at", models.DateTimeField(null=True)),
                ("next_query_at", models.DateTimeField(help_text="when it is asked for next, while it is wanted")),
                ("taken_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ProviderBillLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line_no", models.CharField(help_text="the provider's number of the movement", max_length=140)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment", "payment"),
                            ("refund", "refund"),
                            ("fee", "fee"),
                            ("to_bank", "to_bank"),
                            ("other", "other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("number", models.CharField(blank=True, help_text="ours, of the payment", max_length=64)),
                ("refund_number", models.CharField(blank=True, help_text="ours, of the refund", max_length=64)),
                ("transaction_id", models.CharField(blank=True, max_length=64)),
                ("amount_fen", models.BigIntegerField(help_text="what our balance gained")),
                ("fee_fen", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("what", models.CharField(help_text="what the provider calls it", max_length=40)),
            ],
        ),
        migrations.AddIndex(
            model_name="providerbill",
            index=models.Index(
                condition=models.Q(("state", "wanted")), fields=["next_query_at", "id"], name="provider_bills_wanted"
            ),
        ),
        migrations.AddIndex(
            model_name="providerbill",
            index=models.Index(fields=["-day", "-id"], name="provider_bills_by_day"),
        ),
        migrations.AddConstraint(
            model_name="providerbill",
            constraint=models.UniqueConstraint(fields=("provider", "kind", "day"), name="provider_bill_once_per_day"),
        ),
        migrations.AddConstraint(
            model_name="providerbill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "taken"), ("taken_at__isnull", False), models.Q(("digest", ""), _negated=True)),
                    models.Q(
                        models.Q(("state", "taken"), _negated=True),
                        ("digest", ""),
                        ("fee_fen", 0),
                        ("lines_count", 0),
                        ("taken_at__isnull", True),
                        ("to_bank_fen", 0),
                    ),
                    _connector="OR",
                ),
                name="provider_bill_taken_has_digest",
            ),
        ),
        migrations.AddField(
            model_name="providerbillline",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.providerbill"
            ),
        ),
        migrations.AddIndex(
            model_name="providerbillline",
            index=models.Index(
                fields=["number"],
                name="provider_bill_lines_by_number",
            ),
        ),
        migrations.AddIndex(
            model_name="providerbillline",
            index=models.Index(
                fields=["refund_number"],
                name="provider_bill_lines_by_refund",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerbillline",
            constraint=models.UniqueConstraint(fields=("bill", "line_no"), name="provider_bill_line_once"),
        ),
    ]
