"""Goods and stock, for programs."""

from typing import Any

from ninja import Query, Router, Schema, Status

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import SIGN_IN_ROLES, Role
from brands.selectors import brand_of
from inventory.selectors import stock
from inventory.services import stock as inventory_stock
from kernel import clock
from web.money import YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Text, Whole, Word

router = Router(tags=["inventory"])


class CategoryOut(Schema):
    id: int
    code: str
    name_zh: str
    name_en: str
    parent_id: int | None
    admitted: bool


class CategoriesIn(Input):
    categories: list[Word]


class StockAdjustmentIn(Input):
    units: Whole
    reason: Text
    key: Word


class SkuOut(Schema):
    id: int
    style_no: str
    name: str
    category: str
    colour: str
    size: str
    barcode: str | None
    tag_price: YuanOut = fen_of("tag_price_fen")
    base_price: YuanOut = fen_of("base_price_fen")
    on_hand: int
    allotted: int
    free: int
    defects: str


@router.get("/categories", response=list[CategoryOut], auth=RoleAuth(*SIGN_IN_ROLES))
def list_categories(request: ActorRequest) -> Any:
    """The whole tree of categories; those not admitted are named too."""
    return stock.categories()


@router.put("/brands/{int:brand_id}/categories", response=CategoriesIn, auth=RoleAuth(Role.OPS))
def set_brand_categories(request: ActorRequest, brand_id: int, body: CategoriesIn) -> Any:
    """The categories that a brand is admitted for, by code; a parent stands for all below it."""
    inventory_stock.set_brand_categories(actor=request.auth, brand_id=brand_id, codes=body.categories, now=clock.now())
    return {"categories": stock.categories_of_brand(brand_id)}


@router.get("/brands/{int:brand_id}/skus", response=PageOut[SkuOut], auth=RoleAuth(Role.OPS))
def skus_of_brand(
    request: ActorRequest, brand_id: int, page: Query[PageQuery], words: Word = "", only_free: bool = False
) -> Any:
    return stock.skus_of_brand(brand_id, words=words, only_free=only_free, cursor=page.cursor, limit=page.limit)


@router.get("/stock", response=PageOut[SkuOut], auth=RoleAuth(Role.BRAND))
def my_stock(request: ActorRequest, page: Query[PageQuery], words: Word = "", only_free: bool = False) -> Any:
    """The clerk's own brand's stock; `words` is the beginning of a style number, a part of a name, or a barcode."""
    brand = brand_of(request.auth)
    return stock.skus_of_brand(brand.id, words=words, only_free=only_free, cursor=page.cursor, limit=page.limit)


@router.post("/skus/{int:sku_id}/adjust", response={204: None}, auth=RoleAuth(Role.OPS))
def adjust(request: ActorRequest, sku_id: int, body: StockAdjustmentIn) -> Any:
    """Correct by hand what is on hand; the same key counts once."""
    inventory_stock.adjust(
        actor=request.auth, sku_id=sku_id, units=body.units, reason=body.reason, key=body.key, now=clock.now()
    )
    return Status(204, None)
