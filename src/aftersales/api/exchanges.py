"""Exchanges of paid units for programs."""

from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors import exchanges
from aftersales.selectors.exchanges import ExchangeOption, ExchangeView
from aftersales.services import exchanges as exchange_services
from kernel import clock
from membership.selectors.people import require_buyer, require_reseller
from orders.selectors.orders import get_own_order
from web.money import YuanIn
from web.responses import ViewRouter
from web.schemas import Input, Whole, Word

router = ViewRouter(tags=["orders"])
reseller = RoleAuth(Role.RESELLER)


class ExchangeIn(Input):
    item_id: Whole
    units: Whole | None = Field(None, description="all that are left to ship where it is not given")
    expected_price: YuanIn | None = Field(
        None, description="of the new item as it was shown; by default that of the line"
    )
    key: Word = Field(description="chosen by the client; the same key exchanges once")


@router.get("/orders/{int:order_id}/exchange-options", auth=reseller)
def list_exchange_options(request: ActorRequest, order_id: int) -> list[ExchangeOption]:
    """What the paid lines of an order can be exchanged for now. A line that cannot be exchanged is missing."""
    now = clock.now()
    buyer = require_buyer(request.auth, now)
    order = get_own_order(buyer.id, order_id)
    options = exchanges.get_exchange_options(order, reseller_id=buyer.id, tier=buyer.tier.value, at=now)
    return list(options.values())


@router.get("/orders/{int:order_id}/exchanges", auth=reseller)
def list_exchanges(request: ActorRequest, order_id: int) -> list[ExchangeView]:
    """The exchanges of an order: of its lines, and the one that it came from."""
    order = get_own_order(require_reseller(request.auth).id, order_id)
    return exchanges.list_exchanges([order.id])


@router.post("/order-lines/{int:line_id}/exchange", response=201, auth=reseller)
def exchange(request: ActorRequest, line_id: int, body: ExchangeIn) -> ExchangeView:
    """Exchange paid units for another colour or size of the style in the same sale, until the brand has downloaded a list with them.

    The difference in price is paid from the wallet or refunded to it. Refused: `aftersales.list_downloaded`,
    `aftersales.not_exchangeable`, `orders.price_changed` where the present price is not `expected_price`, `ledger.insufficient_balance`.
    """
    return exchange_services.exchange(
        actor=request.auth,
        line_id=line_id,
        item_id=body.item_id,
        units=body.units,
        expected_price_fen=body.expected_price,
        key=body.key,
        now=clock.now(),
    )
