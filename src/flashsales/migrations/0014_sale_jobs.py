"""Jobs that fill and publish a sale (SALE-21)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0013_validate_head_start"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SaleJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("fill_stock", "fill_stock"), ("publish", "publish")], max_length=10),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                (
                    "filters",
                    models.JSONField(help_text="rules.filling.StockFilter of a filling from stock", null=True),
                ),
                (
                    "limit_units",
                    models.PositiveIntegerField(
                        help_text="purchase limit of each SKU that it puts into the sale", null=True
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(default=0, help_text="how often a worker has taken it"),
                ),
                (
                    "lease_until",
                    models.DateTimeField(help_text="until then no other worker takes it", null=True),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "skus",
                    models.PositiveIntegerField(default=0, help_text="that it put into the sale, or published"),
                ),
                (
                    "excluded_skus",
                    models.PositiveIntegerField(
                        default=0, help_text="that a price control kept out of the publication"
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, default="", help_text="the code of the refusal", max_length=60),
                ),
                ("reason_zh", models.TextField(blank=True, default="")),
                ("reason_en", models.TextField(blank=True, default="")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to="flashsales.sale",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["sale", "-id"], name="sale_jobs_of_sale")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("sale",), name="sale_job_one_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="sale_job_ended_has_instant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "refused"), ("reason", ""), _connector="XOR"),
                        name="sale_job_refused_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "fill_stock"), ("filters__isnull", True), _connector="XOR"),
                        name="sale_job_from_stock_has_filters",
                    ),
                ],
            },
        ),
    ]
