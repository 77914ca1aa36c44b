"""A movement, once made, stays as it is; a mistake is mended by another movement."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION inventory_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER inventory_movement_append_only BEFORE UPDATE OR DELETE ON inventory_movement
    FOR EACH ROW EXECUTE FUNCTION inventory_refuse_change();
"""

BACKWARD = """
DROP TRIGGER inventory_movement_append_only ON inventory_movement;
DROP FUNCTION inventory_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_goods_and_stock")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
