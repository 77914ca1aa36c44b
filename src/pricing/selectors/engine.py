# ruff: noqa: S608 - statements are put together from our own text only; every figure is a parameter
"""The law of prices as sets: `rules.findings` and `rules.quote_of` said in SQL, once, for previews, checks and the freeze.

FOUND gives one row a SKU (what `rules.Findings` holds), QUOTED six rows a SKU (what `rules.Quote` holds). The six times as many rows
are computed in whole numbers: with rates in ten-thousandths, (fen * rate + 5000) / 10000 is the rounding half up of the law. No price is
under 1 fen.

Each stage is materialized: where the planner takes a table for empty, it would else reckon a whole stage anew for every row of the one
before, and 300 goods took half an hour instead of a tenth of a second.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from db import sql
from kernel.period import SHANGHAI
from pricing.rules.quote import basis_points
from pricing.rules.terms import ListTerms

PRICED = """
wanted AS (SELECT DISTINCT unnest(%(sku_ids)s::bigint[]) AS sku_id),
goods AS MATERIALIZED (
    SELECT sku.id AS sku_id, sku.style_id, sku.tag_price_fen, sku.base_price_fen
    FROM wanted JOIN inventory_sku AS sku ON sku.id = wanted.sku_id
), styles AS MATERIALIZED (
    SELECT style.id, style.brand_id, style.category_id, style.season, style.year, brand.commission_rate
    FROM (SELECT DISTINCT style_id FROM goods) AS chosen
    JOIN inventory_style AS style ON style.id = chosen.style_id
    JOIN brands_brand AS brand ON brand.id = style.brand_id
), ancestors AS MATERIALIZED (
    WITH RECURSIVE up (category_id, ancestor_id, depth) AS (
        SELECT id, id, 0 FROM inventory_category
        UNION ALL
        SELECT up.category_id, above.parent_id, up.depth + 1
        FROM up JOIN inventory_category AS above ON above.id = up.ancestor_id WHERE above.parent_id IS NOT NULL
    ) SELECT * FROM up
), controls AS MATERIALIZED (
    SELECT * FROM pricing_pricecontrol
    WHERE withdrawn_at IS NULL AND (draft_id IS NULL OR draft_id = %(draft_id)s)
      AND starts_on <= %(day)s AND (ends_on IS NULL OR ends_on >= %(day)s)
      AND brand_id IN (SELECT brand_id FROM styles)
), speaking AS (
    SELECT styles.id AS chosen_style, 0 AS closer, controls.*
    FROM styles JOIN controls ON controls.scope = 1 AND controls.brand_id = styles.brand_id
    UNION ALL
    SELECT styles.id, -ancestors.depth, controls.*
    FROM styles JOIN ancestors ON ancestors.category_id = styles.category_id
    JOIN controls ON controls.scope = 2 AND controls.brand_id = styles.brand_id AND controls.category_id = ancestors.ancestor_id
    UNION ALL
    SELECT styles.id, (controls.year IS NOT NULL)::int, controls.*
    FROM styles JOIN controls ON controls.scope = 3 AND controls.brand_id = styles.brand_id AND controls.season = styles.season
    WHERE controls.year IS NULL OR controls.year = styles.year
    UNION ALL
    SELECT styles.id, 0, controls.*
    FROM styles JOIN controls ON controls.scope = 4 AND controls.style_id = styles.id AND controls.brand_id = styles.brand_id
), control AS MATERIALIZED (
    SELECT DISTINCT ON (chosen_style) chosen_style, id, floor_rate, floor_fen, action, cut_rate
    FROM speaking ORDER BY chosen_style, scope DESC, closer DESC, starts_on DESC, id DESC
), commissions AS MATERIALIZED (
    SELECT * FROM pricing_commissionrule
    WHERE from_at <= %(at)s AND (draft_id IS NULL OR draft_id = %(draft_id)s) AND %(sale_rate)s::numeric IS NULL
), asking AS (
    SELECT styles.id AS chosen_style, 4 AS source, -ancestors.depth AS closer, commissions.id, rate, from_at
    FROM styles JOIN ancestors ON ancestors.category_id = styles.category_id
    JOIN commissions ON commissions.brand_id = styles.brand_id AND commissions.category_id = ancestors.ancestor_id
    UNION ALL
    SELECT styles.id, 3, 0, commissions.id, rate, from_at
    FROM styles JOIN commissions ON commissions.brand_id = styles.brand_id AND commissions.category_id IS NULL
    UNION ALL
    SELECT styles.id, 2, -ancestors.depth, commissions.id, rate, from_at
    FROM styles JOIN ancestors ON ancestors.category_id = styles.category_id
    JOIN commissions ON commissions.brand_id IS NULL AND commissions.category_id = ancestors.ancestor_id
), commission AS MATERIALIZED (
    SELECT DISTINCT ON (chosen_style) chosen_style, source, id, rate
    FROM asking ORDER BY chosen_style, source DESC, closer DESC, from_at DESC, id DESC
), resolved AS MATERIALIZED (
    SELECT styles.id AS style_id, control.id AS control_id, control.floor_rate, control.floor_fen, control.action, control.cut_rate,
           commission.id AS commission_rule_id,
           CASE WHEN %(sale_rate)s::numeric IS NOT NULL THEN 5 ELSE coalesce(commission.source, 1) END AS commission_source,
           coalesce(%(sale_rate)s::numeric, commission.rate, styles.commission_rate) AS commission_rate
    FROM styles
    LEFT JOIN control ON control.chosen_style = styles.id
    LEFT JOIN commission ON commission.chosen_style = styles.id
), priced AS (
    SELECT goods.sku_id, goods.style_id, goods.tag_price_fen, goods.base_price_fen, resolved.control_id, resolved.action,
           resolved.cut_rate, resolved.commission_rule_id, resolved.commission_source, resolved.commission_rate,
           CASE WHEN resolved.floor_rate IS NULL THEN resolved.floor_fen
                ELSE greatest(1, round(goods.tag_price_fen * resolved.floor_rate)::bigint) END AS floor_fen
    FROM goods JOIN resolved ON resolved.style_id = goods.style_id
)"""

# What follows from the figures of a SKU, which a frozen list keeps: the integrity check computes it again from there.
JUDGED = """
judged AS (
    SELECT priced.*, (cut_rate * 10000)::int AS cut_points, round(base_price_fen * (1 - commission_rate))::bigint AS payable_fen,
           greatest(1, round(base_price_fen * (1 - commission_rate + %(margin_rate)s::numeric))::bigint) AS least_fen,
           coalesce(greatest(1, round(base_price_fen * (1 - %(deepest)s::numeric))) < floor_fen, false) AS under
    FROM priced
), found AS MATERIALIZED (
    SELECT judged.*, under AND action = 1 AS cut, under AND action = 2 AS raised, under AND action = 3 AS excluded,
           CASE WHEN under AND action = 1 THEN NULL ELSE floor_fen END AS retail_floor_fen
    FROM judged
)
"""

FOUND = f"{PRICED}, {JUDGED}"

QUOTED = """
discounted AS (
    SELECT {found}.*, tier.number::smallint AS tier, tier.points,
           greatest(1, (base_price_fen * (10000 - tier.points) + 5000) / 10000) AS discounted_fen,
           greatest(least_fen, coalesce(retail_floor_fen, 0)) AS lowest_fen
    FROM {found} CROSS JOIN (
        SELECT points, ordinality - 1 AS number FROM unnest(%(discounts)s::bigint[]) WITH ORDINALITY AS given (points, ordinality)
    ) AS tier
    WHERE tier.number = ANY (%(tiers)s)
), labelled AS (
    SELECT discounted.*,
           CASE WHEN cut THEN greatest(1, (base_price_fen * (10000 - points) * (10000 - cut_points) + 50000000) / 100000000)
                WHEN raised THEN greatest(discounted_fen, floor_fen)
                ELSE discounted_fen END AS price_fen
    FROM discounted
), ended AS (
    SELECT labelled.*,
           price_fen - mod(mod(price_fen - %(offset_fen)s, %(step_fen)s) + %(step_fen)s, %(step_fen)s) AS ended_fen
    FROM labelled
), quoted AS (
    SELECT ended.*, CASE WHEN ended_fen >= lowest_fen THEN ended_fen ELSE price_fen END AS wholesale_fen FROM ended
), checked AS MATERIALIZED (
    SELECT quoted.*, CASE WHEN excluded THEN NULL WHEN floor_fen > tag_price_fen THEN 'floor_above_tag'
                          WHEN wholesale_fen >= least_fen THEN NULL WHEN cut THEN 'cut_margin' ELSE 'margin' END AS broken
    FROM quoted
)
"""

FOUND_TABLE = "pricing_found"

ITEMS = """
INSERT INTO pricing_pricelistitem (price_list_id, sku_id, tag_price_fen, base_price_fen, commission_rate, commission_source,
    commission_rule_id, control_id, floor_fen, action, cut_rate, excluded)
SELECT %(list_id)s, sku_id, tag_price_fen, base_price_fen, commission_rate, commission_source, commission_rule_id, control_id,
       floor_fen, action, cut_rate, excluded
FROM pricing_found ORDER BY sku_id
"""

ROWS = (
    "WITH "
    + QUOTED.format(found=FOUND_TABLE)
    + """
INSERT INTO pricing_pricelistrow (price_list_id, sku_id, tier, wholesale_fen, labelling, retail_floor_fen, lowest_fen,
    brand_payable_fen, commission_fen, tag_price_fen, base_price_fen)
SELECT %(list_id)s, sku_id, tier, wholesale_fen, CASE WHEN cut THEN 'cut' ELSE 'kept' END, retail_floor_fen, lowest_fen,
       payable_fen, wholesale_fen - payable_fen, tag_price_fen, base_price_fen
FROM checked WHERE NOT excluded ORDER BY sku_id, tier"""
)

BROKEN = (
    "WITH "
    + QUOTED.format(found=FOUND_TABLE)
    + """
SELECT checked.sku_id, checked.broken, checked.control_id, checked.tier, checked.wholesale_fen, checked.least_fen,
       checked.floor_fen, checked.tag_price_fen, style.style_no, sku.colour, sku.size, count(*) OVER () AS all_broken
FROM checked JOIN inventory_sku AS sku ON sku.id = checked.sku_id JOIN inventory_style AS style ON style.id = checked.style_id
WHERE broken IS NOT NULL ORDER BY checked.sku_id LIMIT %(named)s"""
)

PREVIEW = (
    "WITH "
    + FOUND
    + ", "
    + QUOTED.format(found="found")
    + """
SELECT checked.*, style.style_no, style.name, style.category_id, sku.colour, sku.size
FROM checked JOIN inventory_sku AS sku ON sku.id = checked.sku_id JOIN inventory_style AS style ON style.id = checked.style_id
ORDER BY checked.sku_id, checked.tier"""
)


def figures(
    sku_ids: Sequence[int],
    terms: ListTerms,
    at: datetime,
    *,
    draft_id: int | None = None,
    tiers: Sequence[int] = range(6),
) -> dict[str, Any]:
    """The parameters of FOUND and QUOTED."""
    return {
        "sku_ids": list(sku_ids),
        "draft_id": draft_id,
        "day": at.astimezone(SHANGHAI).date(),
        "at": at,
        "sale_rate": terms.sale_rate,
        "margin_rate": terms.margin_rate,
        "deepest": max(terms.discounts),
        "discounts": [basis_points(rate) for rate in terms.discounts],
        "tiers": list(tiers),
        "step_fen": terms.ending.step_fen,
        "offset_fen": terms.ending.offset_fen,
    }


def load_found(parameters: dict[str, Any], table: str = FOUND_TABLE) -> None:
    """Put what was found for each SKU into a temporary table that lives until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS WITH {FOUND} SELECT * FROM found", parameters)
        cursor.execute(f"ANALYZE {table}")


def load_quotes(parameters: dict[str, Any], table: str) -> None:
    """Put all quotes into a temporary table that lives until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS WITH {FOUND}, {QUOTED.format(found='found')} SELECT * FROM checked",
            parameters,
        )
        cursor.execute(f"ANALYZE {table}")


def broken_goods(parameters: dict[str, Any], *, cheapest_tier: int, named: int) -> list[dict[str, Any]]:
    """Goods among those loaded whose price breaks a rule, the first `named`. What the cheapest tier does not break, none does:
    prices never rise from tier to tier, and the lowest price is the first to go under a margin."""
    return sql.rows(BROKEN, parameters | {"tiers": [cheapest_tier], "named": named})


def write_list(parameters: dict[str, Any], list_id: int) -> None:
    """Write items and rows of a price list from what was loaded."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(ITEMS, parameters | {"list_id": list_id})
        cursor.execute(ROWS, parameters | {"list_id": list_id})
