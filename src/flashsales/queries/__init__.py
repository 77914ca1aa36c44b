"""Reads of sales: for ops and brands (`sales`), for resellers (`goods`), and the check of the books (`books`)."""

from flashsales.queries.books import breaches
from flashsales.queries.goods import (
    GoodsFilter,
    ItemView,
    ShelfView,
    StyleInSale,
    categories_on_sale,
    goods,
    size_order,
    sizes_on_sale,
    style_in_sale,
)
from flashsales.queries.sales import (
    NoSuchSale,
    SaleItemView,
    SaleNumbers,
    SaleView,
    StyleUnits,
    items_of_sale,
    ladder_has_begun,
    numbers,
    open_sales,
    sale,
    sale_view,
    sales,
    sell_through,
    sku_ids_of_sale,
)
from flashsales.queries.scheduled import ScheduledSale, scheduled_sales
from flashsales.queries.why import why_of_brand, why_of_reseller

__all__ = [
    "GoodsFilter",
    "ItemView",
    "NoSuchSale",
    "SaleItemView",
    "SaleNumbers",
    "SaleView",
    "ScheduledSale",
    "ShelfView",
    "StyleInSale",
    "StyleUnits",
    "breaches",
    "categories_on_sale",
    "goods",
    "items_of_sale",
    "ladder_has_begun",
    "numbers",
    "open_sales",
    "sale",
    "sale_view",
    "sales",
    "scheduled_sales",
    "sell_through",
    "size_order",
    "sizes_on_sale",
    "sku_ids_of_sale",
    "style_in_sale",
    "why_of_brand",
    "why_of_reseller",
]
