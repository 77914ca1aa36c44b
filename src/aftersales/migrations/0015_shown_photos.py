from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("aftersales", "0014_fault_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="faultreportphoto",
            name="is_shown",
            field=models.BooleanField(
                db_default=False, default=False, help_text="its reseller shows it with the style"
            ),
        ),
        AddIndexConcurrently(
            model_name="faultreport",
            index=models.Index(condition=Q(may_reuse=True), fields=["reseller", "line"], name="fault_reports_lent"),
        ),
    ]
