"""What a reseller earned, for programs."""

from datetime import timedelta

from ninja import Query, Schema

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.rules.profit import ProfitSpan
from forwarding.selectors import profit
from forwarding.selectors.profit import ProfitView
from kernel import clock
from kernel.period import SHANGHAI
from membership.selectors.people import require_reseller
from web.responses import ViewRouter
from web.schemas import Day

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class ProfitQuery(Schema):
    """Days are those of Shanghai."""

    span: ProfitSpan = ProfitSpan.DAY
    first_date: Day | None = None
    last_date: Day | None = None


@router.get("/profit", auth=reseller)
def get_profit(request: ActorRequest, asked: Query[ProfitQuery]) -> ProfitView:
    """What she earned with orders paid from the first to the last date: the retail price when it was ordered, less what she paid.

    The last 30 days where no dates are given; at most 366 days and 400 rows, the latest first. Refunded goods earn nothing; goods that had
    no retail price are counted apart.
    """
    last_date = asked.last_date or clock.now().astimezone(SHANGHAI).date()
    first_date = asked.first_date or last_date - timedelta(days=29)
    buyer = require_reseller(request.auth)
    return profit.get_profit(buyer.id, span=asked.span, first_date=first_date, last_date=last_date)
