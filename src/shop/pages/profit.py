"""What a reseller earns: sums, a plot of the last thirty days, and a table by day, week, sale or order (FORWARD-18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.profit import ProfitSpan
from forwarding.selectors.profit import ProfitRowView, get_profit
from kernel import clock
from kernel.money import display_yuan
from kernel.period import SHANGHAI
from shop.pages.base_views import render_page, reseller
from web.day_plot import draw_days
from web.query_parameters import accepts_parameters, one_of

DAYS_OF_PLOT = 30
DAYS_OF_TABLE = {ProfitSpan.DAY: 30, ProfitSpan.WEEK: 7 * 26, ProfitSpan.SALE: 180, ProfitSpan.ORDER: 30}
"""How far back the table goes."""


@dataclass(frozen=True, slots=True)
class Tab:
    value: str
    words: str
    chosen: bool


@role_required(Role.RESELLER)
@accepts_parameters(by=one_of(ProfitSpan))
def profit(request: ActorRequest) -> HttpResponse:
    """`?by=` is what the table adds up by; a day where it is not given."""
    me = reseller(request)
    today = clock.now().astimezone(SHANGHAI).date()
    span = ProfitSpan(request.GET.get("by") or ProfitSpan.DAY)
    days = get_profit(me.id, span=ProfitSpan.DAY, first_date=today - timedelta(days=DAYS_OF_PLOT - 1), last_date=today)
    first_date = today - timedelta(days=DAYS_OF_TABLE[span] - 1)
    table = days if span is ProfitSpan.DAY else get_profit(me.id, span=span, first_date=first_date, last_date=today)
    by_day = {date.fromisoformat(row.key): row for row in days.rows}
    words = {
        ProfitSpan.DAY: _("按天"),
        ProfitSpan.WEEK: _("按周"),
        ProfitSpan.SALE: _("按专场"),
        ProfitSpan.ORDER: _("按订单"),
    }
    return render_page(
        request,
        "profit.html",
        me,
        span=span,
        tabs=[Tab(each.value, words[each], each is span) for each in ProfitSpan],
        rows=table.rows,
        total=table.total,
        today_fen=_sum(by_day, today, 1),
        week_fen=_sum(by_day, today, 7),
        month_fen=_sum(by_day, today, DAYS_OF_PLOT),
        plot=draw_days(_each_day(by_day, today), display_yuan),
    )


def _each_day(rows: Mapping[date, ProfitRowView], last: date) -> list[tuple[date, int]]:
    days = [last - timedelta(days=back) for back in range(DAYS_OF_PLOT - 1, -1, -1)]
    return [(day, rows[day].profit_fen if day in rows else 0) for day in days]


def _sum(rows: Mapping[date, ProfitRowView], last: date, days: int) -> int:
    return sum(row.profit_fen for day, row in rows.items() if last - timedelta(days=days) < day <= last)
