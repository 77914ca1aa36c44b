"""Reads of sales: for ops and brands (`sales`), for resellers (`goods`), and the check of the books (`books`)."""

from flashsales.queries.books import breaches
from flashsales.queries.goods import GoodsFilter, ItemView, ShelfView, StyleInSale, goods, sizes_on_sale, style_in_sale
from flashsales.queries.sales import (
    NoSuchSale,
    SaleItemView,
    SaleNumbers,
    SaleView,
    items_of_sale,
    numbers,
    open_sales,
    sale,
    sale_view,
    sales,
)

__all__ = [
    "GoodsFilter",
    "ItemView",
    "NoSuchSale",
    "SaleItemView",
    "SaleNumbers",
    "SaleView",
    "ShelfView",
    "StyleInSale",
    "breaches",
    "goods",
    "items_of_sale",
    "numbers",
    "open_sales",
    "sale",
    "sale_view",
    "sales",
    "sizes_on_sale",
    "style_in_sale",
]
