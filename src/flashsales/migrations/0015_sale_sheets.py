"""Sales are filled from workbooks (SALE-22)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0014_sale_jobs"),
    ]

    operations = [
        migrations.AlterField(
            "salejob",
            "kind",
            models.CharField(
                choices=[("fill_stock", "fill_stock"), ("fill_sheet", "fill_sheet"), ("publish", "publish")],
                max_length=10,
            ),
        ),
        migrations.AddField(
            "salejob",
            "filename",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="of the workbook that it fills from",
                max_length=200,
            ),
        ),
        migrations.AddField(
            "salejob", "sha256", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField(
            "salejob",
            "faults",
            models.JSONField(
                db_default=[], default=list, help_text="the first faulty lines of a workbook that was refused"
            ),
        ),
    ]
