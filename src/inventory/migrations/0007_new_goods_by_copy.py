"""New goods go by COPY straight into the list of changes: what is the same for all of them is the columns' default (docs/decisions/0041)."""

from django.db import migrations, models

FORWARD = "ALTER TABLE inventory_uploadchange ALTER COLUMN sku_id SET DEFAULT nextval('inventory_sku_id_seq')"
BACKWARD = "ALTER TABLE inventory_uploadchange ALTER COLUMN sku_id DROP DEFAULT"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0006_checked_by_the_statement")]

    operations = [
        migrations.AlterField(
            model_name="uploadchange",
            name="exists",
            field=models.BooleanField(db_default=False, help_text="the SKU is in the catalogue already, listed or not"),
        ),
        migrations.AlterField(
            model_name="uploadchange",
            name="old",
            field=models.JSONField(db_default=models.Value({}, models.JSONField())),
        ),
        migrations.AlterField(
            model_name="uploadchange",
            name="jump",
            field=models.CharField(
                blank=True, db_default="", help_text="which price needs a second look: tag or base", max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="uploadchange",
            name="zeroed",
            field=models.BooleanField(db_default=False, help_text="absent goods that the clerk wants set to zero"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
