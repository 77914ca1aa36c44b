from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flashsales", "0004_prices_of_a_draft")]

    operations = [
        migrations.AddField(
            model_name="sale",
            name="ladder_ends_at",
            field=models.DateTimeField(
                null=True,
                help_text="where the markdown ladder ends, if not with the sale: its steps keep their instants",
            ),
        ),
    ]
