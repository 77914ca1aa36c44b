import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flashsales", "0001_initial"), ("inventory", "0004_movement_returned")]

    operations = [
        migrations.CreateModel(
            name="StyleQuantityTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("terms", models.JSONField(help_text="flashsales.rules.QuantityTerms")),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flashsales.sale",
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.style",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sale__isnull", False)), fields=["sale"], name="quantity_terms_of_sale"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("style", "sale"), name="quantity_terms_once", nulls_distinct=False)
                ],
            },
        ),
    ]
