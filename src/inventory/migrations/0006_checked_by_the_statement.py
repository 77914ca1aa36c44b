"""Uploads write 100,000 rows at a time: keys are checked once a statement, and what an upload would do is found by a range of ids."""

import django.db.models.deletion
from django.db import migrations, models

# What a foreign key does, but for all rows of a statement at once (docs/decisions/0044).
FORWARD = """
CREATE FUNCTION inventory_sku_needs_style() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w WHERE NOT EXISTS (SELECT FROM inventory_style t WHERE t.id = w.style_id)) THEN
        RAISE EXCEPTION 'a SKU names a style that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_sku_needs_style AFTER INSERT ON inventory_sku
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_sku_needs_style();

CREATE FUNCTION inventory_movement_needs_sku() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w WHERE NOT EXISTS (SELECT FROM inventory_sku s WHERE s.id = w.sku_id)) THEN
        RAISE EXCEPTION 'a movement names a SKU that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_movement_needs_sku AFTER INSERT ON inventory_movement
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_movement_needs_sku();

CREATE FUNCTION inventory_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never deleted, its id and its style never change', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
END $$;
CREATE TRIGGER inventory_style_stays BEFORE DELETE OR UPDATE OF id ON inventory_style
    FOR EACH ROW EXECUTE FUNCTION inventory_stays();
CREATE TRIGGER inventory_sku_stays BEFORE DELETE ON inventory_sku FOR EACH ROW EXECUTE FUNCTION inventory_stays();
CREATE TRIGGER inventory_sku_keeps_its_style BEFORE UPDATE OF id, style_id ON inventory_sku
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.style_id <> NEW.style_id) EXECUTE FUNCTION inventory_stays();
"""
BACKWARD = """
DROP TRIGGER inventory_sku_keeps_its_style ON inventory_sku;
DROP TRIGGER inventory_sku_stays ON inventory_sku;
DROP TRIGGER inventory_style_stays ON inventory_style;
DROP FUNCTION inventory_stays();
DROP TRIGGER inventory_movement_needs_sku ON inventory_movement;
DROP FUNCTION inventory_movement_needs_sku();
DROP TRIGGER inventory_sku_needs_style ON inventory_sku;
DROP FUNCTION inventory_sku_needs_style();
"""
RANGES = """
UPDATE inventory_upload u SET changes_from = c.low, changes_to = c.high
FROM (SELECT upload_id, min(id) AS low, max(id) AS high FROM inventory_uploadchange GROUP BY 1) c WHERE c.upload_id = u.id
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_fewer_indexes")]

    operations = [
        migrations.AlterField(
            model_name="sku",
            name="style",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="skus",
                to="inventory.style",
            ),
        ),
        migrations.AlterField(
            model_name="movement",
            name="sku",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="movements",
                to="inventory.sku",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddField(
            model_name="upload",
            name="changes_from",
            field=models.BigIntegerField(default=0, help_text="its changes lie in this range of ids"),
        ),
        migrations.AddField(model_name="upload", name="changes_to", field=models.BigIntegerField(default=0)),
        migrations.RunSQL(RANGES, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="uploadchange", name="changes_of_upload"),
        migrations.RemoveIndex(model_name="uploadchange", name="jumps_of_upload"),
    ]
