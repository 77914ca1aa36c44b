"""Analysis for ops and finance: brands compared, one brand, margin, and the order lines behind a figure."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from analysis.rules import Days
from analysis.selectors import figures
from analysis.selectors.cohorts import MAX_MONTHS, list_cohorts, list_tiers
from analysis.selectors.figures import BrandSort
from analysis.selectors.lines import list_lines
from analysis.selectors.periods import PERIOD_PARAMETERS, ChosenPeriod, chosen_period, posted_days
from analysis.selectors.workbooks import list_workbooks
from analysis.services.workbook_requests import open_workbook, request_workbook
from brands.selectors.brands import get_brand
from console.pages.base_views import BOTH, cursor_of, render_page, sentence
from flashsales.selectors.sales import get_sale
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.money import display_yuan
from kernel.period import shanghai_date
from kernel.refusal import Refusal
from ledger.rules import BRAND_FEE, COMMISSION, AccountKind, AccountRef, PostingKind
from ledger.selectors.statements import sum_by_posting_kind
from orders.selectors.lines_of_days import PaidLineFilter
from web.day_plot import draw_days
from web.file_responses import private_workbook_answer
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number

FINANCE = (Role.FINANCE,)
_OTHER_INCOME = {
    COMMISSION: {
        PostingKind.SETTLEMENT: _("另：接受品牌异议的更正（按结算日）"),
        PostingKind.ADJUSTMENT: _("另：定稿后退款和钱包加扣款里平台承担的（按入账日）"),
        PostingKind.DEPOSIT_DEDUCTION: _("另：扣下的保证金（按入账日）"),
    },
    BRAND_FEE: {PostingKind.SETTLEMENT: _("另：扣款收入（按结算日）")},
}
"""What is income of the platform and no margin of a line, by account."""
SORTS = {
    BrandSort.SOLD: _("成交额"),
    BrandSort.SELL_THROUGH: _("动销率低"),
    BrandSort.LATE: _("准时率低"),
    BrandSort.RETURNS: _("退货率高"),
    BrandSort.SHORT: _("缺货率高"),
    BrandSort.MARGIN: _("毛利"),
}


@role_required(*BOTH)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS, sort=one_of(BrandSort))
def analysis(request: ActorRequest) -> HttpResponse:
    """Brands compared; `?sort=` puts the worst of one figure first."""
    period, sort = _period(request), BrandSort(request.GET.get("sort") or BrandSort.SOLD)
    days = figures.list_days(period.days)
    amounts = {each.day: each.figures.sold_fen for each in days}
    return _render(
        request,
        "analysis.html",
        period,
        compared=figures.compare(period.days),
        by_day=days,
        plot=draw_days([(day, amounts.get(day, 0)) for day in period.days.dates], display_yuan, width=720),
        rows=figures.list_brands(period.days, sort=sort),
        sort=sort,
        sorts=SORTS.items(),
        reasons=figures.list_reasons(period.days),
        workbooks=list_workbooks(request.actor).items,
        request_url=reverse("console:request_workbook"),
        file_page="console:download_workbook",
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS)
def brand_analysis(request: ActorRequest, brand_id: int) -> HttpResponse:
    """What a brand sees of itself."""
    period, brand = _period(request), get_brand(brand_id)
    found = figures.get_brand_analysis(period.days, brand_id=brand_id)
    units = {each.day: each.figures.units for each in found.by_day}
    return _render(
        request,
        "brand_analysis.html",
        period,
        shown_brand=brand,
        found=found,
        plot=draw_days([(day, units.get(day, 0)) for day in period.days.dates], str, width=720),
        lines_query=f"{period.query}&brand={brand_id}",
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS)
def margin(request: ActorRequest) -> HttpResponse:
    """Commission and what is left of it."""
    period = _period(request)
    days = figures.list_days(period.days)
    amounts = {each.day: each.figures.margin_fen for each in days}
    return _render(
        request,
        "margin.html",
        period,
        compared=figures.compare(period.days),
        by_day=days,
        plot=draw_days([(day, amounts.get(day, 0)) for day in period.days.dates], display_yuan, width=720),
        rows=figures.list_brands(period.days, sort=BrandSort.MARGIN),
        fees_fen=figures.get_provider_fees(period.days),
        fees_before_fen=figures.get_provider_fees(period.before),
        other_income=_other_income(period),
    )


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """What the platform earned or bore beside the margin of lines, by the day of its booking."""

    words: str
    account: AccountKind
    now_fen: int
    before_fen: int


def _other_income(period: ChosenPeriod) -> list[IncomeRow]:
    """What moves the accounts of commission and fees beside what the lines give: with the margin it makes the income of the platform."""
    now, before = (_booked(each) for each in (period.days, period.before))
    return [
        IncomeRow(str(words), account.kind, now.get((account, kind), 0), before.get((account, kind), 0))
        for account, kinds in _OTHER_INCOME.items()
        for kind, words in kinds.items()
    ]


def _booked(days: Days) -> dict[tuple[AccountRef, PostingKind], int]:
    return {
        (account, kind): fen
        for account, kinds in _OTHER_INCOME.items()
        for kind, fen in sum_by_posting_kind(account, kinds, first=days.first, last=days.last).items()
    }


@role_required(*BOTH)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS, brand=number, sale=number, only=one_of(PaidLineFilter), cursor=cursor)
def analysis_lines(request: ActorRequest) -> HttpResponse:
    """The order lines behind a figure."""
    period, now = _period(request), clock.now()
    brand_id, sale_id = parse_number(request.GET.get("brand")), parse_number(request.GET.get("sale"))
    only = PaidLineFilter(request.GET["only"]) if request.GET.get("only") else None
    page = list_lines(
        period.days, at=now, brand_id=brand_id, sale_id=sale_id, only=only, cursor=cursor_of(request), limit=50
    )
    return _render(
        request,
        "analysis_lines.html",
        period,
        page=page,
        only=only,
        shown_brand=get_brand(brand_id) if brand_id else None,
        shown_sale=get_sale(sale_id, at=now) if sale_id else None,
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(**PERIOD_PARAMETERS)
def member_analysis(request: ActorRequest) -> HttpResponse:
    """Tiers, and cohorts of resellers."""
    period = _period(request)
    cohorts = list_cohorts(today=shanghai_date(clock.now()))
    return _render(
        request,
        "member_analysis.html",
        period,
        tiers=list_tiers(period.days),
        cohorts=cohorts,
        places=range(max((len(row.cells) for row in cohorts), default=MAX_MONTHS)),
    )


@role_required(*BOTH)
@require_POST
def request_analysis_workbook(request: ActorRequest) -> HttpResponse:
    """Ask for the workbook of a period."""
    try:
        made = request_workbook(actor=request.actor, days=posted_days(request.POST.dict()), now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(request, refusal))
    else:
        enqueue_on_commit("analysis.tasks.make_workbook", made.id)
        messages.success(request, gettext("工作簿在后台做，做好后在本页下方下载。"))
    return redirect("console:analysis")


@role_required(*BOTH)
@require_POST
def download_workbook(request: ActorRequest, workbook_id: int) -> HttpResponse | FileResponse:
    """The file of a workbook; each download is in the audit log."""
    try:
        file = open_workbook(actor=request.actor, workbook_id=workbook_id, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(request, refusal))
        return redirect("console:analysis")
    return private_workbook_answer(file.content, file.name)


def _period(request: ActorRequest) -> ChosenPeriod:
    return chosen_period(request.GET.dict(), at=clock.now())


def _render(request: ActorRequest, template: str, period: ChosenPeriod, **context: object) -> HttpResponse:
    frame = {
        "period": period,
        "counted_at": figures.counted_at(),
        "lines_url": reverse("console:analysis_lines"),
        "lines_query": period.query,
    }
    return render_page(request, template, **(frame | context))
