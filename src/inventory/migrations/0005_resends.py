from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0004_movement_returned"),
    ]

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
                    ("resent", "resent"),
                    ("adjust", "adjust"),
                ],
                max_length=10,
            ),
        ),
    ]
