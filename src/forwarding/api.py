"""Retail prices, forwards and wishes for programs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules import Phase
from forwarding.rules import WishState
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors import prices
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.selectors.forwards import ForwardView
from forwarding.services import forwards as forwards_services
from forwarding.services import prices as forwarding_prices
from forwarding.services import wishes as wishes_services
from kernel import clock
from membership.selectors.people import reseller_of
from web.money import YuanIn, YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Whole

router = Router(tags=["forwarding"])


class RetailIn(Input):
    price: YuanIn
    below_cost_confirmed: bool = Field(False, description="true takes a price below what the style costs her now")


class RetailOut(Schema):
    style_id: int
    price: YuanOut = fen_of("price_fen")


@router.put("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", response=RetailOut, auth=RoleAuth(Role.RESELLER))
def set_retail_price(request: ActorRequest, sale_id: int, style_id: int, body: RetailIn) -> Any:
    """What she asks of her customers; refused under the floor of goods that keep their label.

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
    return {"style_id": style_id, "price_fen": price_fen}


@router.get("/sales/{int:sale_id}/retail-prices", response=PageOut[RetailOut], auth=RoleAuth(Role.RESELLER))
def retail_prices(request: ActorRequest, sale_id: int, page: Query[PageQuery]) -> Any:
    buyer = reseller_of(request.auth)
    return prices.list_retail_prices(reseller_id=buyer.id, sale_id=sale_id, cursor=page.cursor, limit=page.limit)


class ForwardIn(Input):
    """`style_id` null: all goods of the sale that have a retail price of hers."""

    sale_id: Whole
    style_id: Whole | None = None


class ForwardOut(Schema):
    """`address` is the page that customers open; it answers 410 once `open` is false."""

    id: int
    address: str
    sale_id: int
    style_id: int | None
    phase: Phase
    ends_at: datetime
    created_at: datetime
    stopped_at: datetime | None
    open: bool
    views: int
    wishes: int
    new_wishes: int
    orders: int


class WishOut(Schema):
    id: int
    forward_id: int
    sale_id: int
    style_id: int
    item_id: int
    colour: str
    size: str
    units: int
    name: str
    phone: str
    note: str
    state: WishState
    left_at: datetime
    order_id: int | None


class WishRecipientOut(Schema):
    """What was read, beside the customer's own words; an empty field was not found, `unused_text` are words that are in no field."""

    pasted: str
    name: str
    phone: str
    address: str
    unused_text: list[str]
    is_complete: bool


class WishOrderIn(Input):
    order_id: Whole


class WishQuery(PageQuery):
    state: WishState | None = None


@router.delete(
    "/sales/{int:sale_id}/styles/{int:style_id}/retail-price", response={204: None}, auth=RoleAuth(Role.RESELLER)
)
def clear_retail_price(request: ActorRequest, sale_id: int, style_id: int) -> Any:
    """Ask nothing any more: the style leaves her pages."""
    forwarding_prices.clear_retail_price(actor=request.auth, sale_id=sale_id, style_id=style_id, now=clock.now())
    return Status(204, None)


@router.post("/forwards", response={201: ForwardOut}, auth=RoleAuth(Role.RESELLER))
def forward(request: ActorRequest, body: ForwardIn) -> Any:
    """Make the page of a style or a sale; the same again is the same page.

    Refused: `forwarding.price_first` while nothing has a retail price that may be seen, `forwarding.not_open` after the sale's end.
    """
    made = forwards_services.create_forward(
        actor=request.auth, sale_id=body.sale_id, style_id=body.style_id, now=clock.now()
    )
    return Status(201, _told(request, made))


@router.get("/forwards", response=PageOut[ForwardOut], auth=RoleAuth(Role.RESELLER))
def forwards(request: ActorRequest, page: Query[PageQuery]) -> Any:
    buyer = reseller_of(request.auth)
    found = forwarding_forwards.list_forwards(buyer.id, at=clock.now(), cursor=page.cursor, limit=page.limit)
    return {"items": [_told(request, each) for each in found.items], "next_cursor": found.next_cursor}


@router.get("/forwards/{int:forward_id}", response=ForwardOut, auth=RoleAuth(Role.RESELLER))
def own_forward(request: ActorRequest, forward_id: int) -> Any:
    return _told(request, forwarding_forwards.get_forward(reseller_of(request.auth).id, forward_id, at=clock.now()))


@router.post("/forwards/{int:forward_id}/stop", response=ForwardOut, auth=RoleAuth(Role.RESELLER))
def stop(request: ActorRequest, forward_id: int) -> Any:
    """Take the page back; twice is once."""
    return _told(request, forwards_services.stop_forward(actor=request.auth, forward_id=forward_id, now=clock.now()))


@router.get("/wishes", response=PageOut[WishOut], auth=RoleAuth(Role.RESELLER))
def wishes(request: ActorRequest, page: Query[WishQuery]) -> Any:
    buyer = reseller_of(request.auth)
    return forwarding_wishes.list_wishes(buyer.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.get("/wishes/{int:wish_id}/recipient", response=WishRecipientOut, auth=RoleAuth(Role.RESELLER))
def wish_recipient(request: ActorRequest, wish_id: int) -> Any:
    """Whom a wish may be for, as read from what the customer wrote. Enters nobody: send the confirmed fields to `POST /recipients`."""
    return wishes_services.recipient_of_wish(forwarding_wishes.get_wish(reseller_of(request.auth).id, wish_id))


@router.post("/wishes/{int:wish_id}/order", response=WishOut, auth=RoleAuth(Role.RESELLER))
def note_order(request: ActorRequest, wish_id: int, body: WishOrderIn) -> Any:
    """Say which order of hers the wish became. Refused: `forwarding.already_answered` where she declined it."""
    return wishes_services.link_order(actor=request.auth, wish_id=wish_id, order_id=body.order_id, now=clock.now())


@router.post("/wishes/{int:wish_id}/done", response=WishOut, auth=RoleAuth(Role.RESELLER))
def wish_done(request: ActorRequest, wish_id: int) -> Any:
    """Refused: `forwarding.already_answered` where she declined it."""
    return wishes_services.answer_wish(actor=request.auth, wish_id=wish_id, state=WishState.DONE, now=clock.now())


@router.post("/wishes/{int:wish_id}/decline", response=WishOut, auth=RoleAuth(Role.RESELLER))
def decline_wish(request: ActorRequest, wish_id: int) -> Any:
    """Refused: `forwarding.already_answered` where it is done."""
    return wishes_services.answer_wish(actor=request.auth, wish_id=wish_id, state=WishState.DECLINED, now=clock.now())


def _told(request: HttpRequest, view: ForwardView) -> dict[str, Any]:
    address = request.build_absolute_uri(reverse("customer_page", args=[view.token]))
    named = (name for name in ForwardOut.model_fields if name != "address")
    return {"address": address} | {name: getattr(view, name) for name in named}
