"""Sales for programs: ops plan and run them, resellers browse them, brands watch their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors import brand_of
from flashsales.selectors import explanations, publication, sales
from flashsales.selectors import scheduled as flashsales_scheduled
from flashsales.selectors import styles as flashsales_goods
from flashsales.services import locking, planning, publishing, running
from flashsales.services.planning import PlannedUnits
from kernel import clock
from kernel.refusal import Invalid
from membership.selectors.people import member_of
from pricing.rules.terms import SaleTerms
from pricing.selectors.effects import StartingControl
from web.explanations import StepOut
from web.money import YuanIn, YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Instant, ReasonIn, SmallObject, Text, Whole, Word

router = Router(tags=["flashsales"])
ops = RoleAuth(Role.OPS)


@dataclass(eq=False)
class BadTerms(Invalid):
    code = "flashsales.invalid_terms"
    zh = "专场条款无法识别：{why}"
    en = "The terms of the sale cannot be read: {why}"
    why: str


class SaleIn(Input):
    brand_id: Whole
    title: Word
    starts_at: Instant
    ends_at: Instant | None = Field(None, description="48 hours after the start where it is not given")
    preview_at: Instant | None = None
    limit_units: Whole | None = None
    terms: SmallObject = Field(default_factory=dict, description="what differs from the platform's terms")


class SaleOut(Schema):
    id: int
    brand_id: int
    brand_name: str
    title: str
    phase: str
    preview_at: datetime
    starts_at: datetime
    ends_at: datetime
    limit_units: int | None
    price_list_id: int | None
    rerun_of_id: int | None
    published_at: datetime | None
    closed_at: datetime | None


class OpenSaleOut(Schema):
    """A sale as resellers see it; `server_now` is the clock that decides."""

    id: int
    brand_name: str
    title: str
    phase: str
    starts_at: datetime
    ends_at: datetime
    limit_units: int | None
    server_now: datetime


class PlannedIn(Input):
    sku_id: Whole
    units: Whole
    limit_units: Whole | None = None


class PutInIn(Input):
    lines: list[PlannedIn] = Field(default_factory=list, max_length=5000)
    all_free_stock: bool = False
    trial: bool = Field(False, description="with all_free_stock: at most 500 units of a style")
    limit_units: Whole | None = None


class PutInOut(Schema):
    skus: int


class SkuIdsIn(Input):
    sku_ids: list[int] = Field(max_length=5000)


class LimitsIn(Input):
    limit_units: Whole | None = None
    items: dict[int, Whole | None] = Field(default_factory=dict)


class PublishedOut(Schema):
    sale: SaleOut
    skus: int
    excluded_sku_ids: list[int]


class NamedSkuOut(Schema):
    sku_id: int
    style_no: str
    colour: str
    size: str


class BeginningFloorOut(Schema):
    """A price control that begins while the sale runs; `changed`: SKUs whose label or price it would have changed."""

    control_id: int
    begins_at: datetime
    skus: int
    changed: int

    @staticmethod
    def resolve_control_id(view: StartingControl) -> int:
        return view.control.id


class EqualTiersOut(Schema):
    """Neighbouring tiers (0 is trial) that pay the same for `skus` SKUs because of the price ending."""

    lower: int
    higher: int
    skus: int


class PublicationCheckOut(Schema):
    """What to know before publication, in SKUs. `…_by_discount`: only the discount of a tier takes them under the floor."""

    skus: int
    kept: int
    cut: int
    raised: int
    excluded: int
    broken: int
    cut_by_discount: int
    raised_by_discount: int
    excluded_by_discount: int
    first_cut_by_discount: list[NamedSkuOut]
    starting_controls: list[BeginningFloorOut]
    equal_tiers: list[EqualTiersOut]


class ScheduledOut(Schema):
    """A draft, when its prices were fixed, and of how many SKUs they are missing or would differ by the rules of now."""

    sale: SaleOut
    list_id: int | None
    priced_at: datetime | None
    skus: int
    unpriced: int
    differing: int


class PricedOut(Schema):
    list_id: int
    priced: int
    excluded: int


class NumbersOut(Schema):
    skus: int
    styles: int
    planned: int
    allotted: int
    available: int
    held: int
    sold: int
    returned: int


class SaleItemOut(Schema):
    id: int
    sku_id: int
    style_no: str
    name: str
    colour: str
    size: str
    barcode: str | None
    tag_price: YuanOut = fen_of("tag_price_fen")
    base_price: YuanOut = fen_of("base_price_fen")
    planned: int
    allotted: int
    available: int
    held: int
    sold: int
    returned: int
    limit_units: int | None


class ExtendIn(Input):
    ends_at: Instant
    reason: Text


class RerunIn(Input):
    starts_at: Instant
    title: Word = ""


class GoodsQuery(PageQuery):
    """How a reseller picks goods; prices are hers."""

    sale_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = None
    size_name: Word = Field("", description="a size, as in S or 38")
    least: Annotated[YuanIn, Field(ge=0)] | None = None
    most: Annotated[YuanIn, Field(ge=0)] | None = None
    most_of_tag_percent: int | None = Field(None, ge=1, le=100)
    only_left: bool = False
    dearest_first: bool = False


class ShelfOut(Schema):
    sale_id: int
    sale_title: str
    brand_name: str
    ends_at: datetime
    style_id: int
    style_no: str
    name: str
    picture: str
    from_price: YuanOut = fen_of("from_price_fen")
    tag_price: YuanOut = fen_of("tag_price_fen")
    label_cut: bool
    sizes: list[str]
    left: int


class ItemOut(Schema):
    item_id: int
    colour: str
    size: str
    price: YuanOut = fen_of("price_fen")
    tag_price: YuanOut = fen_of("tag_price_fen")
    label_cut: bool
    retail_floor: YuanOut | None = fen_of("retail_floor_fen")
    left: int
    may_take: int
    limit_units: int | None


class StyleOut(Schema):
    sale_id: int
    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    phase: str
    label_cut: bool
    defects: str
    items: list[ItemOut]


@router.post("/sales", response={201: SaleOut}, auth=ops)
def schedule(request: ActorRequest, body: SaleIn) -> Any:
    """Draft a sale; 48 hours unless an end is given."""
    return Status(
        201,
        planning.schedule(
            actor=request.auth,
            brand_id=body.brand_id,
            title=body.title,
            starts_at=body.starts_at,
            ends_at=body.ends_at,
            preview_at=body.preview_at,
            limit_units=body.limit_units,
            terms=_terms(body.terms),
            now=clock.now(),
        ),
    )


@router.get("/sales", response=PageOut[SaleOut], auth=ops)
def list_sales(request: ActorRequest, page: Query[PageQuery], brand_id: int | None = None) -> Any:
    return sales.list_sales(at=clock.now(), brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.get("/sales/scheduled", response=PageOut[ScheduledOut], auth=ops)
def scheduled(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """Drafts held against the rules as they stand: which would be priced otherwise than when their prices were fixed."""
    return flashsales_scheduled.list_scheduled_sales(at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/sales/open", response=PageOut[OpenSaleOut], auth=RoleAuth(Role.RESELLER))
def open_sales(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """Live sales and previews, those that end first in front."""
    now = clock.now()
    found = sales.list_open_sales(at=now, cursor=page.cursor, limit=page.limit)
    return {"items": [_open_out(view, now) for view in found.items], "next_cursor": found.next_cursor}


@router.get("/sales/mine", response=PageOut[SaleOut], auth=RoleAuth(Role.BRAND))
def my_sales(request: ActorRequest, page: Query[PageQuery]) -> Any:
    """The sales of the clerk's own brand."""
    brand = brand_of(request.auth)
    return sales.list_sales(at=clock.now(), brand_id=brand.id, cursor=page.cursor, limit=page.limit)


@router.get("/sales/mine/{int:sale_id}/why", response=list[StepOut], auth=RoleAuth(Role.BRAND))
def why_ours(request: ActorRequest, sale_id: int, sku_id: int) -> Any:
    """Why the brand is paid what it is for a SKU of its own sale, its own side only (PRICE-12)."""
    return explanations.explain_to_brand(brand_id=brand_of(request.auth).id, sale_id=sale_id, sku_id=sku_id)


@router.get("/sales/{int:sale_id}", response=SaleOut, auth=ops)
def show_sale(request: ActorRequest, sale_id: int) -> Any:
    return sales.get_sale(sale_id, at=clock.now())


@router.get("/sales/{int:sale_id}/numbers", response=NumbersOut, auth=ops)
def numbers(request: ActorRequest, sale_id: int) -> Any:
    """Units planned, available, held, sold and returned, now."""
    sales.get_sale(sale_id, at=clock.now())
    return sales.sale_totals(sale_id)


@router.get("/sales/{int:sale_id}/items", response=PageOut[SaleItemOut], auth=ops)
def items(request: ActorRequest, sale_id: int, page: Query[PageQuery]) -> Any:
    sales.get_sale(sale_id, at=clock.now())
    return sales.list_items(sale_id, cursor=page.cursor, limit=page.limit)


@router.post("/sales/{int:sale_id}/items", response=PutInOut, auth=ops)
def put_in(request: ActorRequest, sale_id: int, body: PutInIn) -> Any:
    """Plan goods into a draft: by SKU, or all of the brand's free stock, or of that only trial batches."""
    now = clock.now()
    if body.all_free_stock:
        planned = planning.add_free_stock(
            actor=request.auth, sale_id=sale_id, limit_units=body.limit_units, trial=body.trial, now=now
        )
        return {"skus": planned}
    lines = [PlannedUnits(line.sku_id, line.units, line.limit_units) for line in body.lines]
    planning.add_items(actor=request.auth, sale_id=sale_id, lines=lines, now=now)
    return {"skus": len(lines)}


@router.post("/sales/{int:sale_id}/take-out", response={204: None}, auth=ops)
def take_out(request: ActorRequest, sale_id: int, body: SkuIdsIn) -> Any:
    planning.remove_items(actor=request.auth, sale_id=sale_id, sku_ids=body.sku_ids, now=clock.now())
    return Status(204, None)


@router.put("/sales/{int:sale_id}/limits", response=SaleOut, auth=ops)
def set_limits(request: ActorRequest, sale_id: int, body: LimitsIn) -> Any:
    """The most that one reseller may take of the sale, and of single items by id."""
    now = clock.now()
    planning.set_limits(
        actor=request.auth, sale_id=sale_id, limit_units=body.limit_units, item_limits=body.items, now=now
    )
    return sales.get_sale(sale_id, at=now)


@router.post("/sales/{int:sale_id}/prices", response={201: PricedOut}, auth=ops)
def fix_prices(request: ActorRequest, sale_id: int) -> Any:
    """Price a draft by the rules as they stand, or anew; a published sale is refused."""
    prices = planning.price_draft(actor=request.auth, sale_id=sale_id, now=clock.now())
    return Status(201, {"list_id": prices.id, "priced": prices.priced, "excluded": len(prices.excluded)})


@router.get("/sales/{int:sale_id}/publication-check", response=PublicationCheckOut, auth=ops)
def publication_check(request: ActorRequest, sale_id: int) -> Any:
    """What to know before a draft is published; refused for a sale that is no draft or has no goods."""
    check = publication.publication_check(sale_id, at=clock.now())
    if check is None:
        raise locking.NotADraft
    return check


@router.post("/sales/{int:sale_id}/publish", response=PublishedOut, auth=ops)
def publish(request: ActorRequest, sale_id: int) -> Any:
    """Bind the stock and freeze the prices; refused with the goods named where a price breaks a rule."""
    return publishing.publish(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.post("/sales/{int:sale_id}/extend", response=SaleOut, auth=ops)
def extend(request: ActorRequest, sale_id: int, body: ExtendIn) -> Any:
    return running.extend(
        actor=request.auth, sale_id=sale_id, ends_at=body.ends_at, reason=body.reason, now=clock.now()
    )


@router.post("/sales/{int:sale_id}/end-early", response=SaleOut, auth=ops)
def end_early(request: ActorRequest, sale_id: int, body: ReasonIn) -> Any:
    """End a live sale now; unsold units go back at once."""
    return running.end_early(actor=request.auth, sale_id=sale_id, reason=body.reason, now=clock.now())


@router.post("/sales/{int:sale_id}/cancel", response=SaleOut, auth=ops)
def cancel(request: ActorRequest, sale_id: int, body: ReasonIn) -> Any:
    return running.cancel(actor=request.auth, sale_id=sale_id, reason=body.reason, now=clock.now())


@router.post("/sales/{int:sale_id}/rerun", response={201: SaleOut}, auth=ops)
def rerun(request: ActorRequest, sale_id: int, body: RerunIn) -> Any:
    """Draft a rerun 返场 with what the sale gave back."""
    return Status(
        201,
        planning.rerun(
            actor=request.auth, sale_id=sale_id, starts_at=body.starts_at, title=body.title, now=clock.now()
        ),
    )


@router.get("/goods", response=PageOut[ShelfOut], auth=RoleAuth(Role.RESELLER))
def goods(request: ActorRequest, asked: Query[GoodsQuery]) -> Any:
    """Styles of live sales at the reseller's own price, cheapest first; with `sale_id`, those of a preview too."""
    wanted = flashsales_goods.StyleFilter(
        sale_id=asked.sale_id,
        brand_id=asked.brand_id,
        category_id=asked.category_id,
        size=asked.size_name,
        least_fen=asked.least,
        most_fen=asked.most,
        most_of_tag_percent=asked.most_of_tag_percent,
        only_left=asked.only_left,
        dearest_first=asked.dearest_first,
    )
    now = clock.now()
    return flashsales_goods.list_styles(
        tier=member_of(request.auth, now).tier, at=now, filters=wanted, cursor=asked.cursor, limit=asked.limit
    )


@router.get("/sales/{int:sale_id}/styles/{int:style_id}", response=StyleOut, auth=RoleAuth(Role.RESELLER))
def style(request: ActorRequest, sale_id: int, style_id: int) -> Any:
    """A style with its sizes, what is left, and how many of each she may take."""
    now = clock.now()
    reseller = member_of(request.auth, now)
    found = flashsales_goods.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=reseller.tier, reseller_id=reseller.id, at=now
    )
    return {
        "sale_id": found.sale.id,
        "style_id": found.style_id,
        "style_no": found.style_no,
        "name": found.name,
        "category": found.category,
        "picture": found.picture,
        "phase": found.sale.phase,
        "label_cut": found.label_cut,
        "defects": found.defects,
        "items": found.items,
    }


@router.get("/sales/{int:sale_id}/styles/{int:style_id}/why", response=list[StepOut], auth=RoleAuth(Role.RESELLER))
def why_mine(request: ActorRequest, sale_id: int, style_id: int, sku_id: int) -> Any:
    """Why a SKU costs her what it costs, now and at her tier: without base price, commission and margin (PRICE-12)."""
    now = clock.now()
    reseller = member_of(request.auth, now)
    return explanations.explain_to_reseller(
        sale_id=sale_id, style_id=style_id, sku_id=sku_id, tier=reseller.tier, reseller_id=reseller.id, at=now
    )


def _terms(given: dict[str, Any]) -> SaleTerms:
    try:
        return SaleTerms.from_json(given)
    except (ValueError, TypeError, KeyError, ArithmeticError) as cause:
        raise BadTerms(why=str(cause)[:200]) from cause


def _open_out(view: sales.SaleView, now: datetime) -> dict[str, Any]:
    return {
        "id": view.id,
        "brand_name": view.brand_name,
        "title": view.title,
        "phase": view.phase,
        "starts_at": view.starts_at,
        "ends_at": view.ends_at,
        "limit_units": view.limit_units,
        "server_now": now,
    }
