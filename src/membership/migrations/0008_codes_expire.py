"""Every code expires within a year, those of before too."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import F, Q

YEAR = timedelta(days=365)


class Migration(migrations.Migration):
    dependencies = [("membership", "0007_unpaid_limits")]

    operations = [
        migrations.RunSQL(
            """UPDATE membership_invitationcode SET expires_at = created_at + interval '8760 hours'
               WHERE expires_at > created_at + interval '8760 hours'""",
            migrations.RunSQL.noop,
        ),
        # PostgreSQL does not alter a table whose deferred checks are still to come.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="invitationcode",
            constraint=models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + YEAR), name="code_expires_within_a_year"
            ),
        ),
    ]
