"""Substitutes for units short, for programs of brands and resellers."""

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors import substitutes
from aftersales.selectors.substitutes import SubstituteChoice, SubstituteView
from aftersales.services import substitutes as substitute_services
from aftersales.services.refunds import NoSuchOrderLine
from brands.selectors.brands import require_own_brand
from kernel import clock
from membership.selectors.people import require_buyer
from orders.selectors.lines import get_line_of_sale
from web.money import YuanIn
from web.responses import ViewRouter
from web.schemas import Input

router = ViewRouter(tags=["aftersales"])
reseller = RoleAuth(Role.RESELLER)


class AcceptIn(Input):
    expected_price: YuanIn


@router.get("/order-lines/{int:line_id}/substitutes", auth=RoleAuth(Role.BRAND))
def list_choices(request: ActorRequest, line_id: int) -> list[SubstituteChoice]:
    """What a brand may offer for units of a line that it cannot ship; name it when reporting them (`POST /out-of-stock`, `/shortages`)."""
    brand_id, line = require_own_brand(request.auth).id, get_line_of_sale(line_id)
    if line is None or line.brand_id != brand_id:
        raise NoSuchOrderLine(line_id=line_id)
    return substitutes.list_choices(line_id, brand_id=brand_id, at=clock.now())


@router.get("/substitutes", auth=reseller)
def list_substitutes(request: ActorRequest) -> list[SubstituteView]:
    """What brands offer for her missing goods and she has not answered yet. An offer holds no units."""
    now = clock.now()
    buyer = require_buyer(request.auth, now)
    return substitutes.list_substitutes(buyer.id, tier=buyer.tier.value, at=now)


@router.post("/substitutes/{int:substitute_id}/accept", auth=reseller)
def accept(request: ActorRequest, substitute_id: int, body: AcceptIn) -> SubstituteView:
    """Order and pay the offered units for the same recipient. A second call changes nothing.

    Refused: `aftersales.substitute_answered`, `aftersales.substitute_dearer`, `orders.price_changed`, `flashsales.sold_out`,
    `ledger.insufficient_balance`.
    """
    return substitute_services.accept_substitute(
        actor=request.auth, substitute_id=substitute_id, expected_price_fen=body.expected_price, now=clock.now()
    )


@router.post("/substitutes/{int:substitute_id}/decline", auth=reseller)
def decline(request: ActorRequest, substitute_id: int) -> SubstituteView:
    """Decline an offer. A second call changes nothing."""
    return substitute_services.decline_substitute(actor=request.auth, substitute_id=substitute_id, now=clock.now())
