from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_refunds_to_source"),
    ]

    operations = [
        ValidateConstraint(model_name="ledgeraccount", name="ledger_balance_not_negative"),
    ]
