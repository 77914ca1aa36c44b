from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_annotated_sha256")]

    operations = [
        migrations.AlterField(
            model_name="movement",
            name="kind",
            field=models.CharField(
                choices=[
                    ("upload", "upload"),
                    ("allot", "allot"),
                    ("return", "return"),
                    ("sold", "sold"),
                    ("cancelled", "cancelled"),
                    ("returned", "returned"),
                    ("adjust", "adjust"),
                ],
                max_length=10,
            ),
        ),
    ]
