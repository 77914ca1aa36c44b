"""Statements of placements that are committed together: what each may take, and the units that they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.sql.freight import FREIGHT_TERMS
from flashsales.sql.item_prices import ITEM_PRICES, PRICE_AT


def lock_items_without_sales(*, item_ids: Sequence[int]) -> None:
    """Lock items until the transaction ends, but not their sales, as `waiting.lock_items` does. Give the ids in ascending order."""
    sql.rows(
        "SELECT id FROM flashsales_saleitem WHERE id = ANY(%(items)s::bigint[]) ORDER BY id FOR UPDATE",
        {"items": list(item_ids)},
        prepared=True,
    )


_OFFERS_OF_PLACEMENTS = f"""
SELECT asked.placement, i.id AS item_id, i.sale_id, s.brand_id, i.style_id, i.sku_id, k.colour, k.size,
       i.available, s.title AS sale_title,
       concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS description,
       s.state, s.preview_at, s.starts_at, s.ends_at, s.opening_delays, {PRICE_AT.replace("%(at)s", "asked.at")} AS price_fen,
       i.limit_units AS item_limit, coalesce(it.units, 0) AS item_taken,
       s.limit_units AS sale_limit, coalesce(st.units, 0) AS sale_taken,
       y.style_no, y.name, y.picture, b.name AS brand_name, b.min_order_fen, b.min_order_units,
       coalesce(qs.terms, qa.terms) AS quantity_terms, {FREIGHT_TERMS} AS freight_terms,
       g.rate AS admission_rate, a.admitted_from, i.draw_units,
       p.id AS price_row_id, p.brand_payable_fen AS payable_fen, p.labelling, p.retail_floor_fen,
       EXISTS (
           SELECT FROM flashsales_reservation r
           WHERE r.item_id = i.id AND r.reseller_id = asked.reseller_id AND r.ended_at IS NULL AND r.until > asked.at
       ) AS is_reserved
FROM unnest(%(placements)s::int[], %(items)s::bigint[], %(resellers)s::bigint[], %(tiers)s::int[], %(at)s::timestamptz[])
    AS asked (placement, item_id, reseller_id, tier, at)
JOIN flashsales_saleitem i ON i.id = asked.item_id
JOIN flashsales_sale s ON s.id = i.sale_id
JOIN inventory_sku k ON k.id = i.sku_id
JOIN inventory_style y ON y.id = i.style_id
JOIN brands_brand b ON b.id = s.brand_id
LEFT JOIN {ITEM_PRICES} p ON p.item_id = i.id AND p.tier = asked.tier
LEFT JOIN flashsales_itemtally it ON it.item_id = i.id AND it.reseller_id = asked.reseller_id
LEFT JOIN flashsales_saletally st ON st.sale_id = i.sale_id AND st.reseller_id = asked.reseller_id
LEFT JOIN flashsales_waitingroom g ON g.sale_id = i.sale_id
LEFT JOIN flashsales_roomticket a ON a.sale_id = i.sale_id AND a.reseller_id = asked.reseller_id
LEFT JOIN flashsales_salefreightterms f ON f.id = s.freight_terms_id
LEFT JOIN flashsales_stylequantityterms qs ON qs.style_id = i.style_id AND qs.sale_id = i.sale_id
LEFT JOIN flashsales_stylequantityterms qa ON qa.style_id = i.style_id AND qa.sale_id IS NULL
"""  # noqa: S608 - the inserted parts are constants


@dataclass(frozen=True, slots=True)
class PlacementOfferRow:
    """A sale item as the placement with the number `placement` finds it, at its own instant and for its own reseller.

    `is_reserved`: units of it are reserved for her; they do not count as available here.
    """

    placement: int
    item_id: int
    sale_id: int
    brand_id: int
    style_id: int
    sku_id: int
    colour: str
    size: str
    available: int
    sale_title: str
    description: str
    state: str
    preview_at: datetime
    starts_at: datetime
    ends_at: datetime
    opening_delays: list[int] | None
    price_fen: int | None
    item_limit: int | None
    item_taken: int
    sale_limit: int | None
    sale_taken: int
    style_no: str
    name: str
    picture: str
    brand_name: str
    min_order_fen: int | None
    min_order_units: int | None
    quantity_terms: str | None
    freight_terms: str | None
    admission_rate: int | None
    admitted_from: datetime | None
    draw_units: int
    price_row_id: int | None
    payable_fen: int | None
    labelling: str | None
    retail_floor_fen: int | None
    is_reserved: bool


def read_offers_of_placements(
    *,
    placements: Sequence[int],
    item_ids: Sequence[int],
    reseller_ids: Sequence[int],
    tiers: Sequence[int],
    at: Sequence[datetime],
) -> list[PlacementOfferRow]:
    """What each placement may take of each of its items; the arrays are of one length. An item that does not exist is missing.

    The items must be locked by this transaction.
    """
    return sql.fetch(
        PlacementOfferRow,
        _OFFERS_OF_PLACEMENTS,
        {
            "placements": list(placements),
            "items": list(item_ids),
            "resellers": list(reseller_ids),
            "tiers": list(tiers),
            "at": list(at),
        },
        prepared=True,
    )


HOLD_UNITS_OF_PLACEMENTS = """
    held_items AS (
        UPDATE flashsales_saleitem i SET available = i.available - t.units, held = i.held + t.units
        FROM (SELECT item_id, sum(units)::int AS units FROM taken GROUP BY item_id) t
        WHERE i.id = t.item_id AND i.available >= t.units
        RETURNING i.id
    ), raised_item_tallies AS (
        INSERT INTO flashsales_itemtally AS t (item_id, reseller_id, units)
        SELECT item_id, reseller_id, sum(units) FROM taken GROUP BY item_id, reseller_id ORDER BY item_id, reseller_id
        ON CONFLICT (item_id, reseller_id) DO UPDATE SET units = t.units + excluded.units
        WHERE t.units + excluded.units <= coalesce(
            (SELECT i.limit_units FROM flashsales_saleitem i WHERE i.id = t.item_id), 2147483647)
        RETURNING item_id
    ), raised_sale_tallies AS (
        INSERT INTO flashsales_saletally AS t (sale_id, reseller_id, units)
        SELECT sale_id, reseller_id, sum(units) FROM taken GROUP BY sale_id, reseller_id ORDER BY sale_id, reseller_id
        ON CONFLICT (sale_id, reseller_id) DO UPDATE SET units = t.units + excluded.units
        WHERE t.units + excluded.units <= coalesce((SELECT s.limit_units FROM flashsales_sale s WHERE s.id = t.sale_id), 2147483647)
        RETURNING sale_id
    )
"""
"""Parts of a statement that hold units of several resellers at once. The statement has a part `taken` with the columns item_id, sale_id,
reseller_id and units, and compares how many rows these parts return with how many items and pairs `taken` has: where one is missing, units
or a limit were used up meanwhile, and the caller rolls back. The items are locked, and what is held was decided before."""
