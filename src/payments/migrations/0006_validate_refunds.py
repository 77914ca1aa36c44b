from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_refunds_to_source"),
    ]

    operations = [
        ValidateConstraint(model_name="payment", name="payment_refunds_within_amount"),
    ]
