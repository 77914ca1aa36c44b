from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("brands", "0002_brand_return_address")]

    operations = [
        migrations.AddField(
            model_name="brand",
            name="min_order_fen",
            field=models.BigIntegerField(help_text="what one placement must have of the brand at least", null=True),
        ),
        migrations.AddField(
            model_name="brand",
            name="min_order_units",
            field=models.PositiveIntegerField(help_text="how many units it must have", null=True),
        ),
    ]
