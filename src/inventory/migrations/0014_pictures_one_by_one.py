"""Each picture is drawn under a lease of its own, and given up after some attempts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("inventory", "0013_a_category_is_looked_up_once"),)

    operations = (
        migrations.AddField("picture", "attempts", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField(
            "picture",
            "lease_until",
            models.DateTimeField(null=True, help_text="until then a worker is drawing it"),
        ),
        migrations.AddField(
            "picture",
            "retry_at",
            models.DateTimeField(null=True, help_text="not before, where its files could not be read or written"),
        ),
    )
