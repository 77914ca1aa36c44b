import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0004_closed_brands"),
        ("membership", "0002_lock_growth"),
        ("orders", "0027_closed_accounts"),
        ("payments", "0010_reported_amounts"),
        ("settlement", "0015_late_refunds"),
        ("treasury", "0011_money_of_providers_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="moneyrequest",
            name="brand_part_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="what the brand bears of a credit about a line, once it is booked"
            ),
        ),
        migrations.AddField(
            model_name="moneyrequest",
            name="line",
            field=models.ForeignKey(
                db_index=False,
                help_text="whose statement was sent, and of which a credit gives money back",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.orderline",
            ),
        ),
        migrations.AddField(
            model_name="moneyrequest",
            name="pays_debt",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="a deduction that pays what the brand owes after its statements",
            ),
        ),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("brand_part_fen", 0), ("line__isnull", True)),
                    models.Q(
                        ("brand_part_fen__gte", 0),
                        ("brand_part_fen__lte", models.F("amount_fen")),
                        ("kind", "wallet_credit"),
                        ("line__isnull", False),
                        ("within_limit", False),
                    ),
                    _connector="OR",
                ),
                name="money_request_late_refund",
            ),
        ),
        AddConstraintNotValid(
            model_name="moneyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pays_debt", False),
                    models.Q(("beneficiary__isnull", True), ("brand__isnull", False), ("kind", "deposit_deduction")),
                    _connector="OR",
                ),
                name="money_request_pays_debt",
            ),
        ),
    ]
