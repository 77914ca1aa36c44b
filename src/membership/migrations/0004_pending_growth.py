"""Growth of goods that are not shipped yet: a column of the ledger, of the rollup and of the member; and the kinds of entries about it.

What was bought before counts as shipped (0005). The new checks are not validated here: that reads the whole ledger, and 0006 does it
without shutting anybody out.
"""

from django.db import migrations, models

TIERS = [(0, "Trial"), (1, "VIP1"), (2, "VIP2"), (3, "VIP3"), (4, "VIP4"), (5, "VIP5")]
KINDS = [
    (1, "PURCHASE"),
    (2, "REFUND"),
    (3, "INVITATION"),
    (4, "KEEP_BONUS"),
    (5, "ADJUSTMENT"),
    (6, "PROBATION"),
    (7, "CANCELLATION"),
    (8, "SHIPMENT"),
    (9, "SHORTAGE"),
]

LEDGER = """
ALTER TABLE membership_growthentry ADD COLUMN pending_milli bigint NOT NULL DEFAULT 0;
ALTER TABLE membership_growthentry DROP CONSTRAINT membership_growthentry_kind_check;
ALTER TABLE membership_growthentry DROP CONSTRAINT growth_of_orders;
ALTER TABLE membership_growthentry DROP CONSTRAINT growth_signs;
ALTER TABLE membership_growthentry ADD CONSTRAINT growth_kinds CHECK (kind BETWEEN 1 AND 9) NOT VALID;
ALTER TABLE membership_growthentry ADD CONSTRAINT growth_of_orders
    CHECK ((kind IN (1, 2, 7, 8, 9)) = (order_id IS NOT NULL AND amount_fen IS NOT NULL)) NOT VALID;
ALTER TABLE membership_growthentry ADD CONSTRAINT growth_signs
    CHECK (CASE WHEN kind = 1 THEN milli >= 0 WHEN kind IN (2, 7, 9) THEN milli <= 0 WHEN kind = 8 THEN milli = 0 ELSE true END)
    NOT VALID;
ALTER TABLE membership_growthentry ADD CONSTRAINT growth_pending_signs
    CHECK (CASE WHEN kind = 1 THEN pending_milli IN (0, milli) WHEN kind IN (7, 8, 9) THEN pending_milli <= 0
                ELSE pending_milli = 0 END) NOT VALID;
"""

AWAY = """
ALTER TABLE membership_growthentry DROP CONSTRAINT growth_pending_signs;
ALTER TABLE membership_growthentry DROP CONSTRAINT growth_signs;
ALTER TABLE membership_growthentry DROP CONSTRAINT growth_of_orders;
ALTER TABLE membership_growthentry DROP CONSTRAINT growth_kinds;
ALTER TABLE membership_growthentry ADD CONSTRAINT membership_growthentry_kind_check CHECK (kind BETWEEN 1 AND 6);
ALTER TABLE membership_growthentry ADD CONSTRAINT growth_of_orders
    CHECK ((kind IN (1, 2)) = (order_id IS NOT NULL AND amount_fen IS NOT NULL));
ALTER TABLE membership_growthentry ADD CONSTRAINT growth_signs
    CHECK (kind = 5 OR (CASE WHEN kind = 2 THEN milli <= 0 WHEN kind IN (1, 3) THEN milli >= 0 ELSE true END));
ALTER TABLE membership_growthentry DROP COLUMN pending_milli;
"""


class Migration(migrations.Migration):
    dependencies = [("membership", "0003_months_read_by_month")]

    operations = [
        migrations.AddField(
            model_name="reseller",
            name="turn_firm_tier",
            field=models.PositiveSmallIntegerField(choices=TIERS, db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="reseller",
            name="pending_milli",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(model_name="reseller", name="last_entry_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="growthmonth",
            name="pending_milli",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LEDGER, AWAY)],
            state_operations=[
                migrations.AddField(
                    model_name="growthentry",
                    name="pending_milli",
                    field=models.BigIntegerField(db_default=0, default=0),
                ),
                migrations.AlterField(
                    model_name="growthentry",
                    name="kind",
                    field=models.PositiveSmallIntegerField(choices=KINDS),
                ),
            ],
        ),
    ]
