"""The waiting list of sold-out goods for programs (SALE-13)."""

from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules.waiting import MAX_LINES, MAX_SOURCE, OwnEntry
from flashsales.selectors.waiting_list import list_own_entries
from flashsales.services import reservations, waiting_list
from flashsales.services.waiting_list import WaitingLine
from forwarding.services import waiting
from kernel import clock
from membership.selectors.people import require_reseller
from web.responses import ViewRouter
from web.schemas import Input, Whole

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class WaitingLineIn(Input):
    item_id: Whole
    units: Whole = 1
    source: str = Field(
        "",
        max_length=MAX_SOURCE,
        description="for whom: wish:7, recipient:3, wishes:9 for all up to that wish, or empty for herself",
    )


class WaitingIn(Input):
    lines: list[WaitingLineIn] = Field(max_length=MAX_LINES)


@router.get("/waiting-list", auth=reseller)
def get_waiting_list(request: ActorRequest) -> list[OwnEntry]:
    """All that she waits for in sales that are not over, with her place in line; what is reserved for her comes first."""
    me = require_reseller(request.auth)
    return list_own_entries(me.id, at=clock.now())


@router.post("/waiting-list", auth=reseller)
def ask_for(request: ActorRequest, body: WaitingIn) -> list[OwnEntry]:
    """Wait for sold-out sizes, all of them or none. The same lines again are the same entries.

    Refused: 409 `flashsales.not_sold_out`; a wish or recipient that is not hers, 404.
    """
    lines = [WaitingLine(line.item_id, line.units, line.source) for line in body.lines]
    now = clock.now()
    ids = waiting.ask_for(actor=request.auth, lines=lines, now=now)
    me = require_reseller(request.auth)
    return [row for row in list_own_entries(me.id, at=now) if row.id in ids]


@router.delete("/waiting-list/{int:entry_id}", auth=reseller)
def withdraw(request: ActorRequest, entry_id: int) -> None:
    """Wait no more. What is reserved for the entry goes to the next."""
    waiting_list.withdraw(actor=request.auth, entry_id=entry_id, now=clock.now())


@router.delete("/reservations/{int:reservation_id}", auth=reseller)
def decline(request: ActorRequest, reservation_id: int) -> None:
    """Give up what is reserved for her. To take it, order it as any other goods before `reserved_until`."""
    reservations.decline(actor=request.auth, reservation_id=reservation_id, now=clock.now())
