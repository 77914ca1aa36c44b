from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("forwarding", "0013_waiting_wishes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="wish",
            index=models.Index(
                condition=models.Q(("is_waiting", True)), fields=["reseller", "id"], name="wishes_waiting"
            ),
        ),
    ]
