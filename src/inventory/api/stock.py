"""Goods and stock, for programs."""

from dataclasses import dataclass

from ninja import Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import SIGN_IN_ROLES, Role
from brands.selectors.brands import require_own_brand
from inventory.selectors import stock
from inventory.services import stock as inventory_stock
from kernel import clock
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["inventory"])


class CategoriesIn(Input):
    categories: list[Word]


@dataclass(frozen=True, slots=True)
class BrandCategoriesView:
    """The categories that a brand is admitted for, by code."""

    categories: list[str]


class StockAdjustmentIn(Input):
    units: Whole
    reason: Text
    key: Word


@router.get("/categories", auth=RoleAuth(*SIGN_IN_ROLES))
def list_categories(request: ActorRequest) -> list[stock.CategoryView]:
    """The whole tree of categories; those not admitted are named too."""
    return stock.categories()


@router.put("/brands/{int:brand_id}/categories", auth=RoleAuth(Role.OPS))
def set_brand_categories(request: ActorRequest, brand_id: int, body: CategoriesIn) -> BrandCategoriesView:
    """The categories that a brand is admitted for, by code; a parent stands for all below it."""
    inventory_stock.set_brand_categories(actor=request.auth, brand_id=brand_id, codes=body.categories, now=clock.now())
    return BrandCategoriesView(stock.categories_of_brand(brand_id))


@router.get("/brands/{int:brand_id}/skus", auth=RoleAuth(Role.OPS))
def skus_of_brand(
    request: ActorRequest, brand_id: int, page: Query[PageQuery], search: Word = "", free_only: bool = False
) -> Page[stock.SkuView]:
    return stock.skus_of_brand(brand_id, search=search, free_only=free_only, cursor=page.cursor, limit=page.limit)


@router.get("/stock", auth=RoleAuth(Role.BRAND))
def my_stock(
    request: ActorRequest, page: Query[PageQuery], search: Word = "", free_only: bool = False
) -> Page[stock.SkuView]:
    """The clerk's own brand's stock; `search` is the beginning of a style number, a part of a name, or a barcode."""
    brand = require_own_brand(request.auth)
    return stock.skus_of_brand(brand.id, search=search, free_only=free_only, cursor=page.cursor, limit=page.limit)


@router.post("/skus/{int:sku_id}/adjust", auth=RoleAuth(Role.OPS))
def adjust(request: ActorRequest, sku_id: int, body: StockAdjustmentIn) -> None:
    """Correct by hand what is on hand; the same key counts once."""
    inventory_stock.adjust(
        actor=request.auth, sku_id=sku_id, units=body.units, reason=body.reason, key=body.key, now=clock.now()
    )
