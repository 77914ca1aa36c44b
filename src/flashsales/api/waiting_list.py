"""What ops see of the waiting list of sold-out goods, for programs; resellers ask in `forwarding.api.waiting_list` (SALE-13)."""

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules.waiting import Demand
from flashsales.selectors.waiting_list import list_demand
from web.responses import ViewRouter

router = ViewRouter(tags=["flashsales"])
ops = RoleAuth(Role.OPS)


@router.get("/sales/{int:sale_id}/demand", auth=ops)
def get_demand(request: ActorRequest, sale_id: int) -> list[Demand]:
    """How many units of sold-out sizes resellers wait for, the most wanted first."""
    return list_demand(sale_id)
