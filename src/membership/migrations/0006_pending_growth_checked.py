"""The checks of 0004 over what is there already: reads the whole ledger, and lets payments go on meanwhile."""

from django.db import migrations, models
from django.db.models import F, Q

CONSTRAINTS = ("growth_kinds", "growth_of_orders", "growth_signs", "growth_pending_signs")


class Migration(migrations.Migration):
    dependencies = [("membership", "0005_firm_tiers")]

    operations = [
        migrations.AddConstraint(
            model_name="reseller",
            constraint=models.CheckConstraint(
                condition=Q(turn_firm_tier__lte=F("turn_tier")), name="reseller_firm_tier_known"
            ),
        ),
        *(
            migrations.RunSQL(f"ALTER TABLE membership_growthentry VALIDATE CONSTRAINT {name}", migrations.RunSQL.noop)
            for name in CONSTRAINTS
        ),
    ]
