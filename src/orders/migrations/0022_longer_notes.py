from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0021_customer_book")]

    operations = [
        migrations.AlterField(
            model_name="recipient",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
