from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """In a migration of its own: it reads the whole table and must not hold the lock of the one before meanwhile."""

    dependencies = [("orders", "0025_freight")]

    operations = [
        ValidateConstraint(model_name="order", name="order_freight_within_total"),
        ValidateConstraint(model_name="orderline", name="order_line_freight_sound"),
    ]
