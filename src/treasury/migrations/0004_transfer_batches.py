"""Files for the bank with the lines of money out (MONEY-10)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0003_bank_accounts"),
    ]

    operations = [
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        db_index=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        db_index=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "downloaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        db_index=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), ("request_count__gt", 0)),
                        name="transfer_batch_has_lines",
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
                ]
            },
        ),
        migrations.AddConstraint(
            model_name="transferbatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", False)),
                fields=("bank_reference",),
                name="transfer_batch_reference_once",
            ),
        ),
    ]
