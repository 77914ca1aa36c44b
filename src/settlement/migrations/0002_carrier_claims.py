import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(
            model_name="statement",
            name="statement_totals_add_up",
        ),
        migrations.AddField(
            model_name="statement",
            name="carrier_claims_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="refunded at the cost of carriers"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "sold_fen",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("refunded_fen"), "-", models.F("carrier_claims_fen")
                                ),
                                "+",
                                models.F("commission_fen"),
                            ),
                            "+",
                            models.F("payable_fen"),
                        ),
                    )
                ),
                name="statement_totals_add_up",
            ),
        ),
    ]
