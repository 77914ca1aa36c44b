"""Styles and goods are written by the hundred thousand: an index that another one begins with is dropped, and the key of a brand."""

import django.db.models.deletion
from django.db import migrations, models

# As in 0006, but a style is looked up once, not once for each of its goods.
FORWARD = """
CREATE OR REPLACE FUNCTION inventory_sku_needs_style() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT style_id FROM written) w
               WHERE NOT EXISTS (SELECT FROM inventory_style t WHERE t.id = w.style_id)) THEN
        RAISE EXCEPTION 'a SKU names a style that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION inventory_sku_needs_style() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w WHERE NOT EXISTS (SELECT FROM inventory_style t WHERE t.id = w.style_id)) THEN
        RAISE EXCEPTION 'a SKU names a style that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0007_new_goods_by_copy")]

    operations = [
        migrations.RemoveConstraint(model_name="sku", name="sku_unique_in_style"),
        migrations.AddConstraint(
            model_name="sku",
            constraint=models.UniqueConstraint(fields=["brand", "style", "colour", "size"], name="sku_unique_in_style"),
        ),
        migrations.RemoveIndex(model_name="sku", name="skus_of_brand"),
        migrations.AlterField(
            model_name="style",
            name="brand",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="styles",
                to="brands.brand",
            ),
        ),
        migrations.AlterField(
            model_name="style",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="styles",
                to="inventory.category",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
