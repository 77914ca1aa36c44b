from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

# Partial unique indexes cannot be built concurrently by Django, and one that is built under a lock stops the service.
OWED_ONCE = (
    "CREATE UNIQUE INDEX CONCURRENTLY brand_debt_owed_once ON settlement_branddebt (owed_as) WHERE NOT (owed_as = '')"
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("settlement", "0015_late_refunds")]

    operations = [
        ValidateConstraint(model_name="branddebt", name="brand_debt_has_its_cause"),
        ValidateConstraint(model_name="branddebt", name="brand_debt_paid_once"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(OWED_ONCE, "DROP INDEX CONCURRENTLY IF EXISTS brand_debt_owed_once"),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="branddebt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("owed_as", ""), _negated=True),
                        fields=("owed_as",),
                        name="brand_debt_owed_once",
                    ),
                ),
            ],
        ),
    ]
