"""When a brand first downloaded a shipping list or picking list with a consignment (ORDER-12)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_merged_recipients")]

    operations = [
        migrations.AddField(
            model_name="consignment",
            name="listed_at",
            field=models.DateTimeField(
                help_text="when the brand first downloaded a list with it (ORDER-12)", null=True
            ),
        ),
    ]
