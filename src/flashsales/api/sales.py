"""Sales for programs: ops plan and run them, resellers browse them, brands watch their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from flashsales.rules import Phase, QuantityTerms
from flashsales.rules.filling import ALL_STOCK, TRIAL_BATCH
from flashsales.rules.waiting_room import Place
from flashsales.selectors import explanations, publication, quantities, sales
from flashsales.selectors import scheduled as flashsales_scheduled
from flashsales.selectors.hero import HeroPinView, get_pinned_sale
from flashsales.selectors.quantities import SaleQuantityView, StyleQuantityView
from flashsales.selectors.sales import SaleItemView, SaleTotals, SaleView
from flashsales.selectors.scheduled import ScheduledSale
from flashsales.selectors.terms_warnings import StyleTermsWarning, list_terms_warnings
from flashsales.services import ending, head_start, hero, planning, publishing, reminders, sale_jobs, waiting_room
from flashsales.services import quantities as quantities_services
from flashsales.services.locking import NotADraft
from flashsales.services.planning import PlannedUnits
from flashsales.services.publishing import Published
from flashsales.services.quantities import MAX_STYLES
from kernel import clock
from kernel.refusal import Invalid
from membership.rules.tiers import TIER_COUNT
from membership.selectors.people import require_member
from pricing.rules.explanations import ExplainedStep
from pricing.rules.terms import SaleTerms
from pricing.selectors.effects import PublicationCheck
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Instant, ReasonIn, SmallObject, Text, Whole, Word

router = ViewRouter(tags=["flashsales"])
ops = RoleAuth(Role.OPS)
reseller = RoleAuth(Role.RESELLER)
brand = RoleAuth(Role.BRAND)


class InvalidSaleTerms(Invalid):
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


class PinIn(Input):
    starts_at: Instant | None = Field(None, description="from now, or from the opening, where it is not given")
    ends_at: Instant | None = Field(None, description="until the end of the sale where it is not given")


class PlannedUnitsIn(Input):
    sku_id: Whole
    units: Whole
    limit_units: Whole | None = None


class AddItemsIn(Input):
    lines: list[PlannedUnitsIn] = Field(default_factory=list, max_length=5000)
    all_free_stock: bool = Field(False, description="at once; `fill` takes more than 2,000 SKUs, and filters")
    trial: bool = Field(False, description="with all_free_stock: at most 500 units of a style")
    limit_units: Whole | None = None


class SkuIdsIn(Input):
    sku_ids: list[int] = Field(max_length=5000)


class LimitsIn(Input):
    limit_units: Whole | None = None
    items: dict[int, Whole | None] = Field(default_factory=dict)


class QuantityTermsIn(Input):
    """The terms of many styles. Without figures and pack single pieces can be ordered; `sale_id` sets them for one sale (ops)."""

    style_ids: list[Whole] = Field(max_length=MAX_STYLES)
    brand_id: Whole | None = Field(None, description="for ops; a clerk's own brand otherwise")
    sale_id: Whole | None = None
    min_units: Whole = 1
    multiple_of: Whole = 1
    per_sku: bool = Field(False, description="minimum and multiple count each colour and size, not the style")
    pack: dict[Word, Whole] = Field(default_factory=dict, max_length=40, description="units by size of one pack 整手")
    use_brand_terms: bool = Field(False, description="with `sale_id`: return to the terms of the brand")


@dataclass(frozen=True, slots=True)
class SetQuantityTerms:
    """Of how many styles the terms were set."""

    styles: int


class ExtendIn(Input):
    ends_at: Instant
    reason: Text


class HeadStartIn(Input):
    minutes: list[Whole] = Field(
        max_length=TIER_COUNT, description="by tier, trial first: how long before the opening for all; 0 for trial"
    )


class WaitingRoomIn(Input):
    admission_rate: Whole | None = Field(None, description="resellers per second; without it there is no waiting room")


class RerunIn(Input):
    starts_at: Instant
    title: Word = ""


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale as a reseller sees it: `starts_at` is when it opens for her tier. Whether it is live is decided by the server's clock,
    `server_now`."""

    id: int
    brand_name: str
    title: str
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    limit_units: int | None
    server_now: datetime


@dataclass(frozen=True, slots=True)
class AddedItems:
    """How many SKUs were added to a draft or got new figures."""

    skus: int


@dataclass(frozen=True, slots=True)
class PricedDraft:
    """The price list of a draft: how many SKUs it prices, and how many a brand's rule leaves out."""

    list_id: int
    priced: int
    excluded: int


@router.post("/sales", response=201, auth=ops)
def schedule(request: ActorRequest, body: SaleIn) -> SaleView:
    """Draft a sale; 48 hours unless an end is given."""
    return planning.schedule(
        actor=request.auth,
        brand_id=body.brand_id,
        title=body.title,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        preview_at=body.preview_at,
        limit_units=body.limit_units,
        terms=_terms(body.terms),
        now=clock.now(),
    )


@router.get("/sales", auth=ops)
def list_sales(request: ActorRequest, page: Query[PageQuery], brand_id: int | None = None) -> Page[SaleView]:
    return sales.list_sales(at=clock.now(), brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.get("/sales/scheduled", auth=ops)
def list_scheduled_sales(request: ActorRequest, page: Query[PageQuery]) -> Page[ScheduledSale]:
    """Drafts beside the rules of now: which of them would be priced otherwise than when their prices were fixed."""
    return flashsales_scheduled.list_scheduled_sales(at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/sales/open", auth=reseller)
def list_open_sales(request: ActorRequest, page: Query[PageQuery]) -> Page[OpenSale]:
    """Live sales and previews, as her tier sees them (SALE-19); the sale that ends first comes first."""
    now = clock.now()
    tier = require_member(request.auth, now).tier
    open_sales = sales.list_open_sales(at=now, tier=tier, cursor=page.cursor, limit=page.limit)
    return Page([_open_sale(view, now) for view in open_sales.items], open_sales.next_cursor)


@router.get("/sales/mine", auth=brand)
def list_own_sales(request: ActorRequest, page: Query[PageQuery]) -> Page[SaleView]:
    """The sales of the clerk's own brand."""
    brand_id = require_own_brand(request.auth).id
    return sales.list_sales(at=clock.now(), brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.get("/sales/mine/{int:sale_id}/why", auth=brand)
def explain_payable(request: ActorRequest, sale_id: int, sku_id: int) -> list[ExplainedStep]:
    """Why the brand is paid what it is for a SKU of its own sale, its own side only (PRICE-12)."""
    return explanations.explain_to_brand(brand_id=require_own_brand(request.auth).id, sale_id=sale_id, sku_id=sku_id)


@router.get("/sales/{int:sale_id}", auth=ops)
def get_sale(request: ActorRequest, sale_id: int) -> SaleView:
    return sales.get_sale(sale_id, at=clock.now())


@router.get("/sales/{int:sale_id}/totals", auth=ops)
def get_totals(request: ActorRequest, sale_id: int) -> SaleTotals:
    """Units planned, available, held, sold and returned, now."""
    sales.get_sale(sale_id, at=clock.now())
    return sales.sale_totals(sale_id)


@router.get("/sales/{int:sale_id}/items", auth=ops)
def list_items(request: ActorRequest, sale_id: int, page: Query[PageQuery]) -> Page[SaleItemView]:
    sales.get_sale(sale_id, at=clock.now())
    return sales.list_items(sale_id, cursor=page.cursor, limit=page.limit)


@router.post("/sales/{int:sale_id}/items", auth=ops)
def add_items(request: ActorRequest, sale_id: int, body: AddItemsIn) -> AddedItems:
    """Add items to a draft: single SKUs, all of the brand's free stock, or trial batches of it."""
    now = clock.now()
    if body.all_free_stock:
        sale_jobs.require_stock_at_once(sale_id)
        skus = planning.add_free_stock(
            actor=request.auth,
            sale_id=sale_id,
            limit_units=body.limit_units,
            filters=TRIAL_BATCH if body.trial else ALL_STOCK,
            now=now,
        )
        return AddedItems(skus)
    lines = [PlannedUnits(line.sku_id, line.units, line.limit_units) for line in body.lines]
    planning.add_items(actor=request.auth, sale_id=sale_id, lines=lines, now=now)
    return AddedItems(len(lines))


@router.post("/sales/{int:sale_id}/remove-items", auth=ops)
def remove_items(request: ActorRequest, sale_id: int, body: SkuIdsIn) -> None:
    """Remove SKUs from a draft."""
    planning.remove_items(actor=request.auth, sale_id=sale_id, sku_ids=body.sku_ids, now=clock.now())


@router.put("/sales/{int:sale_id}/limits", auth=ops)
def set_limits(request: ActorRequest, sale_id: int, body: LimitsIn) -> SaleView:
    """The most that one reseller may take of the sale, and of single items by id."""
    now = clock.now()
    planning.set_limits(
        actor=request.auth, sale_id=sale_id, limit_units=body.limit_units, item_limits=body.items, now=now
    )
    return sales.get_sale(sale_id, at=now)


@router.put("/quantity-terms", auth=RoleAuth(Role.BRAND, Role.OPS))
def set_quantity_terms(request: ActorRequest, body: QuantityTermsIn) -> SetQuantityTerms:
    """Set minimum, multiple or pack of many styles in one act.

    Refused: `flashsales.invalid_quantity_terms`, `flashsales.pack_sizes_missing`.
    """
    brand_id = require_own_brand(request.auth).id if request.auth.role is Role.BRAND else body.brand_id or 0
    terms = QuantityTerms(body.min_units, body.multiple_of, body.per_sku, body.pack)
    styles = quantities_services.set_quantity_terms(
        actor=request.auth,
        brand_id=brand_id,
        style_ids=body.style_ids,
        terms=None if body.use_brand_terms else terms,
        sale_id=body.sale_id,
        now=clock.now(),
    )
    return SetQuantityTerms(styles)


@router.get("/quantity-terms", auth=brand)
def list_quantity_terms(request: ActorRequest, page: Query[PageQuery], search: Word = "") -> Page[StyleQuantityView]:
    """The styles of the clerk's own brand with their sizes and terms."""
    brand_id = require_own_brand(request.auth).id
    return quantities.list_style_quantities(brand_id, search=search, cursor=page.cursor, limit=page.limit)


@router.get("/sales/{int:sale_id}/quantity-terms", auth=ops)
def list_sale_quantity_terms(request: ActorRequest, sale_id: int) -> list[SaleQuantityView]:
    """The styles of a sale with the terms in force."""
    view = sales.get_sale(sale_id, at=clock.now())
    return quantities.list_sale_quantities(sale_id, view.brand_id)


@router.put("/sales/{int:sale_id}/head-start", auth=ops)
def set_head_start(request: ActorRequest, sale_id: int, body: HeadStartIn) -> SaleView:
    """Let a draft open for higher tiers some minutes before it opens for all. Refused: `flashsales.invalid_head_start`."""
    return head_start.set_head_start(actor=request.auth, sale_id=sale_id, minutes=body.minutes, now=clock.now())


@router.put("/sales/{int:sale_id}/waiting-room", auth=ops)
def set_waiting_room(request: ActorRequest, sale_id: int, body: WaitingRoomIn) -> SaleView:
    """Give a draft a waiting room, or take it back. Refused: `flashsales.invalid_admission_rate`."""
    now = clock.now()
    waiting_room.set_waiting_room(actor=request.auth, sale_id=sale_id, admission_rate=body.admission_rate, now=now)
    return sales.get_sale(sale_id, at=now)


@router.post("/sales/{int:sale_id}/place", auth=reseller)
def take_place(request: ActorRequest, sale_id: int) -> Place | None:
    """Her place in the waiting room; she draws a ticket where she has none. Null: she need not wait, or it is too early to.

    A grab does the same, and is refused with 429 `flashsales.in_waiting_room` and Retry-After until she is admitted.
    """
    return waiting_room.take_place(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.post("/sales/{int:sale_id}/prices", response=201, auth=ops)
def price_draft(request: ActorRequest, sale_id: int) -> PricedDraft:
    """Price a draft by the rules of now, again where it was priced before; a published sale is refused."""
    prices = planning.price_draft(actor=request.auth, sale_id=sale_id, now=clock.now())
    return PricedDraft(prices.id, prices.priced, len(prices.excluded))


@router.get("/sales/{int:sale_id}/publication-check", auth=ops)
def check_publication(request: ActorRequest, sale_id: int) -> PublicationCheck:
    """What to know before a draft is published; refused for a sale that is no draft or has no items."""
    check = publication.publication_check(sale_id, at=clock.now())
    if check is None:
        raise NotADraft
    return check


@router.get("/sales/{int:sale_id}/terms-warnings", auth=ops)
def list_sale_terms_warnings(request: ActorRequest, sale_id: int) -> list[StyleTermsWarning]:
    """Goods of a sale that nobody could order because of their quantity terms, as it is planned."""
    return list_terms_warnings(sale_id)


@router.post("/sales/{int:sale_id}/publish", auth=ops)
def publish(request: ActorRequest, sale_id: int) -> Published:
    """Bind the stock and freeze the prices; a price that breaks a rule is refused with its SKUs named.

    Refused: 409 `flashsales.too_many_at_once` beyond 2,000 SKUs, which `publication` publishes.
    """
    sale_jobs.require_items_at_once(sale_id)
    return publishing.publish(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.post("/sales/{int:sale_id}/extend", auth=ops)
def extend(request: ActorRequest, sale_id: int, body: ExtendIn) -> SaleView:
    return ending.extend(actor=request.auth, sale_id=sale_id, ends_at=body.ends_at, reason=body.reason, now=clock.now())


@router.post("/sales/{int:sale_id}/end-early", auth=ops)
def end_early(request: ActorRequest, sale_id: int, body: ReasonIn) -> SaleView:
    """End a live sale now; its unsold units return to free stock at once."""
    return ending.end_early(actor=request.auth, sale_id=sale_id, reason=body.reason, now=clock.now())


@router.post("/sales/{int:sale_id}/cancel", auth=ops)
def cancel(request: ActorRequest, sale_id: int, body: ReasonIn) -> SaleView:
    return ending.cancel(actor=request.auth, sale_id=sale_id, reason=body.reason, now=clock.now())


@router.post("/sales/{int:sale_id}/rerun", response=201, auth=ops)
def rerun(request: ActorRequest, sale_id: int, body: RerunIn) -> SaleView:
    """Draft a rerun 返场 of the units that the sale returned."""
    return planning.rerun(
        actor=request.auth, sale_id=sale_id, starts_at=body.starts_at, title=body.title, now=clock.now()
    )


@router.get("/hero", auth=ops)
def get_hero(request: ActorRequest) -> SaleView | None:
    """The sale that is pinned to the top of the first page now; null where the page chooses by rule."""
    return get_pinned_sale(at=clock.now())


@router.put("/sales/{int:sale_id}/hero", auth=ops)
def pin_hero(request: ActorRequest, sale_id: int, body: PinIn) -> HeroPinView:
    """Pin a sale to the top of the resellers' first page. Refused: 409 `flashsales.pin_taken`, `flashsales.not_pinnable`."""
    return hero.pin_hero(
        actor=request.auth, sale_id=sale_id, starts_at=body.starts_at, ends_at=body.ends_at, now=clock.now()
    )


@router.delete("/sales/{int:sale_id}/hero", auth=ops)
def unpin_hero(request: ActorRequest, sale_id: int) -> None:
    """Take the pin back: the first page chooses by rule again. Refused: 404 `flashsales.not_pinned`."""
    hero.unpin_hero(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.put("/sales/{int:sale_id}/reminder", auth=reseller)
def ask_reminder(request: ActorRequest, sale_id: int) -> None:
    """Be told five minutes before a sale in preview opens. Refused: 409 `flashsales.not_in_preview`."""
    reminders.ask_reminder(actor=request.auth, sale_id=sale_id, now=clock.now())


@router.delete("/sales/{int:sale_id}/reminder", auth=reseller)
def withdraw_reminder(request: ActorRequest, sale_id: int) -> None:
    """Be told no more before a sale opens."""
    reminders.withdraw_reminder(actor=request.auth, sale_id=sale_id, now=clock.now())


def _terms(values: dict[str, Any]) -> SaleTerms:
    try:
        return SaleTerms.from_json(values)
    except (ValueError, TypeError, KeyError, ArithmeticError) as cause:
        raise InvalidSaleTerms(why=str(cause)[:200]) from cause


def _open_sale(view: SaleView, now: datetime) -> OpenSale:
    return OpenSale(
        id=view.id,
        brand_name=view.brand_name,
        title=view.title,
        phase=view.phase,
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        limit_units=view.limit_units,
        server_now=now,
    )
