from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """In a migration of its own: it reads the whole table and must not hold the lock of the one before meanwhile."""

    dependencies = [("flashsales", "0018_draws")]

    operations = [ValidateConstraint(model_name="saleitem", name="sale_item_draw_units_valid")]
