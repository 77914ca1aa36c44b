# ruff: noqa: S608 - statements are composed of constants of this package; every value is a parameter
"""The price rules as statements over sets of SKUs: what `rules.quote` computes for one SKU, for previews, checks and the freeze.

INPUTS yields one row for each SKU (`rules.quote.PriceInputs`), COMPUTED_PRICES one row for each SKU and tier (`rules.quote.Quote`).
COMPUTED_PRICES computes in whole numbers: with rates in ten-thousandths, (fen * rate + 5000) / 10000 rounds half up as the rules do. No
price is below 1 fen.

The stages are materialized. Where the planner takes a table for empty, it would otherwise compute a whole stage again for every row of
the stage before, and 300 SKUs took half an hour instead of a tenth of a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from db import sql
from kernel.period import SHANGHAI
from membership.rules.tiers import TIER_COUNT
from pricing.rules.controls import Action
from pricing.rules.quote import BrokenRule, Labelling, basis_points
from pricing.rules.terms import ListTerms

INPUTS_TABLE = "pricing_inputs"
"""Temporary table of INPUTS, which checks and the freeze read."""


@dataclass(frozen=True, slots=True)
class QuoteParameters:
    """The values that INPUTS and COMPUTED_PRICES need: SKUs, instant, draft, and the terms. Rates of tiers are in ten-thousandths."""

    sku_ids: list[int]
    draft_id: int | None
    at: datetime
    day: date
    sale_rate: Decimal | None
    margin_rate: Decimal
    max_discount: Decimal
    discounts: list[int]
    tiers: list[int]
    step_fen: int
    offset_fen: int

    def for_tiers(self, tiers: Sequence[int]) -> "QuoteParameters":
        return replace(self, tiers=list(tiers))

    def values(self, **more: object) -> Mapping[str, Any]:
        """The parameters by the names that the statements use, and those that one statement needs besides."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | more


def quote_parameters(
    sku_ids: Sequence[int],
    terms: ListTerms,
    at: datetime,
    *,
    draft_id: int | None = None,
    tiers: Sequence[int] = range(TIER_COUNT),
) -> QuoteParameters:
    """The parameters for SKUs under the terms of a list at an instant, with the rules of a draft where one is named."""
    return QuoteParameters(
        sku_ids=list(sku_ids),
        draft_id=draft_id,
        at=at,
        day=at.astimezone(SHANGHAI).date(),
        sale_rate=terms.sale_rate,
        margin_rate=terms.margin_rate,
        max_discount=max(terms.discounts),
        discounts=[basis_points(rate) for rate in terms.discounts],
        tiers=list(tiers),
        step_fen=terms.ending.step_fen,
        offset_fen=terms.ending.offset_fen,
    )


RESOLVED_INPUTS = """
requested AS (SELECT DISTINCT unnest(%(sku_ids)s::bigint[]) AS sku_id),
skus AS MATERIALIZED (
    SELECT sku.id AS sku_id, sku.style_id, sku.tag_price_fen, sku.base_price_fen
    FROM requested JOIN inventory_sku AS sku ON sku.id = requested.sku_id
), styles AS MATERIALIZED (
    SELECT style.id, style.brand_id, style.category_id, style.season, style.year, brand.commission_rate
    FROM (SELECT DISTINCT style_id FROM skus) AS used
    JOIN inventory_style AS style ON style.id = used.style_id
    JOIN brands_brand AS brand ON brand.id = style.brand_id
), ancestors AS MATERIALIZED (
    WITH RECURSIVE walk (category_id, ancestor_id, depth) AS (
        SELECT id, id, 0 FROM inventory_category
        UNION ALL
        SELECT walk.category_id, parent.parent_id, walk.depth + 1
        FROM walk JOIN inventory_category AS parent ON parent.id = walk.ancestor_id WHERE parent.parent_id IS NOT NULL
    ) SELECT * FROM walk
), controls AS MATERIALIZED (
    SELECT * FROM pricing_pricecontrol
    WHERE withdrawn_at IS NULL AND (draft_id IS NULL OR draft_id = %(draft_id)s)
      AND starts_on <= %(day)s AND (ends_on IS NULL OR ends_on >= %(day)s)
      AND brand_id IN (SELECT brand_id FROM styles)
), applicable_controls AS (
    SELECT styles.id AS for_style_id, 0 AS closeness, controls.*
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
), first_control AS MATERIALIZED (
    SELECT DISTINCT ON (for_style_id) for_style_id, id, floor_rate, floor_fen, action, cut_rate
    FROM applicable_controls ORDER BY for_style_id, scope DESC, closeness DESC, starts_on DESC, id DESC
), commissions AS MATERIALIZED (
    SELECT * FROM pricing_commissionrule
    WHERE from_at <= %(at)s AND (draft_id IS NULL OR draft_id = %(draft_id)s) AND %(sale_rate)s::numeric IS NULL
), applicable_commissions AS (
    SELECT styles.id AS for_style_id, 4 AS source, -ancestors.depth AS closeness, commissions.id, rate, from_at
    FROM styles JOIN ancestors ON ancestors.category_id = styles.category_id
    JOIN commissions ON commissions.brand_id = styles.brand_id AND commissions.category_id = ancestors.ancestor_id
    UNION ALL
    SELECT styles.id, 3, 0, commissions.id, rate, from_at
    FROM styles JOIN commissions ON commissions.brand_id = styles.brand_id AND commissions.category_id IS NULL
    UNION ALL
    SELECT styles.id, 2, -ancestors.depth, commissions.id, rate, from_at
    FROM styles JOIN ancestors ON ancestors.category_id = styles.category_id
    JOIN commissions ON commissions.brand_id IS NULL AND commissions.category_id = ancestors.ancestor_id
), first_commission AS MATERIALIZED (
    SELECT DISTINCT ON (for_style_id) for_style_id, source, id, rate
    FROM applicable_commissions ORDER BY for_style_id, source DESC, closeness DESC, from_at DESC, id DESC
), resolved AS MATERIALIZED (
    SELECT styles.id AS style_id, first_control.id AS control_id, first_control.floor_rate, first_control.floor_fen,
           first_control.action, first_control.cut_rate, first_commission.id AS commission_rule_id,
           CASE WHEN %(sale_rate)s::numeric IS NOT NULL THEN 5 ELSE coalesce(first_commission.source, 1) END AS commission_source,
           coalesce(%(sale_rate)s::numeric, first_commission.rate, styles.commission_rate) AS commission_rate
    FROM styles
    LEFT JOIN first_control ON first_control.for_style_id = styles.id
    LEFT JOIN first_commission ON first_commission.for_style_id = styles.id
), resolved_inputs AS (
    SELECT skus.sku_id, skus.style_id, skus.tag_price_fen, skus.base_price_fen, resolved.control_id, resolved.action,
           resolved.cut_rate, resolved.commission_rule_id, resolved.commission_source, resolved.commission_rate,
           CASE WHEN resolved.floor_rate IS NULL THEN resolved.floor_fen
                ELSE greatest(1, round(skus.tag_price_fen * resolved.floor_rate)::bigint) END AS floor_fen
    FROM skus JOIN resolved ON resolved.style_id = skus.style_id
)"""

# These columns follow from what a frozen list keeps of a SKU: the integrity check computes them again from there.
INPUTS_FROM_RESOLVED = """
compared AS (
    SELECT resolved_inputs.*, (cut_rate * 10000)::int AS cut_basis_points,
           round(base_price_fen * (1 - commission_rate))::bigint AS payable_fen,
           greatest(1, round(base_price_fen * (1 - commission_rate + %(margin_rate)s::numeric))::bigint) AS min_price_fen,
           coalesce(greatest(1, round(base_price_fen * (1 - %(max_discount)s::numeric))) < floor_fen, false) AS is_below_floor
    FROM resolved_inputs
), inputs AS MATERIALIZED (
    SELECT compared.*, is_below_floor AND action = 1 AS cut, is_below_floor AND action = 2 AS raised,
           is_below_floor AND action = 3 AS excluded,
           CASE WHEN is_below_floor AND action = 1 THEN NULL ELSE floor_fen END AS retail_floor_fen
    FROM compared
)
"""

INPUTS = f"{RESOLVED_INPUTS}, {INPUTS_FROM_RESOLVED}"

COMPUTED_PRICES = """
discounted AS (
    SELECT {inputs}.*, tier.number::smallint AS tier, tier.discount_basis_points,
           greatest(1, (base_price_fen * (10000 - tier.discount_basis_points) + 5000) / 10000) AS discounted_fen,
           greatest(min_price_fen, coalesce(retail_floor_fen, 0)) AS lowest_fen
    FROM {inputs} CROSS JOIN (
        SELECT basis_points AS discount_basis_points, ordinality - 1 AS number
        FROM unnest(%(discounts)s::bigint[]) WITH ORDINALITY AS listed (basis_points, ordinality)
    ) AS tier
    WHERE tier.number = ANY (%(tiers)s)
), labelled AS (
    SELECT discounted.*,
           CASE WHEN cut THEN greatest(1, (base_price_fen * (10000 - discount_basis_points) * (10000 - cut_basis_points) + 50000000)
                                          / 100000000)
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
                          WHEN wholesale_fen >= min_price_fen THEN NULL WHEN cut THEN 'cut_margin' ELSE 'margin' END AS broken
    FROM quoted
)
"""


@dataclass(frozen=True, slots=True)
class ComputedPrice:
    """The quote of a SKU for a tier, the inputs that it was computed from, and the words that name the SKU. Amounts in fen."""

    sku_id: int
    style_id: int
    style_no: str
    name: str
    colour: str
    size: str
    tier: int
    wholesale_fen: int
    labelling: Labelling
    retail_floor_fen: int | None
    lowest_fen: int
    brand_payable_fen: int
    tag_price_fen: int
    base_price_fen: int
    excluded: bool
    broken: BrokenRule | None
    commission_rate: Decimal
    commission_source: int
    commission_rule_id: int | None
    control_id: int | None
    floor_fen: int | None
    action: Action | None
    cut_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class BrokenPrice:
    """A SKU whose price breaks a rule; `broken_count` counts all such SKUs."""

    sku_id: int
    style_no: str
    colour: str
    size: str
    broken: BrokenRule
    control_id: int | None
    broken_count: int


def load_inputs(parameters: QuoteParameters, table: str = INPUTS_TABLE) -> None:
    """Create a temporary table of the inputs of each SKU; it lives until the end of the transaction."""
    _create_table(table, f"WITH {INPUTS} SELECT * FROM inputs", parameters)


def load_computed_prices(parameters: QuoteParameters, table: str) -> None:
    """Create a temporary table of the quotes of each SKU and tier; it lives until the end of the transaction."""
    _create_table(table, f"WITH {INPUTS}, {COMPUTED_PRICES.format(inputs='inputs')} SELECT * FROM checked", parameters)


def _create_table(table: str, query: str, parameters: QuoteParameters) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {query}", parameters.values())
        cursor.execute(f"ANALYZE {table}")


def compute_prices(parameters: QuoteParameters) -> list[ComputedPrice]:
    """The quotes of SKUs, by SKU and tier."""
    return sql.fetch(
        ComputedPrice,
        f"""WITH {INPUTS}, {COMPUTED_PRICES.format(inputs="inputs")}
            SELECT checked.sku_id, checked.style_id, style.style_no, style.name, sku.colour, sku.size, tier, wholesale_fen,
                   CASE WHEN cut THEN 'cut' ELSE 'kept' END AS labelling, retail_floor_fen, lowest_fen,
                   payable_fen AS brand_payable_fen, checked.tag_price_fen, checked.base_price_fen, excluded, broken,
                   checked.commission_rate, commission_source, commission_rule_id, control_id, floor_fen, action, cut_rate
            FROM checked JOIN inventory_sku AS sku ON sku.id = checked.sku_id
            JOIN inventory_style AS style ON style.id = checked.style_id
            ORDER BY checked.sku_id, checked.tier""",
        parameters.values(),
    )


def find_broken_prices(parameters: QuoteParameters, *, limit: int) -> list[BrokenPrice]:
    """SKUs in INPUTS_TABLE whose price breaks a rule, at most `limit`.

    Only the tier that pays least is computed. Prices never rise from tier to tier, so the lowest price is the first to break a margin.
    """
    return sql.fetch(
        BrokenPrice,
        f"""WITH {COMPUTED_PRICES.format(inputs=INPUTS_TABLE)}
            SELECT checked.sku_id, checked.broken, checked.control_id, style.style_no, sku.colour, sku.size,
                   count(*) OVER () AS broken_count
            FROM checked JOIN inventory_sku AS sku ON sku.id = checked.sku_id
            JOIN inventory_style AS style ON style.id = checked.style_id
            WHERE broken IS NOT NULL ORDER BY checked.sku_id LIMIT %(limit)s""",
        parameters.for_tiers([TIER_COUNT - 1]).values(limit=limit),
    )


def count_inputs() -> tuple[int, int]:
    """How many SKUs INPUTS_TABLE holds, and how many of them are excluded."""
    [row] = sql.rows(
        f"SELECT count(*) AS skus, count(*) FILTER (WHERE excluded) AS excluded FROM {INPUTS_TABLE}",
        {},
    )
    return row["skus"], row["excluded"]


def insert_list_items(*, list_id: int) -> None:
    """Write the items of a price list from INPUTS_TABLE."""
    sql.execute(
        f"""INSERT INTO pricing_pricelistitem (price_list_id, sku_id, tag_price_fen, base_price_fen, commission_rate,
                commission_source, commission_rule_id, control_id, floor_fen, action, cut_rate, excluded)
            SELECT %(list_id)s, sku_id, tag_price_fen, base_price_fen, commission_rate,
                   commission_source, commission_rule_id, control_id, floor_fen, action, cut_rate, excluded
            FROM {INPUTS_TABLE} ORDER BY sku_id""",
        {"list_id": list_id},
    )


def insert_list_rows(parameters: QuoteParameters, *, list_id: int) -> None:
    """Write the rows of a price list, one for each tier of each SKU in INPUTS_TABLE that is not excluded."""
    sql.execute("SET LOCAL work_mem = '128MB'", {})
    sql.execute(
        f"""WITH {COMPUTED_PRICES.format(inputs=INPUTS_TABLE)}
            INSERT INTO pricing_pricelistrow (price_list_id, sku_id, tier, wholesale_fen, labelling, retail_floor_fen, lowest_fen,
                brand_payable_fen, commission_fen, tag_price_fen, base_price_fen)
            SELECT %(list_id)s, sku_id, tier, wholesale_fen, CASE WHEN cut THEN 'cut' ELSE 'kept' END, retail_floor_fen, lowest_fen,
                   payable_fen, wholesale_fen - payable_fen, tag_price_fen, base_price_fen
            FROM checked WHERE NOT excluded ORDER BY sku_id, tier""",
        parameters.values(list_id=list_id),
    )
