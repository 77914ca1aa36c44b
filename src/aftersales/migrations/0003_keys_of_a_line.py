"""A key is a client's own: two brands, or two lines, may use the same."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0002_cases")]

    operations = [
        migrations.AlterField(
            model_name="refund",
            name="key",
            field=models.CharField(help_text="the client's; refunds units of a line at most once", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(fields=("line", "key"), name="refund_once_per_key"),
        ),
    ]
