"""Claims against carriers; each refund that a carrier bears already has one."""

import django.db.models.deletion
from django.db import migrations, models

OPEN_CLAIMS = """
INSERT INTO aftersales_carrierclaim
    (refund_id, state, amount_fen, paid_fen, carrier_name, tracking_no, reference, opened_at)
SELECT r.id, 'open', r.claim_fen, 0, coalesce(p.carrier_name, ''), coalesce(p.tracking_no, ''), '', r.at
FROM aftersales_refund r
LEFT JOIN LATERAL (
    SELECT p.carrier_name, p.tracking_no FROM orders_parcelline m JOIN orders_parcel p ON p.id = m.parcel_id
    WHERE m.line_id = r.line_id ORDER BY m.id DESC LIMIT 1
) p ON true
WHERE r.claim_fen > 0 AND NOT EXISTS (SELECT FROM aftersales_carrierclaim c WHERE c.refund_id = r.id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("aftersales", "0009_brand_enquiries"),
        ("ledger", "0003_carrier_claim_postings"),
        ("orders", "0013_listed_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="CarrierClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("claimed", "claimed"), ("paid", "paid"), ("rejected", "rejected")],
                        max_length=10,
                    ),
                ),
                ("amount_fen", models.BigIntegerField(help_text="of the refund, what the carrier bears")),
                ("paid_fen", models.BigIntegerField(default=0)),
                ("carrier_name", models.CharField(blank=True, max_length=30)),
                (
                    "tracking_no",
                    models.CharField(blank=True, help_text="of the last parcel with units of the line", max_length=40),
                ),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        help_text="the carrier's number of the claim, or the bank's of its payment",
                        max_length=80,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "refund",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carrier_claim",
                        to="aftersales.refund",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="carrier_claims_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gt", 0), ("paid_fen__gte", 0), ("paid_fen__lte", models.F("amount_fen"))
                        ),
                        name="carrier_claim_paid_within_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("paid_fen__gt", 0), ("state", "paid")),
                            models.Q(("ended_at__isnull", False), ("paid_fen", 0), ("state", "rejected")),
                            models.Q(("ended_at__isnull", True), ("paid_fen", 0), ("state__in", ["open", "claimed"])),
                            _connector="OR",
                        ),
                        name="carrier_claim_state_has_its_end",
                    ),
                ],
            },
        ),
        migrations.RunSQL(OPEN_CLAIMS, migrations.RunSQL.noop),
    ]
