"""The categories of 10,000 new styles are looked up once a statement, as the styles of goods are (docs/decisions/0044)."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION inventory_style_needs_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT category_id FROM written WHERE category_id IS NOT NULL) w
               WHERE NOT EXISTS (SELECT FROM inventory_category c WHERE c.id = w.category_id)) THEN
        RAISE EXCEPTION 'a style names a category that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_style_needs_category AFTER INSERT ON inventory_style
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_style_needs_category();
CREATE TRIGGER inventory_style_still_needs_category AFTER UPDATE ON inventory_style
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_style_needs_category();

CREATE TRIGGER inventory_category_stays BEFORE DELETE OR UPDATE OF id ON inventory_category
    FOR EACH ROW EXECUTE FUNCTION inventory_stays();
"""
BACKWARD = """
DROP TRIGGER inventory_category_stays ON inventory_category;
DROP TRIGGER inventory_style_still_needs_category ON inventory_style;
DROP TRIGGER inventory_style_needs_category ON inventory_style;
DROP FUNCTION inventory_style_needs_category();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0012_ids_are_drawn_by_the_thousand")]

    operations = [
        migrations.AlterField(
            model_name="style",
            name="category",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="styles",
                to="inventory.category",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
