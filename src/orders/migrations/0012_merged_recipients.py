"""Which entry of the customer book took the place of another."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0011_search")]

    operations = [
        migrations.AddField(
            model_name="recipient",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                help_text="the entry that took its place when it was edited or merged; its orders count for that one",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.recipient",
            ),
        ),
        AddIndexConcurrently(
            model_name="recipient",
            index=models.Index(
                condition=Q(merged_into__isnull=False), fields=["merged_into"], name="recipients_by_merged_into"
            ),
        ),
    ]
