from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_validate_resends")]

    operations = [
        migrations.AlterField(
            model_name="orderline",
            name="source",
            field=models.CharField(
                db_default="", default="", help_text="what the line came from, such as wish:7", max_length=24000
            ),
        ),
    ]
