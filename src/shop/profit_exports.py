"""What a reseller earned, as a file (FORWARD-18)."""

from datetime import timedelta

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.rules.profit import ProfitSpan
from forwarding.selectors.profit import MAX_DAYS, list_profit_rows
from kernel import clock
from kernel.period import SHANGHAI
from membership.selectors.people import require_reseller
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, money, text
from web.responses import ViewRouter
from web.schemas import Day

router = ViewRouter(tags=["exports"])
reseller = RoleAuth(Role.RESELLER)

_KEYS = {
    ProfitSpan.DAY: _("日期"),
    ProfitSpan.WEEK: _("周（从周一）"),
    ProfitSpan.SALE: _("专场号"),
    ProfitSpan.ORDER: _("订单号"),
}
PROFITS = {
    span: ExportedList(
        f"profit-by-{span.value}",
        _("我赚了多少"),
        (
            code(key, "key"),
            *([text(_("专场"), "title", 24)] if span is ProfitSpan.SALE else []),
            money(_("赚（元）"), "profit_fen"),
            integer(_("订单数"), "orders"),
            integer(_("件数"), "units"),
            money(_("卖给顾客（元）"), "revenue_fen"),
            money(_("我付的（元）"), "paid_fen"),
            integer(_("没定零售价的件数"), "unpriced_units"),
            money(_("为它们付的（元）"), "unpriced_fen"),
        ),
    )
    for span, key in _KEYS.items()
}


@router.get("/profit/export", auth=reseller, openapi_extra=SENDS_EXPORT)
def export_profit(
    request: ActorRequest,
    file: Query[ExportQuery],
    by: ProfitSpan = ProfitSpan.DAY,
    first_date: Day | None = None,
    last_date: Day | None = None,
) -> StreamingHttpResponse:
    """What she earned by day, week, sale or order as a file, the latest first; the last 366 days where no dates are given."""
    last = last_date or clock.now().astimezone(SHANGHAI).date()
    first = first_date or last - timedelta(days=MAX_DAYS - 1)
    rows = list_profit_rows(require_reseller(request.auth).id, span=by, first_date=first, last_date=last)
    return export_rows(request, PROFITS[by], rows, file.format)
