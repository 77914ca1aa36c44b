"""The same recipient sent twice at once was kept twice, and could never be entered again."""

from django.db import migrations, models

HIDE_REPEATS = """
UPDATE orders_recipient r SET hidden_at = now() WHERE hidden_at IS NULL AND EXISTS (
    SELECT FROM orders_recipient o WHERE o.hidden_at IS NULL AND o.id < r.id
    AND (o.reseller_id, o.name, o.phone, o.address) = (r.reseller_id, r.name, r.phone, r.address))
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_orders")]

    operations = [
        migrations.RunSQL(HIDE_REPEATS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.UniqueConstraint(
                condition=models.Q(("hidden_at__isnull", True)),
                fields=("reseller", "name", "phone", "address"),
                name="recipient_once",
            ),
        ),
    ]
