"""Each wish from before lines existed gets the line that its columns name. In batches: the service writes wishes meanwhile."""

import django.contrib.postgres.operations
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 10_000


def fill_wish_lines(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    last_id = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT max(id) FROM (SELECT id FROM forwarding_wish WHERE id > %s ORDER BY id LIMIT %s) w",
                [last_id, BATCH],
            )
            [batch_end] = cursor.fetchone()
            if batch_end is None:
                return
            cursor.execute(
                """
                INSERT INTO forwarding_wishline (wish_id, item_id, units)
                SELECT w.id, w.item_id, w.units FROM forwarding_wish w
                WHERE w.id > %s AND w.id <= %s AND NOT EXISTS (SELECT FROM forwarding_wishline l WHERE l.wish_id = w.id)
                ON CONFLICT DO NOTHING
                """,
                [last_id, batch_end],
            )
            last_id = batch_end


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("forwarding", "0002_wish_lines"),
    ]

    operations = [
        django.contrib.postgres.operations.AddIndexConcurrently(
            model_name="wish",
            index=models.Index(fields=["token"], name="wishes_by_token", condition=~models.Q(token="")),
        ),
        migrations.RunPython(fill_wish_lines, migrations.RunPython.noop),
    ]
