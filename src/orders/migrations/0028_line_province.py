"""A line keeps the province by which its freight was counted (SALE-23)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0027_closed_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="province",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="of the recipient, where the freight terms of the sale depend on it (SALE-23)",
                max_length=10,
            ),
        ),
    ]
