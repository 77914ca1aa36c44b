"""The waiting room of a sale (SALE-24)."""

import django.db.models.deletion
from django.db import migrations, models

from db.create_models import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("membership", "0001_initial"),
        ("flashsales", "0016_freight_by_province"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="WaitingRoom",
                    fields=[
                        (
                            "sale",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="waiting_room",
                                serialize=False,
                                to="flashsales.sale",
                            ),
                        ),
                        ("rate", models.PositiveSmallIntegerField(help_text="resellers who are admitted per second")),
                        (
                            "next_admission_at",
                            models.DateTimeField(
                                help_text="the next one is admitted no earlier; null: nobody was yet", null=True
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("rate__gte", 1), ("rate__lte", 1000)),
                                name="waiting_room_rate_in_range",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoomTicket",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("drawn_at", models.DateTimeField()),
                        (
                            "opens_at",
                            models.DateTimeField(help_text="when the sale opens for her, by her tier when she drew it"),
                        ),
                        (
                            "admitted_from",
                            models.DateTimeField(
                                help_text="null before the sale opens for her: places are given then", null=True
                            ),
                        ),
                        (
                            "reseller",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="membership.reseller",
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
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("admitted_from__isnull", True)),
                                fields=["sale", "opens_at"],
                                name="room_tickets_without_place",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("sale", "reseller"), name="room_ticket_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("admitted_from__isnull", True),
                                    ("admitted_from__gte", models.F("opens_at")),
                                    _connector="OR",
                                ),
                                name="room_ticket_after_opening",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
