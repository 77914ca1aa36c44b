"""Goods of live sales as workbooks name them: by barcode, or by style number, colour and size."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from flashsales.models import SaleItem
from flashsales.rules import QuantityTerms, max_units_for
from flashsales.selectors.offers import read_quantity_terms
from flashsales.sql import goods as statements
from flashsales.sql.goods import LiveGoods
from kernel.sizes import size_sort_key


@dataclass(frozen=True, slots=True)
class GoodsForSale:
    """A SKU that a reseller may buy now: her price in fen, and how many units stock and limits leave her, and in which quantities
    its style is ordered."""

    item_id: int
    style_no: str
    name: str
    colour: str
    size: str
    barcode: str
    price_fen: int
    max_units: int
    quantity_terms: QuantityTerms | None


def find_live_goods(
    *, barcodes: Collection[str], style_nos: Collection[str], sku_ids: Collection[int], at: datetime
) -> list[LiveGoods]:
    """The SKUs in live sales with one of these barcodes, of a style with one of these numbers (as typed, in capitals or in small letters),
    or named by id; in one statement."""
    spellings = {spelling for number in style_nos for spelling in (number, number.upper(), number.lower())}
    return statements.find_live_goods(
        barcodes=sorted(barcodes), style_nos=sorted(spellings), sku_ids=sorted(sku_ids), at=at
    )


def skus_of_items(item_ids: Collection[int]) -> dict[int, int]:
    """The SKU of each sale item; one that does not exist is missing."""
    return dict(SaleItem.objects.filter(pk__in=item_ids).values_list("pk", "sku_id"))


def list_goods_for_sale(
    *, tier: int, reseller_id: int, at: datetime, sale_id: int | None = None, limit: int
) -> list[GoodsForSale]:
    """Up to `limit` SKUs of live sales, or of one, that a reseller may buy now, style by style with the sizes in order."""
    rows = statements.list_live_goods(tier=tier, reseller_id=reseller_id, sale_id=sale_id, limit=limit, at=at)
    goods = [
        (
            row,
            max_units_for(
                available=row.available,
                limits=[(row.item_limit, row.item_taken), (row.sale_limit, row.sale_taken)],
            ),
        )
        for row in rows
    ]
    goods.sort(key=lambda each: (each[0].sale_id, each[0].style_no, each[0].colour, size_sort_key(each[0].size)))
    return [
        view_of(GoodsForSale, row, max_units=max_units, quantity_terms=read_quantity_terms(row.quantity_terms))
        for row, max_units in goods
    ]
