from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0024_given_up_lines")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="freight_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="the freight of its lines"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="freight_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="what is paid for its shipping (ORDER-16)"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="return_freight_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="what the brand bears for sending units back (AFTER-22)"
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="returned_freight_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="of it, what went back"),
        ),
        migrations.AlterField(
            model_name="order",
            name="total_fen",
            field=models.BigIntegerField(help_text="what its lines and their freight cost"),
        ),
        AddConstraintNotValid(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("freight_fen__gte", 0), ("freight_fen__lt", models.F("total_fen"))),
                name="order_freight_within_total",
            ),
        ),
        AddConstraintNotValid(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("freight_fen__gte", 0),
                    ("return_freight_fen__gte", 0),
                    ("returned_freight_fen__gte", 0),
                    ("returned_freight_fen__lte", models.F("freight_fen")),
                ),
                name="order_line_freight_sound",
            ),
        ),
    ]
