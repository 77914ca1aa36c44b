"""Draws of scarce goods for programs: ops set them, resellers enter, and all read what is published (SALE-25)."""

from dataclasses import dataclass

from ninja import Query, Schema
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import SIGN_IN_ROLES, Role
from flashsales.rules.draw import DEFAULT_ORDER_MINUTES, MAX_DRAWN_ITEMS
from flashsales.selectors.draws import (
    DrawForOps,
    DrawForReseller,
    DrawTimes,
    NoSuchDraw,
    PublishedDraw,
    find_draw,
    get_draw_for_ops,
    get_draw_for_reseller,
    get_published_draw,
)
from flashsales.services import draws
from kernel import clock
from membership.selectors.people import require_reseller
from web.responses import ViewRouter
from web.schemas import Input, Whole, Word

router = ViewRouter(tags=["flashsales"])
ops = RoleAuth(Role.OPS)
reseller = RoleAuth(Role.RESELLER)
everybody = RoleAuth(*SIGN_IN_ROLES)

MAX_RESULTS = 1000


class DrawIn(Input):
    entry_minutes: Whole | None = Field(
        None, description="from the opening for all until entries close; without it there is no draw"
    )
    order_minutes: Whole = Field(DEFAULT_ORDER_MINUTES, description="so long winners may order what they won")
    codes: list[Word] = Field(
        default_factory=list, max_length=MAX_DRAWN_ITEMS, description="style numbers and barcodes of what is drawn"
    )


class ResultsQuery(Schema):
    limit: int = Field(MAX_RESULTS, ge=1, le=MAX_RESULTS)


class DrawEntryIn(Input):
    item_id: Whole
    units: Whole = 1


@dataclass(frozen=True, slots=True)
class EnteredDraw:
    """Her entry; the result is published under its number."""

    number: int
    item_id: int
    units: int


@router.put("/sales/{int:sale_id}/draw", auth=ops)
def set_draw(request: ActorRequest, sale_id: int, body: DrawIn) -> DrawTimes | None:
    """Let goods of a draft be given out by a draw, or take that back. Refused: `flashsales.unknown_drawn_goods`."""
    now = clock.now()
    draws.set_draw(
        actor=request.auth,
        sale_id=sale_id,
        entry_minutes=body.entry_minutes,
        order_minutes=body.order_minutes,
        codes=body.codes,
        now=now,
    )
    return find_draw(sale_id, at=now)


@router.get("/sales/{int:sale_id}/draw/results", auth=ops)
def get_results(request: ActorRequest, sale_id: int, page: Query[ResultsQuery]) -> DrawForOps:
    """Who entered, in the order of the draw, what they won, and what became of it."""
    found = get_draw_for_ops(sale_id, limit=page.limit, at=clock.now())
    if found is None:
        raise NoSuchDraw
    return found


@router.get("/sales/{int:sale_id}/draw", auth=everybody)
def get_published(request: ActorRequest, sale_id: int) -> PublishedDraw:
    """What is published of a draw: the commitment before entries open; seed, entries by number and winners once it is drawn."""
    return get_published_draw(sale_id, at=clock.now())


@router.get("/sales/{int:sale_id}/draw/mine", auth=reseller)
def get_own_entries(request: ActorRequest, sale_id: int) -> DrawForReseller:
    """The drawn goods of a sale with her entries, her places, and what is reserved for her."""
    me = require_reseller(request.auth)
    return get_draw_for_reseller(sale_id, reseller_id=me.id, at=clock.now())


@router.post("/draw-entries", response=201, auth=reseller)
def enter(request: ActorRequest, body: DrawEntryIn) -> EnteredDraw:
    """Enter the draw of an item, or change the units of her entry. It needs no place in a waiting room.

    Refused: 409 `flashsales.not_taking_entries`. What she wins she orders as any other goods, before `reserved_until`.
    """
    number = draws.enter(actor=request.auth, item_id=body.item_id, units=body.units, now=clock.now())
    return EnteredDraw(number, body.item_id, body.units)


@router.delete("/draw-entries/{int:draw_entry_id}", auth=reseller)
def withdraw(request: ActorRequest, draw_entry_id: int) -> None:
    """Take her entry out of a draw that still takes entries."""
    draws.withdraw_entry(actor=request.auth, number=draw_entry_id, now=clock.now())
