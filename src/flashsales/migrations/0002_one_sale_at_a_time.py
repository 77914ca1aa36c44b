"""A SKU is in at most one sale at any instant (SALE-2), by the database: no two items of one SKU may have windows that overlap.

`int8range(id, id, '[]') WITH &&` says "the same id" without the extension btree_gist. The fill factor leaves room for updates in
place: a hot item's row changes at every grab, and none of its indexed columns do.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE flashsales_saleitem ADD CONSTRAINT sale_item_one_sale_at_a_time
    EXCLUDE USING gist (int8range(sku_id, sku_id, '[]') WITH &&, on_sale WITH &&) WHERE (on_sale IS NOT NULL);
ALTER TABLE flashsales_saleitem SET (fillfactor = 70);
ALTER TABLE flashsales_saletally SET (fillfactor = 70);
"""

BACKWARD = """
ALTER TABLE flashsales_saletally RESET (fillfactor);
ALTER TABLE flashsales_saleitem RESET (fillfactor);
ALTER TABLE flashsales_saleitem DROP CONSTRAINT sale_item_one_sale_at_a_time;
"""


class Migration(migrations.Migration):
    dependencies = [("flashsales", "0001_sales")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
