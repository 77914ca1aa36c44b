from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

# Partial unique indexes cannot be built concurrently by Django, and one that is built under a lock stops the service.
ONCE_PER_ITEM = """
    CREATE UNIQUE INDEX CONCURRENTLY dispute_once_per_item ON settlement_statementdispute (statement_id, line_id)
    WHERE deduction_id IS NULL
"""
ONCE_PER_DEDUCTION = """
    CREATE UNIQUE INDEX CONCURRENTLY dispute_once_per_deduction ON settlement_statementdispute (deduction_id)
    WHERE deduction_id IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("settlement", "0012_contract_fees")]

    operations = [
        ValidateConstraint(model_name="statement", name="statement_totals_add_up"),
        ValidateConstraint(model_name="statement", name="statement_carries_or_pays"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ONCE_PER_ITEM, "DROP INDEX CONCURRENTLY IF EXISTS dispute_once_per_item"),
                migrations.RunSQL(ONCE_PER_DEDUCTION, "DROP INDEX CONCURRENTLY IF EXISTS dispute_once_per_deduction"),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="statementdispute",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("deduction__isnull", True)),
                        fields=("statement", "line"),
                        name="dispute_once_per_item",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="statementdispute",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("deduction__isnull", False)),
                        fields=("deduction",),
                        name="dispute_once_per_deduction",
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(model_name="statementdispute", name="dispute_once_per_line"),
    ]
