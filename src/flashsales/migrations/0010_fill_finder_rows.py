"""Styles of published sales get what the finder asks for. It can be repeated."""

from django.db import migrations

LOCK = "SELECT pg_advisory_xact_lock(hashtext('flashsales.count_changed_styles'))"
FILL = """
WITH listed AS (
    SELECT w.id, s.brand_id, s.starts_at, s.ends_at, l.terms #> '{resolved,markdown_schedule}' <> 'null'::jsonb AS has_schedule, h.*, c.*
    FROM flashsales_stylesearch w
    JOIN flashsales_sale s ON s.id = w.sale_id
    JOIN pricing_pricelist l ON l.id = s.price_list_id
    CROSS JOIN LATERAL (
        SELECT max(category_id) AS category_id, array_agg(from_price_fen ORDER BY tier) AS prices,
               array_agg(lowest_fen ORDER BY tier) AS lowest_prices,
               array_agg(from_price_fen * 10000 / tag_price_fen ORDER BY tier) AS percents,
               max(tag_price_fen) AS tag_price_fen, bool_or(label_cut) AS label_cut
        FROM flashsales_stylelisting h WHERE h.sale_id = w.sale_id AND h.style_id = w.style_id
    ) AS h
    CROSS JOIN LATERAL (
        SELECT sum(units)::int AS units, sum(taken)::int AS taken_units,
               coalesce(array_agg(size ORDER BY size) FILTER (WHERE units > 0), '{}') AS left_sizes,
               coalesce(array_agg(units ORDER BY size) FILTER (WHERE units > 0), '{}') AS left_units,
               array_agg('size:' || size ORDER BY size)
               || coalesce(array_agg('left:' || size ORDER BY size) FILTER (WHERE units > 0), '{}')
               || CASE WHEN count(*) >= 3 AND bool_and(units > 0) THEN ARRAY['full run'] ELSE '{}' END AS facets
        FROM (
            SELECT k.size, sum(i.available)::int AS units, sum(i.held + i.sold)::int AS taken
            FROM flashsales_saleitem i JOIN inventory_sku k ON k.id = i.sku_id
            WHERE i.sale_id = w.sale_id AND i.style_id = w.style_id GROUP BY k.size
        ) AS of_size
    ) AS c
    WHERE w.prices IS NULL
)
UPDATE flashsales_stylesearch w
SET brand_id = listed.brand_id, category_id = listed.category_id, starts_at = listed.starts_at, ends_at = listed.ends_at,
    prices = listed.prices, lowest_prices = listed.lowest_prices, percents = listed.percents, tag_price_fen = listed.tag_price_fen,
    label_cut = listed.label_cut, has_schedule = listed.has_schedule, units = listed.units, taken_units = listed.taken_units,
    left_sizes = listed.left_sizes, left_units = listed.left_units, facets = listed.facets
FROM listed WHERE listed.id = w.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("flashsales", "0009_finder_rows"),
    ]

    operations = [
        migrations.RunSQL([LOCK, FILL], migrations.RunSQL.noop),
    ]
