from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_first_categories")]
    operations = [
        migrations.AddField(
            model_name="upload",
            name="annotated_sha256",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="of the annotated copy; its key names it",
                max_length=64,
            ),
        ),
    ]
