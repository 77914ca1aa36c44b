from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0015_shown_photos")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="freight_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="of what was paid for shipping, beside the amount (ORDER-16)"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="return_freight_by",
            field=models.CharField(
                blank=True,
                choices=[("brand", "brand"), ("platform", "platform")],
                db_default="",
                default="",
                help_text="who bears the return freight",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="return_freight_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="for sending the goods back, beside the amount (AFTER-22)"
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("freight_fen__gte", 0), ("return_freight_by", ""), ("return_freight_fen", 0)),
                    models.Q(
                        ("freight_fen", 0),
                        ("return_freight_by__in", ["brand", "platform"]),
                        ("return_freight_fen__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="refund_freight_sound",
            ),
        ),
    ]
