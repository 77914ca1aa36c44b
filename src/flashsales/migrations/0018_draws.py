"""Scarce goods of a sale are given out by a draw (SALE-25)."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from db.create_models import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("membership", "0001_initial"),
        ("flashsales", "0017_waiting_room"),
    ]

    operations = [
        migrations.AddField(
            model_name="saleitem",
            name="is_drawn",
            field=models.BooleanField(
                db_default=False, default=False, help_text="its units are given out by the draw of the sale (SALE-25)"
            ),
        ),
        migrations.AddField(
            model_name="saleitem",
            name="draw_units",
            field=models.IntegerField(
                db_default=0, default=0, help_text="of the held ones those that wait for the draw"
            ),
        ),
        AddConstraintNotValid(
            model_name="saleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("draw_units", 0),
                    models.Q(("draw_units__gt", 0), ("draw_units__lte", models.F("held")), ("is_drawn", True)),
                    _connector="OR",
                ),
                name="sale_item_draw_units_valid",
            ),
        ),
        CreateModels(
            [
                migrations.CreateModel(
                    name="Draw",
                    fields=[
                        (
                            "sale",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="draw",
                                serialize=False,
                                to="flashsales.sale",
                            ),
                        ),
                        (
                            "entry_minutes",
                            models.PositiveIntegerField(help_text="from the opening for all until the entries close"),
                        ),
                        (
                            "order_minutes",
                            models.PositiveIntegerField(
                                help_text="so long winners may order what is reserved for them"
                            ),
                        ),
                        (
                            "commitment",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="rules.draw.commitment_to the seed",
                                max_length=64,
                            ),
                        ),
                        (
                            "seed",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="in hexadecimal; secret until it is drawn",
                                max_length=64,
                            ),
                        ),
                        (
                            "opens_at",
                            models.DateTimeField(help_text="entries are taken in [opens_at, closes_at)", null=True),
                        ),
                        ("closes_at", models.DateTimeField(null=True)),
                        ("drawn_at", models.DateTimeField(null=True)),
                        (
                            "entries_digest",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="rules.draw.digest_of_entries",
                                max_length=64,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closes_at__isnull", True),
                                        ("commitment", ""),
                                        ("opens_at__isnull", True),
                                        ("seed", ""),
                                    ),
                                    models.Q(
                                        ("opens_at__lt", models.F("closes_at")),
                                        models.Q(("commitment", ""), _negated=True),
                                        models.Q(("seed", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="draw_commits_before_entries",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("drawn_at__isnull", True), ("entries_digest", "")),
                                    models.Q(
                                        ("drawn_at__gte", models.F("closes_at")),
                                        models.Q(("entries_digest", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="draw_after_close",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("drawn_at__isnull", True)),
                                fields=["closes_at"],
                                name="draws_not_drawn",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DrawEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("units", models.PositiveIntegerField()),
                        ("entered_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "rank",
                            models.PositiveIntegerField(
                                help_text="rules.draw.rank_entries; null before it is drawn", null=True
                            ),
                        ),
                        (
                            "won_units",
                            models.PositiveIntegerField(
                                help_text="reserved for it at the draw; null before", null=True
                            ),
                        ),
                        (
                            "limit_units",
                            models.PositiveIntegerField(
                                help_text="what limits, terms or a deactivated account left it, where that was fewer than its place",
                                null=True,
                            ),
                        ),
                        (
                            "draw",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="flashsales.draw",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="flashsales.saleitem",
                            ),
                        ),
                        (
                            "reseller",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="membership.reseller",
                            ),
                        ),
                        (
                            "waiting_entry",
                            models.OneToOneField(
                                help_text="with its place in line",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draw_entry",
                                to="flashsales.waitingentry",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at__isnull", True)),
                                fields=("item", "reseller"),
                                name="draw_entry_once",
                            ),
                            models.UniqueConstraint(fields=("item", "rank"), name="draw_entry_rank_once"),
                            models.CheckConstraint(
                                condition=models.Q(("units__gte", 1)), name="draw_entry_units_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("won_units__isnull", True),
                                    models.Q(("rank__isnull", False), ("won_units__lte", models.F("units"))),
                                    _connector="OR",
                                ),
                                name="draw_entry_won_units_valid",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["draw", "item"], name="draw_entries_of_draw"),
                            models.Index(fields=["reseller", "-id"], name="draw_entries_of_reseller"),
                        ],
                    },
                ),
            ]
        ),
    ]
