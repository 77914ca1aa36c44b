"""The statement that publication writes with."""

from db import sql


def insert_style_listings(*, sale_id: int) -> None:
    """Write the list of styles that each tier sees, from the items and the frozen prices of a sale."""
    sql.execute(
        """
        INSERT INTO flashsales_stylelisting
            (sale_id, style_id, tier, category_id, from_price_fen, lowest_fen, tag_price_fen, label_cut, sizes)
        SELECT i.sale_id, i.style_id, p.tier, y.category_id, min(p.wholesale_fen),
               (array_agg(p.lowest_fen ORDER BY p.wholesale_fen, p.lowest_fen))[1], max(p.tag_price_fen),
               bool_or(p.labelling = 'cut'), array_agg(DISTINCT k.size)
        FROM flashsales_saleitem i
        JOIN flashsales_sale s ON s.id = i.sale_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id
        WHERE i.sale_id = %(sale)s
        GROUP BY i.sale_id, i.style_id, p.tier, y.category_id
        """,
        {"sale": sale_id},
    )
