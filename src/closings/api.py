"""Closing accounts, for programs of resellers, brands and finance."""

from dataclasses import dataclass

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import MAX_TYPED_CODE, Role
from brands.selectors.brands import require_own_brand
from closings.rules import ClosingState
from closings.selectors import closings, open_things
from closings.selectors.closings import ClosingView
from closings.services import closing
from kernel import clock
from membership.selectors.people import require_reseller
from treasury.selectors.requests import MoneyRequestView
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Word

router = ViewRouter(tags=["account closings"])
finance = RoleAuth(Role.FINANCE)
both = RoleAuth(Role.OPS, Role.FINANCE)
owner = RoleAuth(Role.RESELLER, Role.BRAND)


class ClosingIn(ReasonIn):
    key: Word = Field(description="of the client; sent again, it asks for nothing more")


class LateMoneyIn(Input):
    key: Word = Field(description="of the client; sent again, it enters nothing more")


class ClosingCodeIn(Input):
    code: str = Field("", max_length=MAX_TYPED_CODE, description="a one-time code, where money is left")


@dataclass(frozen=True, slots=True)
class OpenThingView:
    """Something that must be over first, in words."""

    kind: str
    count: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OwnClosingView:
    """What stands in the way of closing one's own account, what would be paid out, and the latest closing."""

    open: list[OpenThingView]
    rest_fen: int
    closing: ClosingView | None


@router.get("/account-closing", auth=owner)
def get_own_closing(request: ActorRequest) -> OwnClosingView:
    """What must be over before one's own account is closed, and the latest closing that was asked for."""
    actor, now = request.auth, clock.now()
    if actor.role is Role.BRAND:
        brand_id = require_own_brand(actor).id
        found, rest_fen = open_things.list_open_of_brand(brand_id, at=now), closings.get_rest_fen(brand_id=brand_id)
    else:
        her = require_reseller(actor)
        found, rest_fen = open_things.list_open_of_reseller(her.id, at=now), closings.get_rest_fen(reseller_id=her.id)
    shown = [OpenThingView(each.kind.value, each.count, each.zh, each.en) for each in found]
    return OwnClosingView(shown, rest_fen, closings.find_own_closing(actor))


@router.post("/account-closing", response=201, auth=owner)
def request_own_closing(request: ActorRequest, body: ClosingIn) -> ClosingView:
    """Ask that one's own account is closed. Finance approve; what is left is paid to the bank account, and nobody signs in any more.

    Refused: `closings.still_open` (names what is open), `treasury.no_payee_account`.
    """
    return closing.request_own_closing(actor=request.auth, reason=body.reason, key=body.key, now=clock.now())


@router.post("/account-closing/{int:closing_id}/cancel", auth=owner)
def cancel_own_closing(request: ActorRequest, closing_id: int) -> ClosingView:
    """Take back a closing that one asked for, before it was decided."""
    return closing.cancel_closing(actor=request.auth, closing_id=closing_id, now=clock.now())


@router.post("/resellers/{int:reseller_id}/account-closing", response=201, auth=finance)
def request_closing_of_reseller(request: ActorRequest, reseller_id: int, body: ClosingIn) -> ClosingView:
    """Enter that the account of a reseller is to be closed. A second person approves."""
    return closing.request_closing_of_reseller(
        actor=request.auth, reseller_id=reseller_id, reason=body.reason, key=body.key, now=clock.now()
    )


@router.post("/brands/{int:brand_id}/account-closing", response=201, auth=finance)
def request_closing_of_brand(request: ActorRequest, brand_id: int, body: ClosingIn) -> ClosingView:
    """Enter that the account of a suspended brand is to be closed. A second person approves."""
    return closing.request_closing_of_brand(
        actor=request.auth, brand_id=brand_id, reason=body.reason, key=body.key, now=clock.now()
    )


@router.get("/ops/account-closings", auth=both)
def list_closings(
    request: ActorRequest, page: Query[PageQuery], state: ClosingState | None = None
) -> Page[ClosingView]:
    """Closings of accounts, the newest first."""
    return closings.list_closings(state=state or "", cursor=page.cursor, limit=page.limit)


@router.get("/ops/account-closings/{int:closing_id}", auth=both)
def get_closing(request: ActorRequest, closing_id: int) -> ClosingView:
    return closings.get_closing(closing_id)


@router.post("/ops/account-closings/{int:closing_id}/approve", auth=both)
def approve_closing(request: ActorRequest, closing_id: int, body: ClosingCodeIn) -> ClosingView:
    """Close the account. What is left goes into the next file for the bank; then a one-time code is asked for."""
    code = body.code or request.headers.get("X-One-Time-Code", "")[:MAX_TYPED_CODE]
    return closing.approve_closing(actor=request.auth, closing_id=closing_id, code=code, now=clock.now())


@router.post("/ops/account-closings/{int:closing_id}/refuse", auth=both)
def refuse_closing(request: ActorRequest, closing_id: int, body: ReasonIn) -> ClosingView:
    return closing.refuse_closing(actor=request.auth, closing_id=closing_id, reason=body.reason, now=clock.now())


@router.post("/ops/account-closings/{int:closing_id}/cancel", auth=finance)
def cancel_closing(request: ActorRequest, closing_id: int) -> ClosingView:
    """Take back a closing that one entered, before it was decided."""
    return closing.cancel_closing(actor=request.auth, closing_id=closing_id, now=clock.now())


@router.post("/ops/account-closings/{int:closing_id}/pay-late-money", response=201, auth=finance)
def pay_late_money(request: ActorRequest, closing_id: int, body: LateMoneyIn) -> MoneyRequestView:
    """Enter the payment of what reached the wallet of a closed account later. A second person approves it."""
    return closing.pay_late_money(actor=request.auth, closing_id=closing_id, key=body.key, now=clock.now())
