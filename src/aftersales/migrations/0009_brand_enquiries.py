"""Ops pass enquiries to brands, which answer in the thread."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("aftersales", "0008_shipping_uploads"),
        ("brands", "0002_brand_return_address"),
        ("inventory", "0004_movement_returned"),
        ("membership", "0001_initial"),
        ("orders", "0012_merged_recipients"),
    ]

    operations = [
        migrations.AddField(
            model_name="enquiry",
            name="brand",
            field=models.ForeignKey(
                db_index=False,
                help_text="that ops asked to answer (AFTER-15)",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="brands.brand",
            ),
        ),
        migrations.AddField(
            model_name="enquiry",
            name="brand_due_at",
            field=models.DateTimeField(
                help_text="until when the brand is to answer; null while it is not asked", null=True
            ),
        ),
        migrations.AddField(
            model_name="enquiry",
            name="brand_note",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="what ops ask the brand", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="enquiry",
            name="passed_at",
            field=models.DateTimeField(help_text="when it was passed to the brand", null=True),
        ),
        migrations.AddField(
            model_name="enquirymessage",
            name="brand",
            field=models.ForeignKey(
                db_index=False,
                help_text="whose clerk wrote it; null where the reseller or the platform did",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="brands.brand",
            ),
        ),
        AddIndexConcurrently(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("brand__isnull", False)), fields=["brand", "-id"], name="enquiries_of_brand"
            ),
        ),
    ]
