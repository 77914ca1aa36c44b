"""Published sales that have not closed get what the finder needs of them, one transaction for each."""

from django.apps.registry import Apps
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from flashsales.rules.finder import tokens_of, tsvector_of

CHOICES = """
UPDATE flashsales_sale s
SET listed_sizes = coalesce(l.sizes, '{}'), listed_category_ids = coalesce(l.category_ids, '{}')
FROM (
    SELECT array_agg(DISTINCT size) AS sizes,
           array_agg(DISTINCT h.category_id) FILTER (WHERE h.category_id IS NOT NULL) AS category_ids
    FROM flashsales_stylelisting h CROSS JOIN LATERAL unnest(h.sizes) AS size WHERE h.sale_id = %(sale)s
) AS l
WHERE s.id = %(sale)s
"""
STYLES = """
SELECT y.id, y.style_no,
       array_remove(ARRAY[y.name, b.name, y.fabric, y.season, c.name_zh, c.name_en, up.name_zh, up.name_en]::text[], NULL)
       || (SELECT coalesce(array_agg(DISTINCT k.colour::text), '{}')
           FROM flashsales_saleitem i JOIN inventory_sku k ON k.id = i.sku_id WHERE i.sale_id = %(sale)s AND i.style_id = y.id)
FROM (SELECT DISTINCT style_id FROM flashsales_stylelisting WHERE sale_id = %(sale)s) h
JOIN inventory_style y ON y.id = h.style_id
JOIN brands_brand b ON b.id = y.brand_id
LEFT JOIN inventory_category c ON c.id = y.category_id
LEFT JOIN inventory_category up ON up.id = c.parent_id
"""
WRITE = """
INSERT INTO flashsales_stylesearch (sale_id, style_id, tokens)
SELECT %(sale)s, t.style_id, t.tokens::tsvector FROM unnest(%(styles)s::bigint[], %(tokens)s::text[]) AS t(style_id, tokens)
ON CONFLICT (sale_id, style_id) DO NOTHING
"""


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM flashsales_sale WHERE state = 'published' AND closed_at IS NULL ORDER BY id")
        for (sale_id,) in cursor.fetchall():
            with transaction.atomic(schema_editor.connection.alias):
                cursor.execute(CHOICES, {"sale": sale_id})
                cursor.execute(STYLES, {"sale": sale_id})
                tokens = {
                    style_id: tsvector_of(tokens_of(numbers=[style_no], texts=texts))
                    for style_id, style_no, texts in cursor.fetchall()
                }
                cursor.execute(WRITE, {"sale": sale_id, "styles": list(tokens), "tokens": list(tokens.values())})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("flashsales", "0004_finder"),
        ("brands", "0001_initial"),
        ("inventory", "0006_style_pictures"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="stylesearch", index=GinIndex(fields=["tokens"], name="style_searches_by_token")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
