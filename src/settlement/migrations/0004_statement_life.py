import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0003_statement_items"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="statement",
            name="statement_totals_add_up",
        ),
        migrations.AddField(
            model_name="statement",
            name="adjustments_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="what accepted disputes change"),
        ),
        migrations.AddField(
            model_name="statement",
            name="closed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="confirm_by",
            field=models.DateTimeField(help_text="confirmed then, where the brand disputes nothing", null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="confirmed_by",
            field=models.ForeignKey(
                help_text="null: nobody disputed it",
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="sent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="statement",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("sent", "sent"),
                    ("disputed", "disputed"),
                    ("confirmed", "confirmed"),
                    ("settled", "settled"),
                    ("paid", "paid"),
                    ("closed", "closed"),
                ],
                default="draft",
                max_length=10,
            ),
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
                    )
                ),
                name="statement_totals_add_up",
            ),
        ),
    ]
