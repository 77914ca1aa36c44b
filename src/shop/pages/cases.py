"""Returns after shipping: the request, sending back, and the state of a case (AFTER-3 to AFTER-5)."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import CaseReason
from aftersales.selectors import cases as aftersales_cases
from aftersales.services import cases as cases_services
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.orders import NoSuchOrder, get_own_order
from shop.forms import SendBackForm
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def cases(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = aftersales_cases.list_own_cases(me.id, at=clock.now(), cursor=request.GET.get("cursor", ""))
    return render_page(request, "cases.html", me, page=page)


@role_required(Role.RESELLER)
def ask(request: ActorRequest, order_id: int, line_id: int) -> HttpResponse:
    """Ask to return units of a line. Offers only the reasons that the label allows. A refused form keeps what was typed."""
    me, now = reseller(request), clock.now()
    order = get_own_order(me.id, order_id)
    line = next((line for line in order.lines if line.id == line_id), None)
    if line is None:
        raise NoSuchOrder(order_id=order_id)
    option = aftersales_cases.get_return_options(order, at=now)[line_id]
    sent, faults = request.POST, []
    if request.method == "POST" and sent.get("reason") not in set(CaseReason):
        faults = [Fault(_("请选择为什么退"), f"reason-{option.reasons[0].value}")]
    elif request.method == "POST":
        try:
            case = cases_services.open_case(
                actor=request.actor,
                line_id=line_id,
                units=parse_int(sent.get("units", "")),
                reason=CaseReason(sent["reason"]),
                evidence=sent.get("evidence", ""),
                key=sent.get("key", ""),
                now=now,
            )
        except Refusal as refusal:
            target = "evidence" if isinstance(refusal, cases_services.InvalidEvidence) else ""
            faults = [Fault(refusal.sentence(request.LANGUAGE_CODE), target)]
        else:
            messages.success(request, _("已提交，平台会在时限内答复"))
            return redirect("shop:case", case.id)
    return render_page(
        request,
        "case_ask.html",
        me,
        order=order,
        line=line,
        option=option,
        chosen=sent.get("reason", ""),
        units=min(max(parse_int(sent.get("units", "1")), 1), max(option.returnable_units, 1)),
        max_units=max(option.returnable_units, 1),
        evidence=sent.get("evidence", ""),
        key=sent.get("key") or uuid.uuid4().hex,
        faults=faults,
    )


@role_required(Role.RESELLER)
def case(request: ActorRequest, case_id: int) -> HttpResponse:
    """The state of a case and the reseller's next step. Posting names the parcel in which the goods come back."""
    me, now = reseller(request), clock.now()
    form = SendBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cases_services.send_back(actor=request.actor, case_id=case_id, now=now, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, forms.ValidationError(refusal.sentence(request.LANGUAGE_CODE)))
        else:
            messages.success(request, _("已记下寄回单号"))
            return redirect("shop:case", case_id)
    return render_page(request, "case.html", me, case=aftersales_cases.get_own_case(me.id, case_id, at=now), form=form)


@role_required(Role.RESELLER)
@require_POST
def withdraw(request: ActorRequest, case_id: int) -> HttpResponse:
    try:
        cases_services.withdraw(actor=request.actor, case_id=case_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("售后申请已撤回"))
    return redirect("shop:case", case_id)
