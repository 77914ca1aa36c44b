"""A line of a wish keeps that it was ordered when its order line is taken out of the cart."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forwarding", "0003_fill_wish_lines"),
        ("orders", "0004_validate_refund_adjustments"),
    ]

    operations = [
        migrations.AddField(
            model_name="wishline",
            name="was_ordered",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="it had an order line; without one now it was taken out of the cart",
            ),
        ),
        migrations.AlterField(
            model_name="wishline",
            name="order_line",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="orders.orderline"
            ),
        ),
        migrations.RunSQL(
            "UPDATE forwarding_wishline SET was_ordered = true WHERE order_line_id IS NOT NULL", migrations.RunSQL.noop
        ),
    ]
