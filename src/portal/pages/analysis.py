"""What sold of a brand's goods, how fast they were shipped, and what came back; and the order lines behind a figure."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from analysis.selectors import figures
from analysis.selectors.lines import list_lines
from analysis.selectors.periods import PERIOD_PARAMETERS, chosen_period, posted_days
from analysis.selectors.workbooks import list_workbooks
from analysis.services.workbook_requests import open_workbook, request_workbook
from brands.selectors.brands import require_own_brand
from flashsales.selectors.sales import NoSuchSale, get_sale
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.lines_of_days import PaidLineFilter
from portal.pages.base_views import cursor_of, render_page
from web.day_plot import draw_days
from web.file_responses import private_workbook_answer
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
        workbooks=list_workbooks(request.actor).items,
        request_url=reverse("portal:request_workbook"),
        file_page="portal:download_workbook",
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


@role_required(Role.BRAND)
@require_POST
def request_analysis_workbook(request: ActorRequest) -> HttpResponse:
    """Ask for the workbook of a period with the brand's own lines."""
    try:
        made = request_workbook(actor=request.actor, days=posted_days(request.POST.dict()), now=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    else:
        enqueue_on_commit("analysis.tasks.make_workbook", made.id)
        messages.success(request, gettext("工作簿在后台做，做好后在本页下方下载。"))
    return redirect("portal:analysis")


@role_required(Role.BRAND)
@require_POST
def download_workbook(request: ActorRequest, workbook_id: int) -> HttpResponse | FileResponse:
    """The file of a workbook; each download is in the audit log."""
    try:
        file = open_workbook(actor=request.actor, workbook_id=workbook_id, now=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        return redirect("portal:analysis")
    return private_workbook_answer(file.content, file.name)
