from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """In a migration of its own: it reads the whole table and must not hold the lock of the one before meanwhile."""

    dependencies = [("settlement", "0010_freight")]

    operations = [
        ValidateConstraint(model_name="statement", name="statement_totals_add_up"),
    ]
