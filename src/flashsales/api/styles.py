"""The finder and the styles of sales, for programs of resellers."""

from dataclasses import dataclass
from typing import Annotated

from ninja import Query, Schema
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules.finder import Sort, StyleFilter
from flashsales.selectors import explanations, finder, styles
from flashsales.selectors.finder import ListedStyle
from flashsales.selectors.styles import StyleInSale
from kernel import clock
from membership.selectors.people import require_member
from pricing.rules.explanations import ExplainedStep
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Word

router = ViewRouter(tags=["flashsales"])
reseller = RoleAuth(Role.RESELLER)


class StyleChoice(Schema):
    """Which styles a reseller wants to see; prices are those of her tier."""

    sale_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = Field(None, description="a category, with those below it")
    q: Word = Field(
        "", max_length=80, description="words of name, number, colour, brand, category or fabric; all are found"
    )
    size: Word = Field("", description="a size, as in S or 38")
    size_units: int = Field(0, ge=0, le=9999, description="with `size`: so many units are left in it")
    min_price: Annotated[YuanIn, Field(ge=0)] | None = None
    max_price: Annotated[YuanIn, Field(ge=0)] | None = None
    max_percent_of_tag: int | None = Field(None, ge=1, le=100, description="30 lists what costs at most 3折")
    available: bool = Field(False, description="true lists only styles of which some unit is left")
    max_left: int | None = Field(None, ge=1, le=9999, description="lists styles of which 1 to so many units are left")
    full_run: bool = Field(False, description="true lists styles of three or more sizes that are all left")
    has_picture: bool = False
    label_cut: bool | None = Field(None, description="whether the label is cut from some SKU of the style")

    def filters(self, sort: Sort = "price") -> StyleFilter:
        return StyleFilter(
            sale_id=self.sale_id,
            brand_id=self.brand_id,
            category_id=self.category_id,
            words=self.q,
            size=self.size,
            size_units=self.size_units,
            min_price_fen=self.min_price,
            max_price_fen=self.max_price,
            max_percent_of_tag=self.max_percent_of_tag,
            available=self.available,
            max_left=self.max_left,
            full_run=self.full_run,
            has_picture=self.has_picture,
            label_cut=self.label_cut,
            sort=sort,
        )


class StyleQuery(StyleChoice, PageQuery):
    """Which styles a reseller wants to see, and in which order."""

    sort: Sort = Field(
        "price",
        description="`price`: the lowest price first; `-price`: the highest first; `newest`: the sale that opened last first;"
        " `discount`: the lowest share of the tag price first; `units`: the most units left first",
    )


@dataclass(frozen=True, slots=True)
class StyleCount:
    """How many styles pass a filter; with `is_exact` false there are more than `count`."""

    count: int
    is_exact: bool


@router.get("/styles", auth=reseller)
def list_styles(request: ActorRequest, query: Query[StyleQuery]) -> Page[ListedStyle]:
    """Styles of live sales at the reseller's own price, the lowest first; with `sale_id`, those of a preview too."""
    now = clock.now()
    tier = require_member(request.auth, now).tier
    filters = query.filters(query.sort)
    return finder.find_styles(tier=tier, at=now, filters=filters, cursor=query.cursor, limit=query.limit)


@router.get("/styles/count", auth=reseller)
def count_styles(request: ActorRequest, query: Query[StyleChoice]) -> StyleCount:
    """How many styles a filter finds, exact to 999."""
    now = clock.now()
    tier = require_member(request.auth, now).tier
    hits = finder.count_styles(tier=tier, at=now, filters=query.filters())
    return StyleCount(hits.count, hits.is_exact)


@router.get("/sales/{int:sale_id}/styles/{int:style_id}", auth=reseller)
def get_style(request: ActorRequest, sale_id: int, style_id: int) -> StyleInSale:
    """A style with its sizes, the available units of each, and how many of them she may take."""
    now = clock.now()
    member = require_member(request.auth, now)
    return styles.get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=member.tier, reseller_id=member.id, at=now)


@router.get("/sales/{int:sale_id}/styles/{int:style_id}/why", auth=reseller)
def explain_price(request: ActorRequest, sale_id: int, style_id: int, sku_id: int) -> list[ExplainedStep]:
    """Why a SKU costs her what it costs, now and at her tier: without base price, commission and margin (PRICE-12)."""
    now = clock.now()
    member = require_member(request.auth, now)
    return explanations.explain_to_reseller(
        sale_id=sale_id, style_id=style_id, sku_id=sku_id, tier=member.tier, reseller_id=member.id, at=now
    )
