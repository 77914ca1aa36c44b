"""What sold of a brand's goods, how fast they were shipped, and what came back; and the order lines behind a figure."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from analysis.selectors import figures
from analysis.selectors.lines import list_lines
from analysis.selectors.periods import PERIOD_PARAMETERS, chosen_period
from brands.selectors.brands import require_own_brand
from flashsales.selectors.sales import NoSuchSale, get_sale
from kernel import clock
from orders.selectors.lines_of_days import PaidLineFilter
from portal.pages.base_views import cursor_of, render_page
from web.day_plot import draw_days
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS)
def analysis(request: ActorRequest) -> HttpResponse:
    brand, period = require_own_brand(request.actor), chosen_period(request.GET.dict(), at=clock.now())
    found = figures.get_brand_analysis(period.days, brand_id=brand.id)
    units = {each.day: each.figures.units for each in found.by_day}
    return render_page(
        request,
        "analysis.html",
        brand=brand,
        period=period,
        found=found,
        plot=draw_days([(day, units.get(day, 0)) for day in period.days.dates], str, width=720),
        counted_at=figures.counted_at(),
        lines_url=reverse("portal:analysis_lines"),
        lines_query=period.query,
    )


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS, sale=number, only=one_of(PaidLineFilter), cursor=cursor)
def analysis_lines(request: ActorRequest) -> HttpResponse:
    """The order lines behind a figure; never the reseller, or the price that she paid."""
    brand, now = require_own_brand(request.actor), clock.now()
    period, sale_id = chosen_period(request.GET.dict(), at=now), parse_number(request.GET.get("sale"))
    only = PaidLineFilter(request.GET["only"]) if request.GET.get("only") else None
    sale = get_sale(sale_id, at=now) if sale_id else None
    if sale is not None and sale.brand_id != brand.id:
        raise NoSuchSale(sale_id=sale.id)
    page = list_lines(
        period.days, at=now, brand_id=brand.id, sale_id=sale_id, only=only, cursor=cursor_of(request), limit=50
    )
    return render_page(
        request, "analysis_lines.html", brand=brand, period=period, page=page, only=only, shown_sale=sale
    )
