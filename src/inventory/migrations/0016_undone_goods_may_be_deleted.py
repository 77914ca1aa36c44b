"""Goods and styles of an undone upload are deleted where nothing names them (docs/decisions/0042)."""

from django.db import migrations, models

# What has a foreign key is guarded by it. These guard what has none: movements and prices of a SKU, the goods of a style.
FORWARD = """
DROP TRIGGER inventory_sku_stays ON inventory_sku;
DROP TRIGGER inventory_style_stays ON inventory_style;

CREATE FUNCTION inventory_sku_is_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deleted d JOIN inventory_movement m ON m.sku_id = d.id) THEN
        RAISE EXCEPTION 'a SKU that has moved is never deleted' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_sku_is_named AFTER DELETE ON inventory_sku
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION inventory_sku_is_named();

CREATE FUNCTION inventory_style_has_goods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deleted d JOIN inventory_sku s ON s.brand_id = d.brand_id AND s.style_id = d.id) THEN
        RAISE EXCEPTION 'a style that has goods is never deleted' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_style_has_goods AFTER DELETE ON inventory_style
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION inventory_style_has_goods();
CREATE TRIGGER inventory_style_keeps_its_id BEFORE UPDATE OF id ON inventory_style
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION inventory_stays();
"""
BACKWARD = """
DROP TRIGGER inventory_style_keeps_its_id ON inventory_style;
DROP TRIGGER inventory_style_has_goods ON inventory_style;
DROP FUNCTION inventory_style_has_goods();
DROP TRIGGER inventory_sku_is_named ON inventory_sku;
DROP FUNCTION inventory_sku_is_named();
CREATE TRIGGER inventory_style_stays BEFORE DELETE OR UPDATE OF id ON inventory_style
    FOR EACH ROW EXECUTE FUNCTION inventory_stays();
CREATE TRIGGER inventory_sku_stays BEFORE DELETE ON inventory_sku FOR EACH ROW EXECUTE FUNCTION inventory_stays();
"""


class Migration(migrations.Migration):
    dependencies = (("inventory", "0015_a_copy_may_be_impossible"),)

    operations = (
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddField("upload", "removed_skus", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField("upload", "removed_styles", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField(
            "upload",
            "kept_skus",
            models.PositiveIntegerField(
                default=0, db_default=0, help_text="undone: added by it, and kept unlisted because something names them"
            ),
        ),
    )
