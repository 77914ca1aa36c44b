import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forwarding", "0011_what_customers_save"),
        ("membership", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SellerPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("set_at", models.DateTimeField()),
                (
                    "reseller",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seller_picture",
                        to="membership.reseller",
                    ),
                ),
            ],
        ),
    ]
