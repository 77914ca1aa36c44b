"""Indexes for the search of orders, built without holding writes up."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0004_orders_not_paid")]
    operations = [
        AddIndexConcurrently("recipient", models.Index(fields=["phone"], name="recipients_by_phone")),
        AddIndexConcurrently("recipient", models.Index(fields=["name"], name="recipients_by_name")),
        AddIndexConcurrently("consignment", models.Index(Upper("tracking_no"), name="consignments_by_tracking_no")),
    ]
