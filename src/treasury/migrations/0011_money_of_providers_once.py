from django.db import migrations, models
from django.db.models import Q

# A partial unique index cannot be built concurrently by Django, and one that is built under a lock stops the service.
ONCE = """
    CREATE UNIQUE INDEX CONCURRENTLY money_request_{name}_once ON treasury_moneyrequest ({column})
    WHERE state IN ('waiting', 'approved') AND {column} IS NOT NULL
"""


def _once(name: str, field: str) -> migrations.RunSQL:
    constraint = models.UniqueConstraint(
        fields=[field],
        condition=Q(state__in=["waiting", "approved"], **{f"{field}__isnull": False}),
        name=f"money_request_{name}_once",
    )
    return migrations.RunSQL(
        ONCE.format(name=name, column=f"{field}_id"),
        f"DROP INDEX CONCURRENTLY IF EXISTS money_request_{name}_once",
        state_operations=[migrations.AddConstraint(model_name="moneyrequest", constraint=constraint)],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("treasury", "0010_money_of_providers")]

    operations = [_once("payment", "payment"), _once("refund", "provider_refund")]
