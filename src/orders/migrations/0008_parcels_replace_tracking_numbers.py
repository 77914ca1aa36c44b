"""From one tracking number per consignment to parcels: indexes, checks, and the end of the old columns in the code.

The old columns stay in the database for the code that still runs; a later release drops them.
"""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0007_move_tracking_numbers")]

    operations = [
        AddIndexConcurrently(
            model_name="consignment",
            index=models.Index(
                condition=Q(state__in=["to_ship", "partly_shipped"]),
                fields=["brand", "ship_by", "id"],
                name="consignments_unshipped",
            ),
        ),
        RemoveIndexConcurrently(model_name="consignment", name="consignments_to_ship"),
        migrations.RemoveConstraint(model_name="consignment", name="consignment_shipped_has_tracking"),
        AddConstraintNotValid(
            model_name="consignment",
            constraint=models.CheckConstraint(
                condition=~Q(state="shipped") | Q(shipped_at__isnull=False), name="consignment_shipped_has_time"
            ),
        ),
        ValidateConstraint(model_name="consignment", name="consignment_shipped_has_time"),
        AddConstraintNotValid(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=Q(
                    units__gte=F("shipped_units") + F("cancelled_units"),
                    refunded_units__gte=F("cancelled_units"),
                    cancelled_units__gte=F("short_units"),
                ),
                name="order_line_shipped_within_units",
            ),
        ),
        ValidateConstraint(model_name="orderline", name="order_line_shipped_within_units"),
        migrations.RunSQL(
            """
            ALTER TABLE orders_consignment ALTER COLUMN carrier SET DEFAULT '';
            ALTER TABLE orders_consignment ALTER COLUMN tracking_no SET DEFAULT '';
            """,
            migrations.RunSQL.noop,
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="consignment", name="consignments_by_number"),
                migrations.RemoveIndex(model_name="consignment", name="consignments_by_tracking_no"),
                migrations.RemoveField(model_name="consignment", name="carrier"),
                migrations.RemoveField(model_name="consignment", name="tracking_no"),
            ]
        ),
    ]
