"""The statement that publication writes with."""

from db import sql
from flashsales.sql.item_prices import ITEM_PRICES


def insert_style_listings(*, sale_id: int) -> None:
    """Write the list of styles that each tier sees, from the items and the frozen prices of a sale."""
    sql.execute(
        f"""
        INSERT INTO flashsales_stylelisting
            (sale_id, style_id, tier, category_id, from_price_fen, lowest_fen, tag_price_fen, label_cut, sizes)
        SELECT p.sale_id, p.style_id, p.tier, y.category_id, min(p.wholesale_fen),
               (array_agg(p.lowest_fen ORDER BY p.wholesale_fen, p.lowest_fen))[1], max(p.tag_price_fen),
               bool_or(p.labelling = 'cut'), array_agg(DISTINCT k.size)
        FROM {ITEM_PRICES} p
        JOIN inventory_sku k ON k.id = p.sku_id
        JOIN inventory_style y ON y.id = p.style_id
        WHERE p.sale_id = %(sale)s
        GROUP BY p.sale_id, p.style_id, p.tier, y.category_id
        """,  # noqa: S608 - a constant
        {"sale": sale_id},
    )
