"""The history of each retail price begins with the price as it is. In batches: the service writes prices meanwhile."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 10_000


def fill_history(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    last_id = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT max(id) FROM (SELECT id FROM forwarding_retailprice WHERE id > %s ORDER BY id LIMIT %s) r",
                [last_id, BATCH],
            )
            [batch_end] = cursor.fetchone()
            if batch_end is None:
                return
            cursor.execute(
                """
                INSERT INTO forwarding_retailpricechange (reseller_id, sale_id, style_id, price_fen, at)
                SELECT r.reseller_id, r.sale_id, r.style_id, r.price_fen, r.set_at FROM forwarding_retailprice r
                WHERE r.id > %s AND r.id <= %s
                  AND NOT EXISTS (SELECT FROM forwarding_retailpricechange c
                                  WHERE c.reseller_id = r.reseller_id AND c.sale_id = r.sale_id AND c.style_id = r.style_id)
                """,
                [last_id, batch_end],
            )
            last_id = batch_end


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("forwarding", "0006_prices_by_rule"),
    ]

    operations = [migrations.RunPython(fill_history, migrations.RunPython.noop)]
