"""The list of changes of a landed upload is a page of movements, so it is as append-only as they are (docs/decisions/0062)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# All movements of quantities, to read. Those of a page share the number that its upload drew when it landed.
VIEW = """
CREATE VIEW inventory_stockledger AS
SELECT id, sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id FROM inventory_movement
UNION ALL
SELECT u.landed_mark, c.sku_id, 'upload', 'upload:' || u.id, c.on_hand_delta, 0, u.ended_at, u.landed_by_id
FROM inventory_upload u JOIN inventory_uploadchange c ON c.upload_id = u.id
WHERE u.is_page AND c.on_hand_delta <> 0 AND (c.kind <> 'absent' OR c.zeroed)
"""

# Once a statement: a preview that is made anew deletes 100,000 rows of the one before.
FORWARD = """
CREATE FUNCTION inventory_refuse_change_of_page() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed c JOIN inventory_upload u ON u.id = c.upload_id WHERE u.landed_mark IS NOT NULL) THEN
        RAISE EXCEPTION 'what an upload landed with stays as it was' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_uploadchange_page_stays_whole AFTER DELETE ON inventory_uploadchange
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_change_of_page();
CREATE TRIGGER inventory_uploadchange_page_stays_as_it_is AFTER UPDATE ON inventory_uploadchange
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_change_of_page();

CREATE FUNCTION inventory_refuse_change_of_landed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.id, NEW.landed_mark, NEW.ended_at, NEW.landed_by_id) IS DISTINCT FROM (OLD.id, OLD.landed_mark, OLD.ended_at, OLD.landed_by_id)
        OR (NEW.state <> OLD.state AND NEW.state <> 'undone')
        OR (NEW.is_page <> OLD.is_page AND NEW.state <> 'undone')
    THEN
        RAISE EXCEPTION 'an upload that landed can only be undone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inventory_upload_landed_stays BEFORE UPDATE OR DELETE ON inventory_upload
    FOR EACH ROW WHEN (OLD.landed_mark IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change_of_landed();
"""

BACKWARD = """
DROP TRIGGER inventory_upload_landed_stays ON inventory_upload;
DROP FUNCTION inventory_refuse_change_of_landed();
DROP TRIGGER inventory_uploadchange_page_stays_as_it_is ON inventory_uploadchange;
DROP TRIGGER inventory_uploadchange_page_stays_whole ON inventory_uploadchange;
DROP FUNCTION inventory_refuse_change_of_page();
"""

# Going back, pages are written out as movements of their own, as those of an undone upload are.
WRITE_OUT = """
INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
SELECT sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id FROM inventory_stockledger l
WHERE kind = 'upload' AND NOT EXISTS (
    SELECT FROM inventory_movement m WHERE m.sku_id = l.sku_id AND m.kind = l.kind AND m.cause = l.cause
)
ORDER BY id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0009_movements_known_by_what_they_are"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="landed_mark",
            field=models.BigIntegerField(help_text="its number in the order of movements", null=True),
        ),
        migrations.AddField(
            model_name="upload",
            name="landed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="is_page",
            field=models.BooleanField(
                db_default=False,
                help_text="landed: its changes are its movements, which have no rows of their own",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(is_page=False) | models.Q(state="committed", landed_mark__isnull=False),
                name="upload_page_has_landed",
            ),
        ),
        migrations.RunSQL(VIEW, "DROP VIEW inventory_stockledger"),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(migrations.RunSQL.noop, WRITE_OUT),
        migrations.CreateModel(
            name="StockLedger",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sku_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("cause", models.CharField(max_length=60)),
                ("on_hand_delta", models.IntegerField()),
                ("allotted_delta", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("person_id", models.BigIntegerField(null=True)),
            ],
            options={"db_table": "inventory_stockledger", "managed": False},
        ),
    ]
