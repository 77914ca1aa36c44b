from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_refusals_of_addresses"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="topic",
            field=models.CharField(
                choices=[
                    ("sale", "sale"),
                    ("sale_reminder", "sale_reminder"),
                    ("waiting", "waiting"),
                    ("payment_due", "payment_due"),
                    ("paid", "paid"),
                    ("parcel", "parcel"),
                    ("shortage", "shortage"),
                    ("case", "case"),
                    ("enquiry", "enquiry"),
                    ("wish", "wish"),
                    ("level", "level"),
                    ("statement", "statement"),
                    ("upload", "upload"),
                    ("to_ship", "to_ship"),
                    ("shipping_due", "shipping_due"),
                    ("codes", "codes"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="preference",
            name="topic",
            field=models.CharField(
                choices=[
                    ("sale", "sale"),
                    ("sale_reminder", "sale_reminder"),
                    ("waiting", "waiting"),
                    ("payment_due", "payment_due"),
                    ("paid", "paid"),
                    ("parcel", "parcel"),
                    ("shortage", "shortage"),
                    ("case", "case"),
                    ("enquiry", "enquiry"),
                    ("wish", "wish"),
                    ("level", "level"),
                    ("statement", "statement"),
                    ("upload", "upload"),
                    ("to_ship", "to_ship"),
                    ("shipping_due", "shipping_due"),
                    ("codes", "codes"),
                ],
                max_length=20,
            ),
        ),
    ]
