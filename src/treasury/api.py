"""Money that people book by hand, for programs of finance and ops."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from treasury.rules import MAX_APPROVED_AT_ONCE, RequestState
from treasury.selectors import requests
from treasury.selectors.requests import MoneyRequestView
from treasury.services import deciding, entering
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Whole, Word

router = ViewRouter(tags=["treasury"])
finance = RoleAuth(Role.FINANCE)
both = RoleAuth(Role.OPS, Role.FINANCE)


class IncomingIn(Input):
    amount: YuanIn
    reference: Word = Field(description="the bank's; the same reference counts once")


class ReferenceIn(Input):
    reference: Word


class ApprovedIn(Input):
    request_ids: list[Whole] = Field(max_length=MAX_APPROVED_AT_ONCE)


@router.post("/resellers/{int:reseller_id}/top-ups", response=201, auth=finance)
def enter_top_up(request: ActorRequest, reseller_id: int, body: IncomingIn) -> MoneyRequestView:
    """Enter money that reached the bank for a reseller's wallet. It is booked when a second person approves it."""
    return entering.enter_top_up(
        actor=request.auth,
        reseller_id=reseller_id,
        amount_fen=body.amount,
        reference=body.reference,
        now=clock.now(),
    )


@router.post("/ops/orders/{int:order_id}/received-payments", response=201, auth=finance)
def enter_order_payment(request: ActorRequest, order_id: int, body: IncomingIn) -> MoneyRequestView:
    """Enter money that reached the bank for an order. When a second person approves it, it pays the order where it can, also late.

    Refused: `treasury.reference_taken` (the reference was entered for another amount or owner).
    """
    return entering.enter_order_payment(
        actor=request.auth, order_id=order_id, amount_fen=body.amount, reference=body.reference, now=clock.now()
    )


@router.post("/brands/{int:brand_id}/deposits", response=201, auth=finance)
def enter_deposit(request: ActorRequest, brand_id: int, body: IncomingIn) -> MoneyRequestView:
    """Enter a deposit that reached the bank. It is booked when a second person approves it."""
    return entering.enter_deposit(
        actor=request.auth, brand_id=brand_id, amount_fen=body.amount, reference=body.reference, now=clock.now()
    )


@router.post("/statements/{int:statement_id}/pay-out", response=201, auth=finance)
def enter_payout(request: ActorRequest, statement_id: int, body: ReferenceIn) -> MoneyRequestView:
    """Enter that a settled statement was paid through the bank. It is booked when a second person approves it."""
    return entering.enter_payout(
        actor=request.auth, statement_id=statement_id, reference=body.reference, now=clock.now()
    )


@router.get("/ops/money-requests", auth=both)
def list_requests(
    request: ActorRequest, page: Query[PageQuery], state: RequestState | None = None, search: Word = ""
) -> Page[MoneyRequestView]:
    """Money requests, the newest first. `search`: a bank reference, or the name of a reseller or brand."""
    return requests.list_requests(state=state or "", query=search, cursor=page.cursor, limit=page.limit)


@router.get("/ops/money-requests/{int:request_id}", auth=both)
def get_request(request: ActorRequest, request_id: int) -> MoneyRequestView:
    return requests.get_request(request_id)


@router.post("/ops/money-requests/approve", auth=both)
def approve(request: ActorRequest, body: ApprovedIn) -> list[MoneyRequestView]:
    """Approve requests that others entered, all or none. Ops may where finance has only one active person."""
    return deciding.approve(actor=request.auth, request_ids=body.request_ids, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/refuse", auth=both)
def refuse(request: ActorRequest, request_id: int, body: ReasonIn) -> MoneyRequestView:
    return deciding.refuse(actor=request.auth, request_id=request_id, reason=body.reason, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/cancel", auth=both)
def cancel(request: ActorRequest, request_id: int) -> MoneyRequestView:
    """Take back a request that one entered oneself, before it is decided."""
    return deciding.cancel(actor=request.auth, request_id=request_id, now=clock.now())


@router.post("/ops/money-requests/{int:request_id}/reverse", response=201, auth=finance)
def enter_reversal(request: ActorRequest, request_id: int, body: ReasonIn) -> MoneyRequestView:
    """Enter that a booked top-up or deposit was typed wrong. When a second person approves, it is taken back by new entries."""
    return entering.enter_reversal(actor=request.auth, request_id=request_id, reason=body.reason, now=clock.now())
