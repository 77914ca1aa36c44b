import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0001_initial"),
        ("flashsales", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("settled", "settled"), ("paid", "paid")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("units", models.IntegerField()),
                ("refunded_units", models.IntegerField()),
                ("sold_fen", models.BigIntegerField()),
                ("refunded_fen", models.BigIntegerField()),
                ("commission_fen", models.BigIntegerField()),
                ("payable_fen", models.BigIntegerField()),
                ("generated_at", models.DateTimeField()),
                (
                    "settleable_from",
                    models.DateTimeField(help_text="when the after-sales window of its last line ends"),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("payout_reference", models.CharField(blank=True, max_length=80)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="brands.brand"
                    ),
                ),
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="statement", to="flashsales.sale"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["brand", "-id"], name="statements_of_brand")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "sold_fen",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("refunded_fen"), "+", models.F("commission_fen")
                                    ),
                                    "+",
                                    models.F("payable_fen"),
                                ),
                            )
                        ),
                        name="statement_totals_add_up",
                    )
                ],
            },
        ),
    ]
