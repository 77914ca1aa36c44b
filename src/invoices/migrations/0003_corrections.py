"""Corrections of titles (INVOICE-9)."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_STATES = [
    ("requested", "requested"),
    ("exported", "exported"),
    ("issued", "issued"),
    ("refused", "refused"),
    ("withdrawn", "withdrawn"),
    ("reversed", "reversed"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0002_asked_for"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("person", "person"), ("company", "company")], max_length=7)),
                ("name", models.CharField(max_length=100)),
                ("tax_number", models.CharField(blank=True, max_length=18)),
                ("address", models.CharField(blank=True, max_length=100)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("bank", models.CharField(blank=True, max_length=60)),
                ("account", models.CharField(blank=True, max_length=30)),
                (
                    "email",
                    models.CharField(blank=True, help_text="where an electronic invoice is sent", max_length=120),
                ),
                ("is_special", models.BooleanField(help_text="a special invoice 专票")),
                (
                    "reason",
                    models.CharField(blank=True, help_text="empty where whoever issues did it unasked", max_length=200),
                ),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, help_text="why it was refused", max_length=200)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "new_request",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="invoices.invoicerequest",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="invoices.invoicerequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("decided_by", None), ("ended_at", None), ("new_request", None)),
                            models.Q(
                                ("answer", ""),
                                ("decided_by__isnull", False),
                                ("ended_at__gte", models.F("asked_at")),
                                ("new_request__isnull", False),
                            ),
                            models.Q(
                                ("decided_by__isnull", False),
                                ("ended_at__gte", models.F("asked_at")),
                                ("new_request", None),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_correction_state_sound",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("request",), name="invoice_correction_one_open"
                    ),
                ]
            },
        ),
        migrations.AlterField(
            model_name="invoicerequest", name="state", field=models.CharField(choices=_STATES, max_length=9)
        ),
        migrations.AlterField(
            model_name="invoicerequest",
            name="ended_at",
            field=models.DateTimeField(help_text="refused, withdrawn or reversed", null=True),
        ),
        migrations.AlterField(
            model_name="invoicerequest",
            name="acted_by",
            field=models.ForeignKey(
                db_index=False,
                help_text="who issued, refused, withdrew or reversed it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint(model_name="invoicerequest", name="invoice_request_state_sound"),
        AddConstraintNotValid(
            model_name="invoicerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("export__isnull", True), ("issued_at", None), ("state", "requested")),
                    models.Q(("ended_at", None), ("export__isnull", False), ("issued_at", None), ("state", "exported")),
                    models.Q(
                        ("ended_at", None), ("export__isnull", False), ("issued_at__isnull", False), ("state", "issued")
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("export__isnull", True),
                        ("issued_at", None),
                        ("state", "withdrawn"),
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("issued_at", None),
                        ("state", "refused"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(("ended_at__isnull", False), ("issued_at__isnull", False), ("state", "reversed")),
                    _connector="OR",
                ),
                name="invoice_request_state_sound",
            ),
        ),
    ]
