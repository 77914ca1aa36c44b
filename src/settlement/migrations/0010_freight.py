import django.db.models.expressions
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("settlement", "0009_closed_by_brands")]

    operations = [
        migrations.RemoveConstraint(
            model_name="statement",
            name="statement_totals_add_up",
        ),
        migrations.AddField(
            model_name="statement",
            name="freight_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="freight that the brand keeps, less the return freight that it bears"
            ),
        ),
        migrations.AddField(
            model_name="statementitem",
            name="freight_fen",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        AddConstraintNotValid(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "sold_fen",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
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
                                "-",
                                models.F("adjustments_fen"),
                            ),
                            "-",
                            models.F("freight_fen"),
                        ),
                    )
                ),
                name="statement_totals_add_up",
            ),
        ),
    ]
