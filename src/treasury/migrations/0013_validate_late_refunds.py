from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treasury", "0012_late_refunds_and_debts")]

    operations = [
        ValidateConstraint(model_name="moneyrequest", name="money_request_late_refund"),
        ValidateConstraint(model_name="moneyrequest", name="money_request_pays_debt"),
    ]
