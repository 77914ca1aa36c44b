import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0003_brand_order_minimum"),
        ("flashsales", "0007_hero_pin_and_saved_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SaleFreightTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_fen", models.BigIntegerField()),
                ("further_fen", models.BigIntegerField()),
                ("free_from_fen", models.BigIntegerField(null=True)),
                ("free_from_units", models.IntegerField(null=True)),
                ("return_fen", models.BigIntegerField()),
                (
                    "fault_payer",
                    models.CharField(
                        choices=[("brand", "brand"), ("platform", "platform"), ("reseller", "reseller")], max_length=10
                    ),
                ),
                (
                    "no_reason_payer",
                    models.CharField(
                        choices=[("brand", "brand"), ("platform", "platform"), ("reseller", "reseller")], max_length=10
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="freight_terms",
                        to="brands.brand",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "for_sale",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_freight_terms",
                        to="flashsales.sale",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="sale",
            name="freight_terms",
            field=models.ForeignKey(
                db_index=False,
                help_text="frozen at publication; null: free shipping",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="flashsales.salefreightterms",
            ),
        ),
        migrations.AddIndex(
            model_name="salefreightterms",
            index=models.Index(
                condition=models.Q(("for_sale__isnull", True)), fields=["brand", "-id"], name="freight_terms_of_brand"
            ),
        ),
        migrations.AddConstraint(
            model_name="salefreightterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_fen__gte", models.F("further_fen")), ("further_fen__gte", 0), ("return_fen__gte", 0)
                ),
                name="freight_terms_not_negative",
            ),
        ),
    ]
