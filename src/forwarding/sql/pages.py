"""Statements that read what the page of a forward is made of."""

from typing import Any

from db import sql


def find_priced_items(
    *, reseller_id: int, tier: int, sale_id: int, style_id: int | None, max_styles: int
) -> list[dict[str, Any]]:
    """The items of the styles that a reseller has priced in a sale, or of one style; the style priced last comes first."""
    return sql.rows(
        """
        WITH priced AS (
            SELECT r.id, r.style_id, r.price_fen FROM forwarding_retailprice r
            WHERE r.reseller_id = %(reseller)s AND r.sale_id = %(sale)s
              AND (%(style)s::bigint IS NULL OR r.style_id = %(style)s)
            ORDER BY r.set_at DESC, r.id DESC LIMIT %(max_styles)s
        )
        SELECT i.id AS item_id, i.style_id, y.style_no, y.name, c.name_zh AS category, y.picture, y.defects, k.colour, k.size,
               i.available, p.labelling, p.retail_floor_fen AS floor_fen, r.price_fen
        FROM priced r
        JOIN flashsales_sale s ON s.id = %(sale)s
        JOIN flashsales_saleitem i ON i.sale_id = s.id AND i.style_id = r.style_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        LEFT JOIN inventory_category c ON c.id = y.category_id
        JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
        ORDER BY r.id DESC, i.id
        """,
        {"reseller": reseller_id, "tier": tier, "sale": sale_id, "style": style_id, "max_styles": max_styles},
    )


def get_page_names(*, reseller_id: int, sale_id: int) -> dict[str, Any]:
    """`brand_name`, `sale_title` and `reseller_name`."""
    [row] = sql.rows(
        """
        SELECT b.name AS brand_name, s.title AS sale_title, person.name AS reseller_name
        FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id,
             membership_reseller m JOIN accounts_person person ON person.id = m.person_id
        WHERE s.id = %(sale)s AND m.id = %(reseller)s
        """,
        {"reseller": reseller_id, "sale": sale_id},
    )
    return row
