from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0022_longer_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="consignment",
            name="paid_ship_by",
            field=models.DateTimeField(
                help_text="the deadline of what was paid, where units that are sent again set a later one", null=True
            ),
        ),
    ]
