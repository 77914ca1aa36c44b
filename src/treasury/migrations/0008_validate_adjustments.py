from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0007_adjustments"),
    ]

    operations = [ValidateConstraint(model_name="moneyrequest", name="money_request_of_two_people")]
