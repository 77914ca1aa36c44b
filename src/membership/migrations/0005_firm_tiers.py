"""Nothing was pending before: whatever tier the last turn gave rests on growth of shipped goods."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("membership", "0004_pending_growth")]

    operations = [
        migrations.RunSQL(
            "UPDATE membership_reseller SET turn_firm_tier = turn_tier WHERE turn_firm_tier <> turn_tier",
            migrations.RunSQL.noop,
        )
    ]
