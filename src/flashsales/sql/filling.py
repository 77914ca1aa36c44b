"""The statements that write the items of a draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from db import sql

_WRITE = """
INSERT INTO flashsales_saleitem (sale_id, sku_id, style_id, planned, limit_units, allotted, available, held, sold, returned, is_drawn)
SELECT %(sale)s, sku_id, style_id, units, limit_units, 0, 0, 0, 0, 0, coalesce((
    SELECT bool_and(o.is_drawn) FROM flashsales_saleitem o WHERE o.sale_id = %(sale)s AND o.style_id = written.style_id), false)
FROM written ORDER BY sku_id
ON CONFLICT (sale_id, sku_id) DO UPDATE SET planned = excluded.planned, limit_units = excluded.limit_units
"""


@dataclass(frozen=True, slots=True)
class FilledItems:
    """How many items were written, and the most units that one of them has."""

    skus: int
    max_units: int


def fill_from_stock(
    *,
    sale_id: int,
    brand_id: int,
    search: str,
    category_ids: Sequence[int] | None,
    season: str,
    year: int | None,
    min_units: int,
    max_style_units: int | None,
    limit_units: int | None,
) -> FilledItems:
    """Write the items that `rules.filling.planned_units` chooses of a brand's free stock; `category_ids` None: of all categories.

    Items that are in the draft already get the new units and limit.
    """
    return sql.fetch_one(
        FilledItems,
        f"""
        WITH chosen AS MATERIALIZED (
            SELECT k.id AS sku_id, k.style_id, (k.on_hand - k.allotted)::bigint AS free,
                   sum((k.on_hand - k.allotted)::bigint) OVER (PARTITION BY k.style_id)::bigint AS total
            FROM inventory_sku k JOIN inventory_style y ON y.id = k.style_id
            WHERE k.brand_id = %(brand)s AND k.on_hand > k.allotted AND k.on_hand - k.allotted >= %(min_units)s
              AND (%(search)s = '' OR starts_with(upper(y.style_no), upper(%(search)s))
                   OR position(upper(%(search)s) IN upper(y.name)) > 0)
              AND (%(categories)s::bigint[] IS NULL OR y.category_id = ANY (%(categories)s::bigint[]))
              AND (%(season)s = '' OR y.season = %(season)s)
              AND (%(year)s::int IS NULL OR y.year = %(year)s::int)
        ), divided AS (
            SELECT *, CASE WHEN total > %(most)s::bigint THEN %(most)s::bigint * free / total ELSE free END AS share,
                   CASE WHEN total > %(most)s::bigint THEN %(most)s::bigint * free %% total ELSE 0 END AS remainder
            FROM chosen
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY style_id ORDER BY remainder DESC, sku_id) AS place,
                   least(total, coalesce(%(most)s::bigint, total)) - sum(share) OVER (PARTITION BY style_id) AS left_over
            FROM divided
        ), written AS (
            SELECT sku_id, style_id, share + (place <= left_over)::int AS units, %(limit)s::int AS limit_units FROM ranked
            WHERE share + (place <= left_over)::int > 0
        ), filled AS ({_WRITE} RETURNING planned)
        SELECT count(*)::int AS skus, coalesce(max(planned), 0)::int AS max_units FROM filled
        """,  # noqa: S608 - a constant
        {
            "sale": sale_id,
            "brand": brand_id,
            "search": search,
            "categories": None if category_ids is None else list(category_ids),
            "season": season,
            "year": year,
            "min_units": min_units,
            "most": max_style_units,
            "limit": limit_units,
        },
    )


def write_items(
    *, sale_id: int, brand_id: int, sku_ids: Sequence[int], units: Sequence[int], limits: Sequence[int | None]
) -> list[int]:
    """Write items of SKUs of a brand; the sequences are of one length, and each SKU stands in them once. Returns the SKUs of the brand."""
    return sql.column(
        f"""
        WITH written AS (
            SELECT k.id AS sku_id, k.style_id, l.units, l.limit_units
            FROM unnest(%(skus)s::bigint[], %(units)s::int[], %(limits)s::int[]) AS l (sku_id, units, limit_units)
            JOIN inventory_sku k ON k.id = l.sku_id AND k.brand_id = %(brand)s
        )
        {_WRITE} RETURNING sku_id
        """,  # noqa: S608 - a constant
        {
            "sale": sale_id,
            "brand": brand_id,
            "skus": list(sku_ids),
            "units": list(units),
            "limits": list(limits),
        },
    )


def delete_items(*, sale_id: int, sku_ids: Sequence[int]) -> None:
    """Delete the items of SKUs from a draft."""
    sql.execute(
        "DELETE FROM flashsales_saleitem WHERE sale_id = %(sale)s AND sku_id = ANY (%(skus)s::bigint[])",
        {"sale": sale_id, "skus": list(sku_ids)},
    )


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """How many SKUs a line may mean, and the first of them; 0 where there is none."""

    sku_id: int
    count: int


def match_lines(
    *,
    brand_id: int,
    barcodes: Sequence[str],
    style_nos: Sequence[str],
    colours: Sequence[str],
    sizes: Sequence[str],
) -> list[MatchedLine]:
    """The SKUs of a brand that lines name, in their order: by barcode, or where it is "" by style number, colour and size, without regard
    to letter case. A colour "" stands for any. The sequences are of one length."""
    statement = """
        WITH lines AS MATERIALIZED (
            SELECT place, barcode, upper(style_no) AS style_no, upper(colour) AS colour, upper(size) AS size
            FROM unnest(%(barcodes)s::text[], %(style_nos)s::text[], %(colours)s::text[], %(sizes)s::text[])
                WITH ORDINALITY AS l (barcode, style_no, colour, size, place)
        ), goods AS MATERIALIZED (
            SELECT k.id, k.barcode, upper(y.style_no) AS style_no, upper(k.colour) AS colour, upper(k.size) AS size
            FROM inventory_sku k JOIN inventory_style y ON y.id = k.style_id AND y.brand_id = %(brand)s
            WHERE k.brand_id = %(brand)s AND k.listed
        ), meant AS (
            SELECT l.place, g.id FROM lines l JOIN goods g ON g.barcode = l.barcode WHERE l.barcode <> ''
            UNION ALL
            SELECT l.place, g.id FROM lines l JOIN goods g ON g.style_no = l.style_no AND g.size = l.size
            WHERE l.barcode = '' AND (l.colour = '' OR g.colour = l.colour)
        ), counted AS (SELECT place, min(id) AS sku_id, count(*)::int AS count FROM meant GROUP BY place)
        SELECT coalesce(c.sku_id, 0) AS sku_id, coalesce(c.count, 0) AS count
        FROM lines l LEFT JOIN counted c ON c.place = l.place ORDER BY l.place
        """
    with sql.without_nested_loops():
        return sql.fetch(
            MatchedLine,
            statement,
            {
                "brand": brand_id,
                "barcodes": list(barcodes),
                "style_nos": list(style_nos),
                "colours": list(colours),
                "sizes": list(sizes),
            },
        )
