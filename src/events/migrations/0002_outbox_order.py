"""Events for every reseller, and the order of transactions, in which channels to the outside read events."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="for_every_reseller",
            field=models.BooleanField(db_default=False, default=False, help_text="it concerns no single one"),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(F("id").desc(), condition=Q(for_every_reseller=True), name="events_of_every_reseller"),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["transaction_id", "id"], name="events_by_transaction"),
        ),
    ]
