import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aftersales", "0011_substitutes"),
        ("flashsales", "0002_style_quantity_terms"),
        ("orders", "0016_resends"),
    ]

    operations = [
        migrations.CreateModel(
            name="Resend",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.PositiveIntegerField()),
                ("borne_by", models.CharField(choices=[("brand", "brand"), ("platform", "platform")], max_length=10)),
                ("payable_fen", models.BigIntegerField()),
                ("taken_units", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_ended_has_no_deadline",
        ),
        migrations.AlterField(
            model_name="case",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "requested"),
                    ("approved", "approved"),
                    ("sent_back", "sent_back"),
                    ("received", "received"),
                    ("refunded", "refunded"),
                    ("resent", "resent"),
                    ("rejected", "rejected"),
                    ("withdrawn", "withdrawn"),
                    ("expired", "expired"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="action",
            field=models.CharField(
                choices=[
                    ("approve", "approve"),
                    ("reject", "reject"),
                    ("send_back", "send_back"),
                    ("receive", "receive"),
                    ("refund", "refund"),
                    ("refund_only", "refund_only"),
                    ("resend", "resend"),
                    ("withdraw", "withdraw"),
                    ("expire", "expire"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="reason",
            field=models.CharField(
                choices=[
                    ("changed_mind", "changed_mind"),
                    ("out_of_stock", "out_of_stock"),
                    ("returned", "returned"),
                    ("refund_only", "refund_only"),
                    ("allowance", "allowance"),
                    ("resend_short", "resend_short"),
                ],
                max_length=20,
            ),
        ),
        AddConstraintNotValid(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("ended_at__isnull", True),
                        ("state__in", ["requested", "approved", "sent_back", "received"]),
                    ),
                    models.Q(
                        ("due_at__isnull", True),
                        ("ended_at__isnull", False),
                        ("state__in", ["refunded", "resent", "rejected", "withdrawn", "expired"]),
                    ),
                    _connector="OR",
                ),
                name="case_ended_has_no_deadline",
            ),
        ),
        migrations.AddField(
            model_name="resend",
            name="case",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="resend", to="aftersales.case"
            ),
        ),
        migrations.AddField(
            model_name="resend",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="flashsales.saleitem",
            ),
        ),
        migrations.AddField(
            model_name="resend",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="resends", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="resend",
            name="refund",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="resend", to="aftersales.refund"
            ),
        ),
        migrations.AddConstraint(
            model_name="resend",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken_units__lte", models.F("units")), ("units__gt", 0)), name="resend_units_sound"
            ),
        ),
        migrations.AddConstraint(
            model_name="resend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("borne_by", "platform"), ("payable_fen__gte", 0)), ("payable_fen", 0), _connector="OR"
                ),
                name="resend_paid_by_platform",
            ),
        ),
        migrations.AddConstraint(
            model_name="resend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("item__isnull", True), ("taken_units", 0)),
                    models.Q(("item__isnull", False), ("taken_units__gt", 0)),
                    _connector="OR",
                ),
                name="resend_taken_from_item",
            ),
        ),
    ]
