"""Statements that read retail prices beside costs and floors of the frozen price list, and those that write them for services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.selectors.item_prices import item_prices_sql, price_at_sql
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


@dataclass(frozen=True, slots=True)
class GoodsToPrice:
    """A style of a sale with what its retail price depends on for one reseller, and the price that it has.

    `cost_fen` is what its most expensive SKU costs her at the instant, `floor_fen` the highest floor of the SKUs that keep their label,
    `tag_price_fen` the highest of its SKUs. The last three are those of her retail price, None where there is none.
    """

    sale_id: int
    style_id: int
    style_no: str
    name: str
    picture: str
    category_id: int | None
    cost_fen: int
    tag_price_fen: int
    floor_fen: int | None
    label_cut: bool
    available: int
    retail_fen: int | None
    by_rule: bool | None
    priced_cost_fen: int | None


def find_goods_to_price(
    *, reseller_id: int, tier: int, chosen: Sequence[tuple[int, int | None]], at: datetime
) -> list[GoodsToPrice]:
    """Chosen styles of published sales that are shown, in the order in which they were chosen; the cheapest of a whole sale first.

    A style is chosen by sale and style; None stands for all styles of the sale.
    """
    return sql.fetch(
        GoodsToPrice,
        f"""
        WITH goods AS (
            SELECT c.position, p.sale_id, p.style_id, max({price_at_sql()}) AS cost_fen, max(p.tag_price_fen) AS tag_price_fen,
                   max(p.retail_floor_fen) FILTER (WHERE p.labelling = 'kept') AS floor_fen,
                   bool_or(p.labelling = 'cut') AS label_cut, sum(p.available)::int AS available
            FROM unnest(%(sales)s::bigint[], %(styles)s::bigint[]) WITH ORDINALITY AS c(sale_id, style_id, position)
            JOIN flashsales_sale s ON s.id = c.sale_id AND s.state = 'published' AND s.preview_at <= %(at)s
            JOIN {item_prices_sql()} p ON p.sale_id = c.sale_id AND (c.style_id IS NULL OR p.style_id = c.style_id)
            WHERE p.tier = %(tier)s
            GROUP BY c.position, p.sale_id, p.style_id
        )
        SELECT g.sale_id, g.style_id, y.style_no, y.name, y.picture, y.category_id, g.cost_fen, g.tag_price_fen, g.floor_fen,
               g.label_cut, g.available, r.price_fen AS retail_fen, r.by_rule, r.cost_fen AS priced_cost_fen
        FROM goods g
        JOIN inventory_style y ON y.id = g.style_id
        LEFT JOIN forwarding_retailprice r ON r.reseller_id = %(reseller)s AND r.sale_id = g.sale_id AND r.style_id = g.style_id
        ORDER BY g.position, g.cost_fen, g.style_id
        """,  # noqa: S608 - a constant
        {
            "reseller": reseller_id,
            "tier": tier,
            "sales": [sale_id for sale_id, _ in chosen],
            "styles": [style_id for _, style_id in chosen],
            "at": at,
        },
    )


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A retail price to store, with the cost at which it was set."""

    sale_id: int
    style_id: int
    price_fen: int
    by_rule: bool
    cost_fen: int


def store_prices(*, reseller_id: int, prices: Sequence[NewPrice], now: datetime) -> None:
    """Set retail prices and record the changes (FORWARD-14), in one statement. The order of rows, sale and style, prevents deadlocks."""
    sql.execute(
        """
        WITH stored AS (
            INSERT INTO forwarding_retailprice AS r (reseller_id, sale_id, style_id, price_fen, by_rule, cost_fen, set_at)
            SELECT %(reseller)s, g.sale_id, g.style_id, g.price_fen, g.by_rule, g.cost_fen, %(now)s
            FROM unnest(%(sales)s::bigint[], %(styles)s::bigint[], %(prices)s::bigint[], %(by_rule)s::bool[], %(costs)s::bigint[])
                 AS g(sale_id, style_id, price_fen, by_rule, cost_fen)
            ORDER BY g.sale_id, g.style_id
            ON CONFLICT (reseller_id, sale_id, style_id) DO UPDATE
            SET price_fen = EXCLUDED.price_fen, by_rule = EXCLUDED.by_rule, cost_fen = EXCLUDED.cost_fen, set_at = EXCLUDED.set_at
            RETURNING r.sale_id, r.style_id, r.price_fen
        )
        INSERT INTO forwarding_retailpricechange (reseller_id, sale_id, style_id, price_fen, at)
        SELECT %(reseller)s, sale_id, style_id, price_fen, %(now)s FROM stored
        """,
        {
            "reseller": reseller_id,
            "sales": [each.sale_id for each in prices],
            "styles": [each.style_id for each in prices],
            "prices": [each.price_fen for each in prices],
            "by_rule": [each.by_rule for each in prices],
            "costs": [each.cost_fen for each in prices],
            "now": now,
        },
    )


def remove_prices(*, reseller_id: int, styles: Sequence[tuple[int, int]], now: datetime) -> None:
    """Remove retail prices, given as sale and style, and record that; what has no price stays as it is."""
    sql.execute(
        """
        WITH chosen AS (
            SELECT r.id FROM forwarding_retailprice r
            JOIN unnest(%(sales)s::bigint[], %(styles)s::bigint[]) AS c(sale_id, style_id)
              ON c.sale_id = r.sale_id AND c.style_id = r.style_id
            WHERE r.reseller_id = %(reseller)s ORDER BY r.sale_id, r.style_id FOR UPDATE OF r
        ), removed AS (
            DELETE FROM forwarding_retailprice r USING chosen c WHERE r.id = c.id RETURNING r.sale_id, r.style_id
        )
        INSERT INTO forwarding_retailpricechange (reseller_id, sale_id, style_id, price_fen, at)
        SELECT %(reseller)s, sale_id, style_id, NULL, %(now)s FROM removed
        """,
        {
            "reseller": reseller_id,
            "sales": [sale_id for sale_id, _ in styles],
            "styles": [style_id for _, style_id in styles],
            "now": now,
        },
    )
