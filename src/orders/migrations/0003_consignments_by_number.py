"""Consignments are found by their tracking number: one that stands on another recipient's parcel is refused."""

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_one_recipient_once")]

    operations = [
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                models.F("brand"),
                Upper("tracking_no"),
                name="consignments_by_number",
                condition=~models.Q(tracking_no=""),
            ),
        ),
    ]
