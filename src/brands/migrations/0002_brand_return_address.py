from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="brand",
            name="return_address",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="where customers send goods back to", max_length=200
            ),
        ),
    ]
