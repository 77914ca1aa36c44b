"""Forwards, for programs."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules import Phase
from forwarding.api.schemas import SelectedStyleIn
from forwarding.rules.packs import SoldOut
from forwarding.rules.pages import MAX_SELECTED_STYLES
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors.forwards import ForwardView
from forwarding.services import forwards as forwards_services
from forwarding.services import packs
from kernel import clock
from membership.selectors.people import require_reseller
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


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
    styles = [each.style for each in body.styles]
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


def page_address(request: HttpRequest, view: ForwardView) -> str:
    """The address of the page that customers open."""
    return request.build_absolute_uri(reverse("customer_page", args=[view.token]))


def _with_address(request: HttpRequest, view: ForwardView) -> ForwardOut:
    names = (name for name in ForwardOut.model_fields if name != "address")
    return ForwardOut(address=page_address(request, view), **{name: getattr(view, name) for name in names})
