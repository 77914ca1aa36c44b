from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0009_money_in_transit"),
    ]

    operations = [ValidateConstraint(model_name="ledgeraccount", name="ledger_balance_not_negative")]
