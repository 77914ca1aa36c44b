"""When the evidence of a case was erased, and that an erased case has none."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("aftersales", "0004_photos")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="erased_at",
            field=models.DateTimeField(help_text="when its evidence was erased (PRIVACY-5)", null=True),
        ),
        AddConstraintNotValid(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(evidence="", ended_at__isnull=False),
                name="case_erased_is_empty",
            ),
        ),
        ValidateConstraint(model_name="case", name="case_erased_is_empty"),
    ]
