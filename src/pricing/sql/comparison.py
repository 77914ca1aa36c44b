# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter
"""Statements that compare two sets of quotes, loaded into the tables BASE and OTHER by `compute_prices.load_computed_prices`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from db import sql
from pricing.rules.comparison import Bucket, TierDifference
from pricing.rules.quote import BrokenRule, Labelling

BASE, OTHER = "pricing_base", "pricing_other"

_AMOUNTS = {"price": "wholesale_fen", "margin": "wholesale_fen - payable_fen"}


@dataclass(frozen=True, slots=True)
class PricePair:
    """The quotes of a SKU and tier in both tables where they differ; `changed` counts all that do. Amounts in fen."""

    sku_id: int
    style_no: str
    name: str
    colour: str
    size: str
    tier: int
    tag_price_fen: int
    base_price_fen: int
    changed: int
    base_wholesale_fen: int
    base_margin_fen: int
    base_labelling: Labelling
    base_excluded: bool
    base_broken: BrokenRule | None
    other_wholesale_fen: int
    other_margin_fen: int
    other_labelling: Labelling
    other_excluded: bool
    other_broken: BrokenRule | None


def count_differences_by_tier() -> list[TierDifference]:
    return sql.fetch(
        TierDifference,
        f"""SELECT tier,
                   count(*) FILTER (WHERE both_sold AND o.wholesale_fen > b.wholesale_fen) AS dearer,
                   count(*) FILTER (WHERE both_sold AND o.wholesale_fen < b.wholesale_fen) AS cheaper,
                   count(*) FILTER (WHERE o.cut AND NOT b.cut) AS newly_cut,
                   count(*) FILTER (WHERE b.cut AND NOT o.cut) AS no_longer_cut,
                   count(*) FILTER (WHERE o.excluded AND NOT b.excluded) AS newly_excluded,
                   count(*) FILTER (WHERE b.excluded AND NOT o.excluded) AS no_longer_excluded,
                   count(b.broken) AS base_broken, count(o.broken) AS other_broken,
                   coalesce(sum(b.wholesale_fen) FILTER (WHERE NOT b.excluded), 0)::bigint AS base_sum_fen,
                   coalesce(sum(o.wholesale_fen) FILTER (WHERE NOT o.excluded), 0)::bigint AS other_sum_fen,
                   coalesce(sum(b.wholesale_fen - b.payable_fen) FILTER (WHERE NOT b.excluded), 0)::bigint AS base_margin_fen,
                   coalesce(sum(o.wholesale_fen - o.payable_fen) FILTER (WHERE NOT o.excluded), 0)::bigint AS other_margin_fen
            FROM {BASE} AS b JOIN {OTHER} AS o USING (sku_id, tier)
            CROSS JOIN LATERAL (SELECT NOT b.excluded AND NOT o.excluded AS both_sold) AS sold
            GROUP BY tier ORDER BY tier""",
        {},
    )


def find_changed_prices(*, tiers: Sequence[int], limit: int) -> list[PricePair]:
    """Quotes of these tiers that differ, the greatest difference first."""
    return sql.fetch(
        PricePair,
        f"""SELECT sku_id, tier, style.style_no, style.name, sku.colour, sku.size, b.tag_price_fen, b.base_price_fen,
                   count(*) OVER () AS changed,
                   b.wholesale_fen AS base_wholesale_fen, b.wholesale_fen - b.payable_fen AS base_margin_fen,
                   CASE WHEN b.cut THEN 'cut' ELSE 'kept' END AS base_labelling,
                   b.excluded AS base_excluded, b.broken AS base_broken,
                   o.wholesale_fen AS other_wholesale_fen, o.wholesale_fen - o.payable_fen AS other_margin_fen,
                   CASE WHEN o.cut THEN 'cut' ELSE 'kept' END AS other_labelling,
                   o.excluded AS other_excluded, o.broken AS other_broken
            FROM {BASE} AS b JOIN {OTHER} AS o USING (sku_id, tier)
            JOIN inventory_sku AS sku ON sku.id = sku_id JOIN inventory_style AS style ON style.id = sku.style_id
            WHERE tier = ANY (%(tiers)s)
              AND (b.wholesale_fen, b.payable_fen, b.cut, b.excluded)
                  IS DISTINCT FROM (o.wholesale_fen, o.payable_fen, o.cut, o.excluded)
            ORDER BY abs(o.wholesale_fen - b.wholesale_fen) DESC, sku_id, tier LIMIT %(limit)s""",
        {"tiers": list(tiers), "limit": limit},
    )


def distribution(amount: Literal["price", "margin"], *, tier: int, buckets: int) -> list[Bucket]:
    """How many prices or margins of a tier fall into each of at most `buckets` equal ranges, in both tables."""
    fen = _AMOUNTS[amount]
    return sql.fetch(
        Bucket,
        f"""WITH amounts AS (
                SELECT {fen} AS fen, true AS is_base FROM {BASE} WHERE tier = %(tier)s AND NOT excluded
                UNION ALL
                SELECT {fen}, false FROM {OTHER} WHERE tier = %(tier)s AND NOT excluded
            ), bounds AS (
                SELECT min(fen) AS low, greatest((max(fen) - min(fen)) / %(buckets)s + 1, 1) AS width FROM amounts
            )
            SELECT low + width * ((fen - low) / width) AS low_fen, low + width * ((fen - low) / width + 1) AS high_fen,
                   count(*) FILTER (WHERE is_base) AS base, count(*) FILTER (WHERE NOT is_base) AS other
            FROM amounts CROSS JOIN bounds GROUP BY 1, 2 ORDER BY 1""",
        {"tier": tier, "buckets": buckets},
    )
