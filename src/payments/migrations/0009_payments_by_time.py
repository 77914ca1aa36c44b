"""Payments and refunds by the time that a bill of a day looks for."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0008_bills")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("state", "paid")), fields=["provider", "paid_at"], name="payments_by_time"
            ),
        ),
        AddIndexConcurrently(
            model_name="providerrefund",
            index=models.Index(
                condition=models.Q(("state", "succeeded")), fields=["ended_at"], name="provider_refunds_by_time"
            ),
        ),
    ]
