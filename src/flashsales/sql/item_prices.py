"""The frozen prices of sale items, as one part of the statements that read them."""

ITEM_PRICES = """(
    SELECT p.*, i.id AS item_id, i.sale_id, i.style_id, i.available, i.draw_units, i.limit_units, s.ends_at,
           coalesce(s.markdown_ends_at, s.ends_at) AS markdown_ends_at, l.terms
    FROM flashsales_saleitem i
    JOIN flashsales_sale s ON s.id = i.sale_id
    JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id
    LEFT JOIN pricing_pricelist l ON l.id = s.price_list_id
)"""
"""See `selectors.item_prices.item_prices_sql`."""

PRICE_AT = """pricing_price_at(p.wholesale_fen, p.lowest_fen, p.terms, p.markdown_ends_at,
                               least(%(at)s, p.ends_at - interval '1 microsecond'))"""
"""The price of an item of ITEM_PRICES `p` at an instant: the frozen price after the markdown steps taken by then. After the end it stays at
the last step."""
