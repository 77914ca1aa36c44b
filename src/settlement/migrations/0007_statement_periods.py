import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

# A partial unique index cannot be built concurrently by Django, and one that is built under a lock stops the service.
ONCE = """
    CREATE UNIQUE INDEX CONCURRENTLY statement_once_per_period ON settlement_statement (brand_id, kind, first_date)
    WHERE first_date IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("flashsales", "0006_waiting_list"), ("settlement", "0006_settlement_terms")]

    operations = [
        migrations.AddField(
            model_name="statement",
            name="first_date",
            field=models.DateField(help_text="of its period", null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="kind",
            field=models.CharField(
                choices=[("sale", "sale"), ("month", "month"), ("delivery", "delivery")],
                db_default="sale",
                default="sale",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="last_date",
            field=models.DateField(help_text="of its period, included", null=True),
        ),
        migrations.AlterField(
            model_name="statement",
            name="sale",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="statement", to="flashsales.sale"
            ),
        ),
        AddConstraintNotValid(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("first_date__isnull", True),
                        ("kind", "sale"),
                        ("last_date__isnull", True),
                        ("sale__isnull", False),
                    ),
                    models.Q(
                        models.Q(("kind", "sale"), _negated=True),
                        ("first_date__isnull", False),
                        ("last_date__gte", models.F("first_date")),
                        ("sale__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="statement_of_sale_or_period",
            ),
        ),
        ValidateConstraint(model_name="statement", name="statement_of_sale_or_period"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ONCE, "DROP INDEX CONCURRENTLY IF EXISTS statement_once_per_period")
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="statement",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("first_date__isnull", False)),
                        fields=("brand", "kind", "first_date"),
                        name="statement_once_per_period",
                    ),
                ),
            ],
        ),
    ]
