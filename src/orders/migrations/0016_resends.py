import django.db.models.expressions
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_received_payments"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_refunds_within_payment",
        ),
        migrations.AddField(
            model_name="orderline",
            name="resending_units",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="left to ship again, for units that were missing or wrong (AFTER-18)"
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="resent_units",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="shipped again; not among the shipped units"
            ),
        ),
        AddConstraintNotValid(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("carrier_claim_fen__gte", 0),
                    (
                        "payable_adjustment_fen__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("units"), "-", models.F("refunded_units")
                                ),
                                "*",
                                models.Value(-1),
                            ),
                            "*",
                            models.F("payable_fen"),
                        ),
                    ),
                    (
                        "payable_adjustment_fen__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("refunded_units"), "+", models.F("resending_units")
                                ),
                                "+",
                                models.F("resent_units"),
                            ),
                            "*",
                            models.F("payable_fen"),
                        ),
                    ),
                    (
                        "refund_adjustment_fen__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("refunded_units"), "*", models.Value(-1)
                            ),
                            "*",
                            models.F("price_fen"),
                        ),
                    ),
                    (
                        "refund_adjustment_fen__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("units"), "-", models.F("refunded_units")
                            ),
                            "*",
                            models.F("price_fen"),
                        ),
                    ),
                ),
                name="order_line_refunds_within_payment",
            ),
        ),
    ]
