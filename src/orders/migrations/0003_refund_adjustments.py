import django.db.models.expressions
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_order_requests")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="carrier_claim_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="refunded at the cost of a carrier"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="payable_adjustment_fen",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="what the brand keeps of the line, less its part of the units not refunded",
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="refund_adjustment_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="what was refunded, less the price of the refunded units"
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
                            models.F("refunded_units"), "*", models.F("payable_fen")
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
