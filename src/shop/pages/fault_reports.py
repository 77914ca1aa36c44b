"""Faults that her customers reported: a list, from which a reseller opens a case with one tap, or answers (AFTER-19)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import MAX_REPORT_ANSWER, FaultReportState
from aftersales.selectors.fault_reports import count_open_fault_reports, list_fault_reports
from aftersales.services import fault_reports
from aftersales.services.fault_reports import InvalidFaultAnswer
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, render_page, reseller
from web.form_errors import Fault
from web.posted import posted_from
from web.query_parameters import accepts_parameters, cursor, one_of


@role_required(Role.RESELLER)
@accepts_parameters(state=one_of(FaultReportState), cursor=cursor)
def reports(request: ActorRequest) -> HttpResponse:
    """The reports, the newest first; `?state=open` shows those that wait for her."""
    return _page(request, [])


def _page(request: ActorRequest, faults: list[Fault], answered_id: int = 0, answer: str = "") -> HttpResponse:
    me = reseller(request)
    state = request.GET.get("state", "")
    page = list_fault_reports(me.id, state=state, cursor=request.GET.get("cursor", ""))
    return render_page(
        request,
        "fault_reports.html",
        me,
        page=page,
        state=state,
        open_count=count_open_fault_reports(me.id),
        max_answer=MAX_REPORT_ANSWER,
        faults=faults,
        answered_id=answered_id,
        answer=answer,
    )


@role_required(Role.RESELLER)
@require_POST
def open_case(request: ActorRequest, report_id: int) -> HttpResponse:
    """Open a case with the words and photos of the report."""
    try:
        case = fault_reports.open_case_from_report(actor=request.actor, report_id=report_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:fault_reports")
    messages.success(request, _("已申请售后，顾客的照片一并提交了"))
    return redirect("shop:case", case.id)


@role_required(Role.RESELLER)
@posted_from("shop:fault_reports")
def answer(request: ActorRequest, report_id: int) -> HttpResponse:
    """Answer without a case; the customer reads it on her page."""
    typed = request.POST.get("answer", "")
    try:
        fault_reports.answer_report(actor=request.actor, report_id=report_id, answer=typed, now=clock.now())
    except InvalidFaultAnswer as refusal:
        fault = Fault(refusal.sentence(request.LANGUAGE_CODE), f"answer-{report_id}")
        return _page(request, [fault], report_id, typed)
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已回复，顾客在她的页面上看得到"))
    return redirect("shop:fault_reports")
