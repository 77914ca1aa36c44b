from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_refunded_payments"),
    ]

    operations = [
        ValidateConstraint(model_name="payment", name="payment_refunds_within_amount"),
    ]
