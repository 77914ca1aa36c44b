from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forwarding", "0015_awaited_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="wish",
            name="brand_hidden",
            field=models.BooleanField(
                help_text="whether its page hid the brand when it was left; None for a wish from before it was kept",
                null=True,
            ),
        ),
    ]
