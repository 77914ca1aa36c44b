"""A file that broke a limit of its reader is not read again, for its preview or for its marked copy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("inventory", "0014_pictures_one_by_one"),)

    operations = (
        migrations.AddField("upload", "mark_attempts", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField(
            "upload",
            "unmarkable",
            models.CharField(
                blank=True, db_default="", default="", help_text="why there is no marked copy", max_length=40
            ),
        ),
        migrations.AddIndex(
            "upload",
            models.Index(condition=models.Q(("state", "refused")), fields=["sha256"], name="uploads_refused"),
        ),
    )
