"""What a reseller holds without having paid, and how many of her orders ran out, is read by every grab."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0003_consignments_by_number")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state", "paid"), _negated=True),
                fields=["reseller", "state", "pay_before"],
                name="orders_not_paid_of",
            ),
        ),
    ]
