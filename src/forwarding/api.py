"""Retail prices, forwards and wishes for programs."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.http import FileResponse, HttpRequest
from django.urls import reverse
from ninja import Field, Query, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules import Phase
from forwarding.rules.packs import PackState, SoldOut
from forwarding.rules.pages import MAX_SELECTED_STYLES, SelectedStyle
from forwarding.rules.pricing import MAX_FACTOR, MIN_FACTOR, PriceEnding, RoundingDirection, RuleFields
from forwarding.rules.profit import ProfitSpan
from forwarding.rules.wishes import MAX_ORDERED_WISHES, MAX_WISH_LINES, PickedUnits, WishState
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors import prices, pricing, profit
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.selectors.forwards import ForwardView
from forwarding.selectors.packs import NoSuchPack, PackView, get_latest_pack, open_pack_file
from forwarding.selectors.prices import RetailPriceView
from forwarding.selectors.pricing import PriceRuleView
from forwarding.selectors.profit import ProfitView
from forwarding.selectors.wish_desk import DeskWishView, list_desk_wishes
from forwarding.selectors.wishes import WishView
from forwarding.services import forwards as forwards_services
from forwarding.services import group_lists, packs, price_rules, wish_orders
from forwarding.services import prices as forwarding_prices
from forwarding.services import wishes as wishes_services
from forwarding.services.group_lists import GroupListView, GroupWishesView
from forwarding.services.prices import MAX_PRICED_AT_ONCE, RulePricingView
from forwarding.services.wish_orders import WishChoice, WishOrderView
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.period import SHANGHAI
from membership.selectors.people import require_member, require_reseller
from orders.services.recipients import RecipientFields, RecipientProposal
from web.file_responses import ANY_FILE, sends
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, Text, Whole, Word

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class RetailPriceIn(Input):
    price: YuanIn
    below_cost_confirmed: bool = Field(False, description="true accepts a price below what the style costs her now")
    unusual_confirmed: bool = Field(
        False, description="true accepts a price above the tag price, below a tenth of it, or above five times the cost"
    )


class PriceRuleIn(Input):
    """Cost × factor + amount, rounded to a price with the ending; `par` takes the nearest one."""

    factor: Decimal = Field(ge=MIN_FACTOR, le=MAX_FACTOR, decimal_places=2)
    add: YuanIn = 0
    ending: PriceEnding = PriceEnding.NONE
    direction: RoundingDirection = RoundingDirection.PAR

    @property
    def fields(self) -> RuleFields:
        return RuleFields(self.factor, self.add, self.ending, self.direction)


class KeptPriceRuleIn(PriceRuleIn):
    """Null for the sale keeps the rule for all sales, null for the category for all categories."""

    sale_id: Whole | None = None
    category_id: Whole | None = None


class SelectedStyleIn(Input):
    sale_id: Whole
    style_id: Whole


class RulePricingIn(Input):
    """All styles of a sale, or `styles` of one or more sales. Without a rule each style is priced by the rule that is kept for it."""

    sale_id: Whole | None = None
    styles: list[SelectedStyleIn] = Field(default_factory=list, max_length=MAX_PRICED_AT_ONCE)
    rule: PriceRuleIn | None = None
    replace_own: bool = Field(False, description="true prices also the styles to which she gave a price of her own")
    confirmed_version: Text = Field("", description="`version` of the answer whose prices asked, once they are wanted")
    preview: bool = Field(False, description="true sets nothing")


class ForwardIn(Input):
    """`style_id` null forwards all styles of the sale that have a retail price."""

    sale_id: Whole
    style_id: Whole | None = None


class SelectionForwardIn(Input):
    """Styles of one or more sales in the order in which the page numbers them."""

    styles: list[SelectedStyleIn] = Field(min_length=1, max_length=MAX_SELECTED_STYLES)


class ForwardOut(Schema):
    """A forward with the address of its page instead of the token. The page answers 410 once `is_open` is false.

    `selected_styles` counts the styles of a selection; its `sale_id` is the sale that ended last when it was made.
    """

    id: int
    address: str
    sale_id: int
    style_id: int | None
    selected_styles: int
    phase: Phase
    ends_at: datetime
    created_at: datetime
    stopped_at: datetime | None
    is_open: bool
    views: int
    wishes: int
    new_wishes: int
    orders: int
    sold_out: SoldOut
    sold_out_hours: int
    remark: str


class WishOrderIn(Input):
    order_id: Whole


class GroupListIn(Input):
    text: str = Field(max_length=20_000)


class GroupWishesIn(GroupListIn):
    version: Word = Field(description="of the preview: it stands for the goods and their numbers")
    key: Word = Field(description="idempotency key: the same key and text create the wishes once")


class WishChoiceIn(Input):
    """A wish as `GET /wishes/open` shows it: its `version`, and the `prices` of its lines in their order."""

    wish_id: Whole
    version: Word
    prices: list[YuanIn] = Field(max_length=MAX_WISH_LINES)


class WishesOrderIn(Input):
    wishes: list[WishChoiceIn] = Field(min_length=1, max_length=MAX_ORDERED_WISHES)
    key: Word = Field(description="idempotency key: the same key with the same wishes orders and pays once")
    pay: bool = Field(True, description="false leaves the order unpaid")


class WishRecipientIn(Input):
    name: Word
    phone: Word
    address: Text


class PickedUnitsIn(Input):
    item_id: Whole
    units: Whole


class WishCorrectionIn(Input):
    """What the reseller corrects of a wish; what is null stays. `lines` replaces all lines."""

    recipient: WishRecipientIn | None = None
    lines: list[PickedUnitsIn] | None = Field(None, max_length=MAX_WISH_LINES)


class ProfitQuery(Schema):
    """Days are those of Shanghai."""

    span: ProfitSpan = ProfitSpan.DAY
    first_date: Day | None = None
    last_date: Day | None = None


class WishQuery(PageQuery):
    state: WishState | None = None


@router.put("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", auth=reseller)
def set_retail_price(request: ActorRequest, sale_id: int, style_id: int, body: RetailPriceIn) -> RetailPriceView:
    """Set the price that her customers see; refused below the floor of a style that keeps its label.

    Refused: `forwarding.below_cost`, which names cost and price, where it is below what the style costs her and not confirmed;
    `forwarding.above_tag_price`, `forwarding.far_below_tag_price` and `forwarding.far_above_cost` where it is unusual and not confirmed.
    """
    price_fen = forwarding_prices.set_retail_price(
        actor=request.auth,
        sale_id=sale_id,
        style_id=style_id,
        price_fen=body.price,
        below_cost_confirmed=body.below_cost_confirmed,
        unusual_confirmed=body.unusual_confirmed,
        now=clock.now(),
    )
    return RetailPriceView(style_id, price_fen)


@router.get("/sales/{int:sale_id}/retail-prices", auth=reseller)
def list_retail_prices(request: ActorRequest, sale_id: int, page: Query[PageQuery]) -> Page[RetailPriceView]:
    buyer = require_reseller(request.auth)
    return prices.list_retail_prices(reseller_id=buyer.id, sale_id=sale_id, cursor=page.cursor, limit=page.limit)


@router.delete("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", auth=reseller)
def clear_retail_price(request: ActorRequest, sale_id: int, style_id: int) -> None:
    """Remove her retail price: the style leaves her pages."""
    forwarding_prices.clear_retail_price(actor=request.auth, sale_id=sale_id, style_id=style_id, now=clock.now())


@router.post("/retail-prices/by-rule", auth=reseller)
def price_by_rule(request: ActorRequest, body: RulePricingIn) -> RulePricingView:
    """Price all styles of a sale, or chosen ones, by a rule in one act; prices of her own stay unless `replace_own`.

    Labelled goods are raised to their floor. Where prices ask, `is_set` is false and nothing is set before `confirmed_version` names
    the answer's `version`.
    """
    return forwarding_prices.price_by_rule(
        actor=request.auth,
        sale_id=body.sale_id,
        styles=[SelectedStyle(each.sale_id, each.style_id) for each in body.styles],
        rule=body.rule.fields if body.rule else None,
        replace_own=body.replace_own,
        confirmed_version=body.confirmed_version,
        preview=body.preview,
        now=clock.now(),
    )


@router.get("/profit", auth=reseller)
def get_profit(request: ActorRequest, asked: Query[ProfitQuery]) -> ProfitView:
    """What she earned with orders paid from the first to the last date: the retail price when it was ordered, less what she paid.

    The last 30 days where no dates are given; at most 366 days and 400 rows, the latest first. Refunded goods earn nothing; goods that had
    no retail price are counted apart.
    """
    last_date = asked.last_date or clock.now().astimezone(SHANGHAI).date()
    first_date = asked.first_date or last_date - timedelta(days=29)
    buyer = require_reseller(request.auth)
    return profit.get_profit(buyer.id, span=asked.span, first_date=first_date, last_date=last_date)


@router.get("/price-rules", auth=reseller)
def list_price_rules(request: ActorRequest, page: Query[PageQuery]) -> Page[PriceRuleView]:
    """The rules that she keeps, the newest first: a rule of a sale wins over one of all sales, and among those the nearest category."""
    return pricing.page_price_rules(require_reseller(request.auth).id, cursor=page.cursor, limit=page.limit)


@router.put("/price-rules", auth=reseller)
def keep_price_rule(request: ActorRequest, body: KeptPriceRuleIn) -> PriceRuleView:
    """Keep a rule; it takes the place of the one for the same sale and category, and changes no price."""
    return price_rules.keep_price_rule(
        actor=request.auth, sale_id=body.sale_id, category_id=body.category_id, rule=body.fields, now=clock.now()
    )


@router.delete("/price-rules/{int:price_rule_id}", auth=reseller)
def drop_price_rule(request: ActorRequest, price_rule_id: int) -> None:
    """Remove a rule; prices stay."""
    price_rules.drop_price_rule(actor=request.auth, rule_id=price_rule_id)


@router.post("/forwards", response=201, auth=reseller)
def create_forward(request: ActorRequest, body: ForwardIn) -> ForwardOut:
    """Make the page of a style or a sale; a repetition returns the same page.

    Refused: `forwarding.retail_price_required` while no visible style has a retail price, `forwarding.sale_ended` after the sale's end.
    """
    view = forwards_services.create_forward(
        actor=request.auth, sale_id=body.sale_id, style_id=body.style_id, now=clock.now()
    )
    return _with_address(request, view)


@router.post("/forwards/selection", response=201, auth=reseller)
def create_selection_forward(request: ActorRequest, body: SelectionForwardIn) -> ForwardOut:
    """Make one page of up to nine styles, also of several sales; each leaves it when its sale ends. A repetition returns the same page.

    Refused: `forwarding.selection_without_price` where a style is not visible to customers, `forwarding.sale_ended`.
    """
    styles = [SelectedStyle(each.sale_id, each.style_id) for each in body.styles]
    view = forwards_services.create_selection_forward(actor=request.auth, styles=styles, now=clock.now())
    return _with_address(request, view)


@router.get("/forwards", auth=reseller)
def list_forwards(request: ActorRequest, page: Query[PageQuery]) -> Page[ForwardOut]:
    buyer = require_reseller(request.auth)
    forwards = forwarding_forwards.list_forwards(buyer.id, at=clock.now(), cursor=page.cursor, limit=page.limit)
    return Page([_with_address(request, each) for each in forwards.items], forwards.next_cursor)


@router.get("/forwards/{int:forward_id}", auth=reseller)
def get_forward(request: ActorRequest, forward_id: int) -> ForwardOut:
    buyer = require_reseller(request.auth)
    return _with_address(request, forwarding_forwards.get_forward(buyer.id, forward_id, at=clock.now()))


@router.post("/forwards/{int:forward_id}/stop", auth=reseller)
def stop_forward(request: ActorRequest, forward_id: int) -> ForwardOut:
    """Close the page; a repetition changes nothing."""
    view = forwards_services.stop_forward(actor=request.auth, forward_id=forward_id, now=clock.now())
    return _with_address(request, view)


@router.post("/forwards/{int:forward_id}/group-list/preview", auth=reseller)
def preview_group_list(request: ActorRequest, forward_id: int, body: GroupListIn) -> GroupListView:
    """What is read of a pasted group list: per entry the goods by the numbers of the page, and the contact. Stores nothing."""
    return group_lists.preview_group_list(actor=request.auth, forward_id=forward_id, text=body.text, now=clock.now())


@router.post("/forwards/{int:forward_id}/group-list", response=201, auth=reseller)
def create_group_wishes(request: ActorRequest, forward_id: int, body: GroupWishesIn) -> GroupWishesView:
    """Create a wish of each entry that was understood; `remaining_text` is the rest, to be corrected and sent again.

    Refused: `forwarding.goods_renumbered` where the goods of the page are no longer those of the preview.
    """
    return group_lists.create_group_wishes(
        actor=request.auth,
        forward_id=forward_id,
        text=body.text,
        version=body.version,
        key=body.key,
        now=clock.now(),
    )


@router.get("/wishes", auth=reseller)
def list_wishes(request: ActorRequest, page: Query[WishQuery]) -> Page[WishView]:
    buyer = require_reseller(request.auth)
    return forwarding_wishes.list_wishes(buyer.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.get("/wishes/open", auth=reseller)
def list_open_wishes(request: ActorRequest, page: Query[PageQuery]) -> Page[DeskWishView]:
    """Wishes that wait for an order, the oldest first, each with the recipient as read, her prices now, and what is in the way."""
    buyer = require_member(request.auth, clock.now())
    return list_desk_wishes(buyer.id, buyer.tier, at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.post("/wishes/order", auth=reseller)
def order_wishes(request: ActorRequest, body: WishesOrderIn) -> WishOrderView:
    """Order chosen wishes as they were shown, as one order, and pay it from the wallet.

    A wish is ordered in full or stays open with its `refusal`: sold out, price or wish changed, withdrawn, recipient not confirmed.
    Recipients that are not in the address book yet are created for the wishes that are ordered. An order that cannot be paid stays
    unpaid, with `payment_refusal`. Refused: `orders.order_key_conflict` where the key was used for other wishes.
    """
    choices = [WishChoice(each.wish_id, each.version, each.prices) for each in body.wishes]
    place = wish_orders.order_and_pay_wishes if body.pay else wish_orders.order_wishes
    return place(actor=request.auth, choices=choices, key=body.key, now=clock.now())


@router.put("/wishes/{int:wish_id}", auth=reseller)
def correct_wish(request: ActorRequest, wish_id: int, body: WishCorrectionIn) -> WishView:
    """Correct recipient or lines of an open wish. Nothing is entered in the address book before the wish is ordered.

    Refused: `orders.invalid_recipient`, `forwarding.item_not_offered`, and `forwarding.wish_already_answered` where it is not open.
    """
    return wish_orders.correct_wish(
        actor=request.auth,
        wish_id=wish_id,
        recipient=RecipientFields(**body.recipient.dict()) if body.recipient else None,
        lines=None if body.lines is None else [PickedUnits(each.item_id, each.units) for each in body.lines],
        now=clock.now(),
    )


class DisplayIn(Input):
    """`sold_out`: what is done with sizes that are sold out; `sold_out_hours` counts for `first_hours`."""

    sold_out: SoldOut
    sold_out_hours: Whole = 12
    remark: Text = ""


@router.put("/forwards/{int:forward_id}/display", auth=reseller)
def set_display(request: ActorRequest, forward_id: int, body: DisplayIn) -> ForwardOut:
    """Refused: `forwarding.invalid_display`."""
    view = packs.set_display(
        actor=request.auth,
        forward_id=forward_id,
        sold_out=body.sold_out,
        sold_out_hours=body.sold_out_hours,
        remark=body.remark,
        now=clock.now(),
    )
    return _with_address(request, view)


@router.get("/forwards/{int:forward_id}/pack", auth=reseller)
def get_pack(request: ActorRequest, forward_id: int) -> PackView:
    """The pictures that were asked for last, and what has changed since. Missing where none were: `forwarding.no_such_pack`."""
    buyer, now = require_reseller(request.auth), clock.now()
    view = forwarding_forwards.get_forward(buyer.id, forward_id, at=now)
    found = get_latest_pack(buyer.id, view.id, address=_with_address(request, view).address, at=now)
    if found is None:
        raise NoSuchPack
    return found


@router.post("/forwards/{int:forward_id}/pack", auth=reseller)
def draw_pack(request: ActorRequest, forward_id: int) -> PackView:
    """Have the squares and the poster of a forward drawn in the background; poll until `state` is `ready`. The same goods are drawn once.

    Refused: `forwarding.nothing_to_draw`, `forwarding.too_many_packs`.
    """
    buyer, now = require_reseller(request.auth), clock.now()
    view = forwarding_forwards.get_forward(buyer.id, forward_id, at=now)
    address = _with_address(request, view).address
    pack = packs.request_pack(actor=request.auth, forward_id=view.id, address=address, now=now)
    if pack.state is PackState.WAITING:
        enqueue_on_commit("forwarding.tasks.make_pack", pack.id)
    return pack


@router.get("/forwards/{int:forward_id}/pack/{int:pack_id}/{name}", auth=reseller, openapi_extra=sends(ANY_FILE))
def get_pack_file(request: ActorRequest, forward_id: int, pack_id: int, name: Word) -> FileResponse:
    """A file of a pack by its name: `01.jpg` …, `poster.jpg`, `pack.zip`."""
    file = open_pack_file(require_reseller(request.auth).id, forward_id, pack_id, name)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


@router.get("/wishes/{int:wish_id}/recipient", auth=reseller)
def propose_wish_recipient(request: ActorRequest, wish_id: int) -> RecipientProposal:
    """The recipient as read from what the customer wrote. Stores nothing: send the confirmed fields to `POST /recipients`."""
    buyer = require_reseller(request.auth)
    return wishes_services.recipient_of_wish(forwarding_wishes.get_wish(buyer.id, wish_id))


@router.post("/wishes/{int:wish_id}/order", auth=reseller)
def link_order(request: ActorRequest, wish_id: int, body: WishOrderIn) -> WishView:
    """Record the order that a wish became. Refused: `forwarding.wish_already_answered` where she declined it."""
    return wishes_services.link_order(actor=request.auth, wish_id=wish_id, order_id=body.order_id, now=clock.now())


@router.post("/wishes/{int:wish_id}/done", auth=reseller)
def complete_wish(request: ActorRequest, wish_id: int) -> WishView:
    """Refused: `forwarding.wish_already_answered` where she declined it."""
    return wishes_services.answer_wish(actor=request.auth, wish_id=wish_id, state=WishState.DONE, now=clock.now())


@router.post("/wishes/{int:wish_id}/decline", auth=reseller)
def decline_wish(request: ActorRequest, wish_id: int) -> WishView:
    """Refused: `forwarding.wish_already_answered` where it is done."""
    return wishes_services.answer_wish(actor=request.auth, wish_id=wish_id, state=WishState.DECLINED, now=clock.now())


def _with_address(request: HttpRequest, view: ForwardView) -> ForwardOut:
    address = request.build_absolute_uri(reverse("customer_page", args=[view.token]))
    names = (name for name in ForwardOut.model_fields if name != "address")
    return ForwardOut(address=address, **{name: getattr(view, name) for name in names})
