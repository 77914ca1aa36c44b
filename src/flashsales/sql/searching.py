# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""The statements that write what the finder knows of styles: rows of `flashsales_stylesearch` (SALE-11, SALE-12)."""

from collections.abc import Mapping
from typing import Final

from db import sql
from flashsales.rules.finder import FULL_RUN, LEFT, LISTED, MIN_RUN_SIZES

_COUNTED: Final = f"""
SELECT sale_id, style_id, sum(units)::int AS units, sum(taken)::int AS taken_units,
       coalesce(array_agg(size ORDER BY size) FILTER (WHERE units > 0), ARRAY[]::varchar[]) AS left_sizes,
       coalesce(array_agg(units ORDER BY size) FILTER (WHERE units > 0), ARRAY[]::int[]) AS left_units,
       array_agg('{LISTED}' || size ORDER BY size)
       || coalesce(array_agg('{LEFT}' || size ORDER BY size) FILTER (WHERE units > 0), ARRAY[]::text[])
       || CASE WHEN count(*) >= {MIN_RUN_SIZES} AND bool_and(units > 0) THEN ARRAY['{FULL_RUN}'] ELSE ARRAY[]::text[] END AS facets
FROM (
    SELECT i.sale_id, i.style_id, k.size, sum(i.available)::int AS units, sum(i.held + i.sold - i.draw_units)::int AS taken
    FROM {{items}} JOIN inventory_sku k ON k.id = i.sku_id WHERE {{condition}} GROUP BY i.sale_id, i.style_id, k.size
) AS of_size GROUP BY sale_id, style_id"""
"""What is left of styles in sales; `rules.finder.facets_of` says the same of the facets."""


def write_searches(*, sale_id: int, tokens: Mapping[int, str]) -> None:
    """Write the rows of a published sale that has not closed, from its listings and items; `tokens` are texts of `tsvector` by style.

    It can be repeated.
    """
    # The items' SKUs are read by their brand: without a nested loop those of all brands would be read otherwise.
    of_brand = "k.brand_id = (SELECT brand_id FROM flashsales_sale WHERE id = %(sale)s)"
    counted = _COUNTED.format(items="flashsales_saleitem i", condition=f"i.sale_id = %(sale)s AND {of_brand}")
    statement = f"""
        INSERT INTO flashsales_stylesearch AS w
            (sale_id, style_id, tokens, brand_id, category_id, starts_at, ends_at, prices, lowest_prices, percents, tag_price_fen,
             label_cut, has_schedule, units, taken_units, left_sizes, left_units, facets)
        SELECT s.id, h.style_id, t.tokens::tsvector, s.brand_id, h.category_id, s.starts_at, s.ends_at, h.prices, h.lowest_prices,
               h.percents, h.tag_price_fen, h.label_cut, l.terms #> '{{resolved,markdown_schedule}}' <> 'null'::jsonb,
               c.units, c.taken_units, c.left_sizes, c.left_units, c.facets
        FROM flashsales_sale s
        JOIN pricing_pricelist l ON l.id = s.price_list_id
        CROSS JOIN (
            SELECT style_id, max(category_id) AS category_id, array_agg(from_price_fen ORDER BY tier) AS prices,
                   array_agg(lowest_fen ORDER BY tier) AS lowest_prices,
                   array_agg(from_price_fen * 10000 / tag_price_fen ORDER BY tier) AS percents,
                   max(tag_price_fen) AS tag_price_fen, bool_or(label_cut) AS label_cut
            FROM flashsales_stylelisting WHERE sale_id = %(sale)s GROUP BY style_id
        ) AS h
        JOIN ({counted}) AS c ON c.style_id = h.style_id
        JOIN unnest(%(styles)s::bigint[], %(tokens)s::text[]) AS t(style_id, tokens) ON t.style_id = h.style_id
        WHERE s.id = %(sale)s AND s.state = 'published' AND s.closed_at IS NULL
        ORDER BY h.style_id
        ON CONFLICT (sale_id, style_id) DO UPDATE SET
            tokens = excluded.tokens, brand_id = excluded.brand_id, category_id = excluded.category_id,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at, prices = excluded.prices,
            lowest_prices = excluded.lowest_prices, percents = excluded.percents, tag_price_fen = excluded.tag_price_fen,
            label_cut = excluded.label_cut, has_schedule = excluded.has_schedule, units = excluded.units,
            taken_units = excluded.taken_units, left_sizes = excluded.left_sizes, left_units = excluded.left_units,
            facets = excluded.facets
        """
    with sql.without_nested_loops():
        sql.execute(statement, {"sale": sale_id, "styles": list(tokens), "tokens": list(tokens.values())})


def lock_counting() -> None:
    """Until the transaction ends, nobody else writes rows that were there before.

    Two that count at once could write the older of two counts last, and two that write rows of one sale could wait for each other.
    """
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('flashsales.count_changed_styles'))", {})


def try_lock_counting() -> bool:
    """As `lock_counting`, without waiting: whether this transaction has the lock."""
    return bool(sql.value("SELECT pg_try_advisory_xact_lock(hashtext('flashsales.count_changed_styles'))", {}))


def count_changed_styles(*, limit: int) -> int:
    """Count again what is left of styles whose units have changed, up to `limit` changes; returns how many changes that were."""
    counted = _COUNTED.format(
        items="changed c JOIN flashsales_saleitem i ON i.sale_id = c.sale_id AND i.style_id = c.style_id",
        condition="true",
    )
    return int(
        sql.value(
            f"""
            WITH taken AS (
                DELETE FROM flashsales_styleunitschange
                WHERE id IN (SELECT id FROM flashsales_styleunitschange ORDER BY id LIMIT %(limit)s)
                RETURNING sale_id, style_id
            ), changed AS (SELECT DISTINCT sale_id, style_id FROM taken), counted AS ({counted}), written AS (
                UPDATE flashsales_stylesearch w
                SET units = n.units, taken_units = n.taken_units, left_sizes = n.left_sizes, left_units = n.left_units,
                    facets = n.facets
                FROM counted n WHERE w.sale_id = n.sale_id AND w.style_id = n.style_id
                  AND (w.taken_units, w.left_sizes::text[], w.left_units)
                      IS DISTINCT FROM (n.taken_units, n.left_sizes::text[], n.left_units)
            )
            SELECT count(*) FROM taken
            """,
            {"limit": limit},
        )
    )


def find_incomplete_sales() -> list[int]:
    """Sales whose rows the release before has written, without what the finder asks for now."""
    return sql.column("SELECT DISTINCT sale_id FROM flashsales_stylesearch WHERE prices IS NULL", {})
