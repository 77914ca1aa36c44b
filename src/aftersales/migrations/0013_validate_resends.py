from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """In a migration of its own: it reads the whole table and must not hold the lock of the one before meanwhile."""

    dependencies = [("aftersales", "0012_resends")]

    operations = [ValidateConstraint(model_name="case", name="case_ended_has_no_deadline")]
