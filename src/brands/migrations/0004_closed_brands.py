from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

STATES = ["applied", "admitted", "refused", "suspended", "closed"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("brands", "0003_brand_order_minimum")]

    operations = [
        migrations.AlterField(
            model_name="brand",
            name="status",
            field=models.CharField(choices=[(state, state) for state in STATES], default="applied", max_length=10),
        ),
        migrations.RemoveConstraint(model_name="brand", name="brand_status_known"),
        AddConstraintNotValid(
            model_name="brand",
            constraint=models.CheckConstraint(condition=Q(status__in=STATES), name="brand_status_known"),
        ),
        ValidateConstraint(model_name="brand", name="brand_status_known"),
    ]
