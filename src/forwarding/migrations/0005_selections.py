"""Selections of styles are forwarded: the styles of a forward, and what makes a selection the same."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# Unique indexes that are partial cannot be built concurrently by Django, and one that is built under a lock stops the service.
PAGE_ONCE = """
    CREATE UNIQUE INDEX CONCURRENTLY forward_page_once ON forwarding_forward (reseller_id, sale_id, style_id) NULLS NOT DISTINCT
    WHERE stopped_at IS NULL AND selection = ''
"""
SELECTION_ONCE = """
    CREATE UNIQUE INDEX CONCURRENTLY forward_selection_once ON forwarding_forward (reseller_id, selection)
    WHERE stopped_at IS NULL AND selection <> ''
"""
ONCE = """
    CREATE UNIQUE INDEX CONCURRENTLY forward_once ON forwarding_forward (reseller_id, sale_id, style_id) NULLS NOT DISTINCT
    WHERE stopped_at IS NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("flashsales", "0001_initial"),
        ("forwarding", "0004_wish_lines_taken_out"),
        ("inventory", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="forward",
            name="selection",
            field=models.CharField(
                db_default="",
                default="",
                help_text='a digest of the selected styles in their order; "" for others',
                max_length=64,
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(PAGE_ONCE, "DROP INDEX CONCURRENTLY IF EXISTS forward_page_once"),
                migrations.RunSQL(SELECTION_ONCE, "DROP INDEX CONCURRENTLY IF EXISTS forward_selection_once"),
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS forward_once", ONCE),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="forward", name="forward_once"),
                migrations.AddConstraint(
                    model_name="forward",
                    constraint=models.UniqueConstraint(
                        condition=Q(("selection", ""), ("stopped_at__isnull", True)),
                        fields=("reseller", "sale", "style"),
                        name="forward_page_once",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="forward",
                    constraint=models.UniqueConstraint(
                        condition=Q(("stopped_at__isnull", True), ~Q(("selection", ""))),
                        fields=("reseller", "selection"),
                        name="forward_selection_once",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ForwardStyle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "forward",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="selected_styles",
                        to="forwarding.forward",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
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
                "constraints": [
                    models.UniqueConstraint(fields=("forward", "position"), name="forward_style_at_one_position"),
                    models.UniqueConstraint(fields=("forward", "style"), name="forward_style_once"),
                    models.CheckConstraint(
                        condition=Q(("position__gte", 1), ("position__lte", 9)), name="forward_style_position_in_range"
                    ),
                ],
            },
        ),
    ]
