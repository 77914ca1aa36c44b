import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0003_price_on_the_ladder"),
        ("flashsales", "0003_shelf_on_the_ladder"),
    ]

    operations = [
        migrations.AddField(
            model_name="sale",
            name="planned_list",
            field=models.ForeignKey(
                help_text="the prices that ops last fixed for the draft; publication freezes its own",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="planned_for",
                to="pricing.pricelist",
            ),
        ),
    ]
