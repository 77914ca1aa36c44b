"""The filters that a reseller keeps, for programs (SALE-17)."""

from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.api.styles import StyleChoice
from flashsales.rules.finder import Sort
from flashsales.rules.saved_filters import MAX_FILTER_NAME
from flashsales.selectors.saved_filters import SavedFilterView, list_saved_filters, saved_filter_view
from flashsales.services import saved_filters
from kernel import clock
from membership.selectors.people import require_member
from web.responses import ViewRouter
from web.schemas import Input, Word

router = ViewRouter(tags=["flashsales"])
reseller = RoleAuth(Role.RESELLER)


class FilterNameIn(Input):
    name: Word = Field(max_length=80, description=f"1 to {MAX_FILTER_NAME} characters")


class FilterIn(StyleChoice, Input):
    """What a filter asks for, in a body: a field that it does not know is refused."""


class SavedFilterIn(FilterNameIn):
    filters: FilterIn = Field(description="without `sale_id`; `max_left` is 3 or absent")
    sort: Sort = "price"


@router.get("/saved-filters", auth=reseller)
def list_own_filters(request: ActorRequest) -> list[SavedFilterView]:
    """Her saved filters, at most 20, with how many styles came since she looked."""
    now = clock.now()
    member = require_member(request.auth, now)
    return list_saved_filters(reseller_id=member.id, tier=member.tier, at=now)


@router.post("/saved-filters", response=201, auth=reseller)
def save_filter(request: ActorRequest, body: SavedFilterIn) -> SavedFilterView:
    """Keep a filter under a name. Refused: 409 `flashsales.filter_name_taken`, `flashsales.too_many_saved_filters`."""
    now = clock.now()
    member = require_member(request.auth, now)
    row = saved_filters.save_filter(
        actor=request.auth, name=body.name, filters=body.filters.filters(body.sort), now=now
    )
    return saved_filter_view(row, tier=member.tier, at=now)


@router.patch("/saved-filters/{int:filter_id}", auth=reseller)
def rename_filter(request: ActorRequest, filter_id: int, body: FilterNameIn) -> SavedFilterView:
    """Give a filter another name. Refused: 409 `flashsales.filter_name_taken`."""
    now = clock.now()
    member = require_member(request.auth, now)
    row = saved_filters.rename_filter(actor=request.auth, filter_id=filter_id, name=body.name)
    return saved_filter_view(row, tier=member.tier, at=now)


@router.post("/saved-filters/{int:filter_id}/look", auth=reseller)
def look_at_filter(request: ActorRequest, filter_id: int) -> SavedFilterView:
    """From now on only styles of sales that open later are new in this filter."""
    now = clock.now()
    member = require_member(request.auth, now)
    row = saved_filters.look_at_filter(actor=request.auth, filter_id=filter_id, now=now)
    return saved_filter_view(row, tier=member.tier, at=now)


@router.delete("/saved-filters/{int:filter_id}", auth=reseller)
def delete_filter(request: ActorRequest, filter_id: int) -> None:
    """Delete a filter. Refused: 404 `flashsales.no_such_saved_filter`."""
    saved_filters.delete_filter(actor=request.auth, filter_id=filter_id)
