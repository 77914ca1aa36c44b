"""The frozen prices of sale items, for the statements of other apps."""

from flashsales.sql.item_prices import ITEM_PRICES, PRICE_AT


def item_prices_sql() -> str:
    """To stand after FROM or JOIN: each price list row of each item of a published sale, one per tier.

    Its columns are those of the row, and item_id, sale_id, style_id, available and limit_units of the item, ends_at and markdown_ends_at of
    the sale, and the terms of the price list.
    """
    return ITEM_PRICES


def price_at_sql() -> str:
    """The price of an item of `item_prices_sql`, whose alias is `p`, at the instant of the parameter `at`."""
    return PRICE_AT
