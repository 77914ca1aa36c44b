import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0004_closed_brands"),
        ("orders", "0027_closed_accounts"),
        ("settlement", "0014_reconciliation_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="branddebt",
            name="line",
            field=models.ForeignKey(
                db_index=False,
                help_text="of which money went back late",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.orderline",
            ),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="owed_as",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="the key of the posting of a late refund",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="paid_as",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="the key of the posting that paid it from the deposit",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="refunded_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="what went back of the line, the platform's part included"
            ),
        ),
        migrations.AlterField(
            model_name="branddebt",
            name="kind",
            field=models.CharField(choices=[("carried", "carried"), ("late_refund", "late_refund")], max_length=12),
        ),
        AddConstraintNotValid(
            model_name="branddebt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "carried"), ("line__isnull", True), ("owed_as", "")),
                    models.Q(
                        ("kind", "late_refund"),
                        ("line__isnull", False),
                        models.Q(("owed_as", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="brand_debt_has_its_cause",
            ),
        ),
        AddConstraintNotValid(
            model_name="branddebt",
            constraint=models.CheckConstraint(
                condition=models.Q(("paid_as", ""), ("statement__isnull", True), _connector="OR"),
                name="brand_debt_paid_once",
            ),
        ),
    ]
