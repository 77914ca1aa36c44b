"""Statements that read retail prices beside the floors of the frozen price list."""

from collections.abc import Mapping

from db import sql
from flashsales.selectors.item_prices import item_prices_sql
from forwarding.rules.prices import PriceBesideFloor


def find_prices_beside_floors(*, sale_id: int, tiers: Mapping[int, int], limit: int) -> list[PriceBesideFloor]:
    """The retail prices of a sale with the floor at each reseller's tier; the price furthest below its floor comes first.

    `tiers` maps resellers to their tiers.
    """
    return sql.fetch(
        PriceBesideFloor,
        f"""
        SELECT r.reseller_id, person.name AS reseller_name, m.tier, r.style_id, y.style_no, y.name AS style_name, r.price_fen,
               r.set_at, max(p.tag_price_fen) AS tag_price_fen, bool_or(p.labelling = 'kept') AS labelled,
               max(p.retail_floor_fen) FILTER (WHERE p.labelling = 'kept') AS floor_fen
        FROM forwarding_retailprice r
        JOIN unnest(%(resellers)s::bigint[], %(tiers)s::int[]) AS m(id, tier) ON m.id = r.reseller_id
        JOIN membership_reseller member ON member.id = m.id JOIN accounts_person person ON person.id = member.person_id
        JOIN inventory_style y ON y.id = r.style_id
        JOIN {item_prices_sql()} p ON p.sale_id = r.sale_id AND p.style_id = r.style_id AND p.tier = m.tier
        WHERE r.sale_id = %(sale)s
        GROUP BY r.id, person.name, m.tier, y.style_no, y.name
        ORDER BY r.price_fen - coalesce(max(p.retail_floor_fen) FILTER (WHERE p.labelling = 'kept'), 0), r.id
        LIMIT %(limit)s
        """,  # noqa: S608 - a constant
        {"sale": sale_id, "resellers": list(tiers), "tiers": [int(tier) for tier in tiers.values()], "limit": limit},
    )


def find_floors(*, sale_id: int, tier: int) -> dict[int, int]:
    """The highest floor among the SKUs of each style that keep their label, by style, in fen."""
    rows = sql.rows(
        f"""
        SELECT p.style_id, max(p.retail_floor_fen) AS floor_fen FROM {item_prices_sql()} p
        WHERE p.sale_id = %(sale)s AND p.tier = %(tier)s AND p.labelling = 'kept' AND p.retail_floor_fen IS NOT NULL
        GROUP BY 1
        """,  # noqa: S608 - a constant
        {"sale": sale_id, "tier": tier},
    )
    return {row["style_id"]: row["floor_fen"] for row in rows}
