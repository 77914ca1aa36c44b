"""Retail prices, forwards and wishes for programs."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules import Phase
from forwarding.rules import WishState
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors import prices
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.selectors.forwards import ForwardView
from forwarding.selectors.prices import RetailPriceView
from forwarding.selectors.wishes import WishView
from forwarding.services import forwards as forwards_services
from forwarding.services import prices as forwarding_prices
from forwarding.services import wishes as wishes_services
from kernel import clock
from membership.selectors.people import require_reseller
from orders.services.recipients import RecipientProposal
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Whole

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class RetailPriceIn(Input):
    price: YuanIn
    below_cost_confirmed: bool = Field(False, description="true accepts a price below what the style costs her now")


class ForwardIn(Input):
    """`style_id` null forwards all styles of the sale that have a retail price."""

    sale_id: Whole
    style_id: Whole | None = None


class ForwardOut(Schema):
    """A forward with the address of its page instead of the token. The page answers 410 once `is_open` is false."""

    id: int
    address: str
    sale_id: int
    style_id: int | None
    phase: Phase
    ends_at: datetime
    created_at: datetime
    stopped_at: datetime | None
    is_open: bool
    views: int
    wishes: int
    new_wishes: int
    orders: int


class WishOrderIn(Input):
    order_id: Whole


class WishQuery(PageQuery):
    state: WishState | None = None


@router.put("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", auth=reseller)
def set_retail_price(request: ActorRequest, sale_id: int, style_id: int, body: RetailPriceIn) -> RetailPriceView:
    """Set the price that her customers see; refused below the floor of a style that keeps its label.

    Refused: `forwarding.below_cost`, which names cost and price, where it is below what the style costs her and not confirmed.
    """
    price_fen = forwarding_prices.set_retail_price(
        actor=request.auth,
        sale_id=sale_id,
        style_id=style_id,
        price_fen=body.price,
        below_cost_confirmed=body.below_cost_confirmed,
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


@router.post("/forwards", response=201, auth=reseller)
def create_forward(request: ActorRequest, body: ForwardIn) -> ForwardOut:
    """Make the page of a style or a sale; a repetition returns the same page.

    Refused: `forwarding.retail_price_required` while no visible style has a retail price, `forwarding.sale_ended` after the sale's end.
    """
    view = forwards_services.create_forward(
        actor=request.auth, sale_id=body.sale_id, style_id=body.style_id, now=clock.now()
    )
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


@router.get("/wishes", auth=reseller)
def list_wishes(request: ActorRequest, page: Query[WishQuery]) -> Page[WishView]:
    buyer = require_reseller(request.auth)
    return forwarding_wishes.list_wishes(buyer.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


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
