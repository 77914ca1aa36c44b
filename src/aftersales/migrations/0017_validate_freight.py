from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """In a migration of its own: it reads the whole table and must not hold the lock of the one before meanwhile."""

    dependencies = [("aftersales", "0016_freight")]

    operations = [
        ValidateConstraint(model_name="refund", name="refund_freight_sound"),
    ]
