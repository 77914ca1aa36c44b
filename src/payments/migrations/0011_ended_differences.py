import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0010_reported_amounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="ended_difference",
            field=models.CharField(
                blank=True,
                choices=[
                    ("app", "app"),
                    ("merchant", "merchant"),
                    ("currency", "currency"),
                    ("amount", "amount"),
                    ("transaction", "transaction"),
                ],
                db_default="",
                default="",
                help_text="the difference that finance ended: no money of ours",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="difference_ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="difference_ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="difference_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
