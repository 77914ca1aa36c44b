"""What each tier may hold without having paid, in the tier table; tables entered before get the default."""

import django.contrib.postgres.fields
from django.db import migrations, models

import membership.models


class Migration(migrations.Migration):
    dependencies = [("membership", "0006_pending_growth_checked")]

    operations = [
        migrations.AddField(
            model_name="tiertableversion",
            name="unpaid_limits_fen",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=membership.models.default_unpaid_limits, size=6
            ),
        ),
    ]
