import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aftersales", "0001_initial"),
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("approve", "approve"),
                            ("reject", "reject"),
                            ("send_back", "send_back"),
                            ("receive", "receive"),
                            ("refund", "refund"),
                            ("refund_only", "refund_only"),
                            ("withdraw", "withdraw"),
                            ("expire", "expire"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "amount_fen",
                    models.BigIntegerField(
                        help_text="what was to be refunded; null where nothing was chosen", null=True
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_units_positive",
        ),
        migrations.AddField(
            model_name="case",
            name="borne_by",
            field=models.CharField(
                blank=True,
                choices=[("brand", "brand"), ("platform", "platform"), ("carrier", "carrier")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="disposition",
            field=models.CharField(
                blank=True,
                choices=[("brand", "brand"), ("stock", "stock")],
                db_default="",
                default="",
                help_text="where the goods are that came back",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="fault",
            field=models.CharField(
                blank=True,
                choices=[
                    ("brand", "brand"),
                    ("platform", "platform"),
                    ("carrier", "carrier"),
                    ("reseller", "reseller"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="liability_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="why fault or bearer are not the usual ones",
                max_length=300,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="borne_by",
            field=models.CharField(
                choices=[("brand", "brand"), ("platform", "platform"), ("carrier", "carrier")],
                db_default="brand",
                default="brand",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="claim_fen",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="refund",
            name="payable_fen",
            field=models.BigIntegerField(
                help_text="null in rows of version 0.2: the units times the brand's part of the line's price", null=True
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="reason",
            field=models.CharField(
                choices=[
                    ("no_longer_wanted", "no_longer_wanted"),
                    ("wrong_goods", "wrong_goods"),
                    ("faulty", "faulty"),
                    ("damaged", "damaged"),
                    ("missing", "missing"),
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
                ],
                max_length=20,
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_fen__gte", 0), ("units__gt", 0)),
                    models.Q(("amount_fen__gt", 0), ("reason", "allowance"), ("units", 0)),
                    _connector="OR",
                ),
                name="refund_units_or_allowance",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="aftersales.case"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("case", "key"), name="decision_once_per_key"),
        ),
    ]
