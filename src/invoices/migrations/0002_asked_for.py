from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="invoicerequest",
            name="asked_for",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="digest of title and choice; none of earlier rows",
                max_length=64,
            ),
        ),
    ]
