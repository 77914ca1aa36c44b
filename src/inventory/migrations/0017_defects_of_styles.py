"""What a workbook says of a style's defects is kept with it (STOCK-12)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("inventory", "0016_undone_goods_may_be_deleted"),)

    operations = tuple(
        migrations.AddField(
            model,
            "defects",
            models.CharField(
                blank=True, db_default="", default="", help_text="as the brand's remarks name them", max_length=500
            ),
        )
        for model in ("style", "uploadstyle")
    )
