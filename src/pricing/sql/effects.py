# ruff: noqa: S608 - statements are composed of constants of this package; every value is a parameter
"""Statements that count what rules do to SKUs, over the tables that `compute_prices` loads."""

from dataclasses import dataclass

from db import sql
from membership.rules.tiers import TIER_COUNT
from pricing.sql.compute_prices import COMPUTED_PRICES, QuoteParameters

BEFORE, AFTER = "pricing_before", "pricing_after"
PUBLISHED, LATER = "pricing_published", "pricing_later"


@dataclass(frozen=True, slots=True)
class EffectCounts:
    """SKUs by their outcome before and after a change of the rules."""

    skus: int
    cut_before: int
    cut_after: int
    cut_newly: int
    raised_before: int
    raised_after: int
    raised_newly: int
    excluded_before: int
    excluded_after: int
    excluded_newly: int
    broken_before: int
    broken_after: int
    broken_newly: int
    dearer: int
    cheaper: int


@dataclass(frozen=True, slots=True)
class PublicationCounts:
    """SKUs of a sale by what the rules do to them.

    `cut_by_discount` counts SKUs whose base price is not below the floor, so that only a tier's discount cuts their label;
    `raised_by_discount` and `excluded_by_discount` count the same for the other actions.
    """

    skus: int
    kept: int
    cut: int
    raised: int
    excluded: int
    broken: int
    cut_by_discount: int
    raised_by_discount: int
    excluded_by_discount: int


@dataclass(frozen=True, slots=True)
class NamedSku:
    sku_id: int
    style_no: str
    colour: str
    size: str


@dataclass(frozen=True, slots=True)
class EqualTiers:
    """Two neighbouring tiers that pay the same for `skus` SKUs because of the price ending, although their discounts differ."""

    lower: int
    higher: int
    skus: int


def count_effect() -> EffectCounts:
    """Outcomes by the quotes in BEFORE and AFTER."""
    return sql.fetch_one(
        EffectCounts,
        f"""SELECT count(*) AS skus,
                   count(*) FILTER (WHERE b.cut) AS cut_before, count(*) FILTER (WHERE a.cut) AS cut_after,
                   count(*) FILTER (WHERE a.cut AND NOT b.cut) AS cut_newly,
                   count(*) FILTER (WHERE b.raised) AS raised_before, count(*) FILTER (WHERE a.raised) AS raised_after,
                   count(*) FILTER (WHERE a.raised AND NOT b.raised) AS raised_newly,
                   count(*) FILTER (WHERE b.excluded) AS excluded_before, count(*) FILTER (WHERE a.excluded) AS excluded_after,
                   count(*) FILTER (WHERE a.excluded AND NOT b.excluded) AS excluded_newly,
                   count(b.broken) AS broken_before, count(a.broken) AS broken_after,
                   count(a.broken) FILTER (WHERE b.broken IS NULL) AS broken_newly,
                   count(*) FILTER (WHERE NOT b.excluded AND NOT a.excluded AND a.wholesale_fen > b.wholesale_fen) AS dearer,
                   count(*) FILTER (WHERE NOT b.excluded AND NOT a.excluded AND a.wholesale_fen < b.wholesale_fen) AS cheaper
            FROM {BEFORE} AS b JOIN {AFTER} AS a USING (sku_id)""",
        {},
    )


def count_publication(parameters: QuoteParameters) -> PublicationCounts:
    """What the rules do to the SKUs in PUBLISHED, and what they would not do without the discount."""
    return sql.fetch_one(
        PublicationCounts,
        f"""WITH {COMPUTED_PRICES.format(inputs=PUBLISHED)}
            SELECT count(*) AS skus, count(*) FILTER (WHERE NOT cut AND NOT excluded) AS kept, count(*) FILTER (WHERE cut) AS cut,
                   count(*) FILTER (WHERE raised) AS raised, count(*) FILTER (WHERE excluded) AS excluded,
                   count(broken) AS broken,
                   count(*) FILTER (WHERE cut AND base_price_fen >= floor_fen) AS cut_by_discount,
                   count(*) FILTER (WHERE raised AND base_price_fen >= floor_fen) AS raised_by_discount,
                   count(*) FILTER (WHERE excluded AND base_price_fen >= floor_fen) AS excluded_by_discount
            FROM checked""",
        parameters.values(),
    )


def find_cut_by_discount(*, limit: int) -> list[NamedSku]:
    """The first SKUs in PUBLISHED whose label is cut although their base price is not below the floor."""
    return sql.fetch(
        NamedSku,
        f"""SELECT p.sku_id, style.style_no, sku.colour, sku.size
            FROM {PUBLISHED} AS p JOIN inventory_sku AS sku ON sku.id = p.sku_id
            JOIN inventory_style AS style ON style.id = p.style_id
            WHERE p.cut AND p.base_price_fen >= p.floor_fen ORDER BY p.sku_id LIMIT %(limit)s""",
        {"limit": limit},
    )


def count_equal_tiers(parameters: QuoteParameters) -> list[EqualTiers]:
    """Neighbouring tiers that pay the same for SKUs in PUBLISHED only because of the price ending."""
    return sql.fetch(
        EqualTiers,
        f"""WITH {COMPUTED_PRICES.format(inputs=PUBLISHED)}, neighbours AS (
                SELECT tier, excluded, price_fen, wholesale_fen, lead(price_fen) OVER by_tier AS next_price_fen,
                       lead(wholesale_fen) OVER by_tier AS next_wholesale_fen
                FROM checked WINDOW by_tier AS (PARTITION BY sku_id ORDER BY tier)
            )
            SELECT tier AS lower, tier + 1 AS higher, count(*) AS skus FROM neighbours
            WHERE NOT excluded AND price_fen <> next_price_fen AND wholesale_fen = next_wholesale_fen
            GROUP BY tier ORDER BY tier""",
        parameters.for_tiers(range(TIER_COUNT)).values(),
    )


def count_changes_by_control() -> dict[int, tuple[int, int]]:
    """For each control that applies in LATER: SKUs, and those of them whose label or price it changes against PUBLISHED."""
    rows = sql.rows(
        f"""SELECT later.control_id, count(*) AS skus,
                   count(*) FILTER (WHERE (later.cut, later.raised, later.excluded)
                                          IS DISTINCT FROM (p.cut, p.raised, p.excluded)
                                       OR (later.raised AND later.floor_fen <> p.floor_fen)) AS changed
            FROM {LATER} AS later JOIN {PUBLISHED} AS p ON p.sku_id = later.sku_id
            WHERE later.control_id IS NOT NULL GROUP BY later.control_id""",
        {},
    )
    return {row["control_id"]: (row["skus"], row["changed"]) for row in rows}
