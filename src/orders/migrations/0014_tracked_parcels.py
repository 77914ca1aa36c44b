"""Which waybill of the tracking service a parcel travels under, and parcels in trouble."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

STATUSES = ["shipped", "in_transit", "delivering", "at_pickup", "delivered", "problem", "returning", "returned"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0013_listed_at"), ("tracking", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="parcel",
            name="status",
            field=models.CharField(choices=[(each, each) for each in STATUSES], default="shipped", max_length=10),
        ),
        migrations.AddField(
            model_name="parcel",
            name="tracked",
            field=models.ForeignKey(
                db_index=False,
                help_text="where its events are; null until its number is followed",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parcels",
                to="tracking.trackedwaybill",
            ),
        ),
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(condition=Q(tracked__isnull=False), fields=["tracked"], name="parcels_by_tracked"),
        ),
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(condition=Q(tracked__isnull=True), fields=["shipped_at"], name="parcels_not_tracked"),
        ),
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(
                condition=Q(status__in=["problem", "returning"]), fields=["-status_at"], name="parcels_in_trouble"
            ),
        ),
    ]
