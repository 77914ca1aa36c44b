"""Returns after shipping: the request, sending back, and the state of a case (AFTER-3 to AFTER-5)."""

import uuid
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import MAX_PHOTOS, CaseReason
from aftersales.selectors import cases as aftersales_cases
from aftersales.selectors.case_refunds import get_case_refund
from aftersales.selectors.cases import CaseView, ReturnOption
from aftersales.selectors.photos import list_own_photos
from aftersales.services import cases as cases_services
from aftersales.services.photos import NotAPhoto, PhotoQuotaReached, PhotoTooLarge, TooManyPhotos, add_photos
from kernel import clock
from kernel.refusal import Invalid, Refusal
from membership.selectors.people import MemberView
from orders.rules.refunds import RefundTarget
from orders.selectors.orders import NoSuchOrder, OrderLineView, OrderView, get_own_order
from orders.selectors.source_refunds import has_refund_choice
from payments.selectors.refunds import wants_wallet
from shop.forms import SendBackForm
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor
from web.uploads import sent_files, takes_file

PHOTO_REFUSALS = frozenset(each.code for each in (NotAPhoto, PhotoQuotaReached, PhotoTooLarge, TooManyPhotos))


class ReasonNotChosen(Invalid):
    code = "shop.reason_not_chosen"
    zh = "请选择为什么退"
    en = "Choose why"


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def cases(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = aftersales_cases.list_own_cases(me.id, at=clock.now(), cursor=request.GET.get("cursor", ""))
    return render_page(request, "cases.html", me, page=page)


@dataclass(frozen=True, slots=True)
class OtherLine:
    """Another line of the order that can be returned now: `field` holds how many units of it, where it is chosen."""

    line: OrderLineView
    max_units: int
    units: int
    is_chosen: bool

    @property
    def field(self) -> str:
        return f"units-{self.line.id}"


@role_required(Role.RESELLER)
@takes_file
def ask(request: ActorRequest, order_id: int, line_id: int) -> HttpResponse:
    """Ask to return units of a line, and of others of the order that have the same fault, with photos of it.

    Offers only the reasons that the label allows. A refused form keeps what was typed and sent.
    """
    me, now = reseller(request), clock.now()
    order = get_own_order(me.id, order_id)
    line = next((line for line in order.lines if line.id == line_id), None)
    if line is None:
        raise NoSuchOrder(order_id=order_id)
    options = aftersales_cases.get_return_options(order, at=now)
    faults: list[Fault] = []
    others = _other_lines(request, order, line_id, options)
    photo_ids = [parse_int(each) for each in request.POST.getlist("photo_ids")]
    if request.method == "POST":
        try:
            photo_ids += [
                photo.id for photo in add_photos(actor=request.actor, files=sent_files(request, "photos"), now=now)
            ]
            opened = _open(request, order_id, line_id, others, photo_ids)
        except Refusal as refusal:
            faults = [Fault(refusal.sentence(request.LANGUAGE_CODE), _target(refusal, options[line_id]))]
        else:
            messages.success(request, _("已提交，平台会在时限内答复"))
            return redirect("shop:case", opened[0].id) if len(opened) == 1 else redirect("shop:cases")
    return _ask_page(request, me, order, line, options[line_id], others, photo_ids, faults)


def _ask_page(
    request: ActorRequest,
    me: MemberView,
    order: OrderView,
    line: OrderLineView,
    option: ReturnOption,
    others: list[OtherLine],
    photo_ids: list[int],
    faults: list[Fault],
) -> HttpResponse:
    sent, most = request.POST, max(option.returnable_units, 1)
    return render_page(
        request,
        "case_ask.html",
        me,
        order=order,
        line=line,
        option=option,
        others=others,
        any_chosen=any(each.is_chosen for each in others),
        chosen=sent.get("reason", ""),
        units=min(max(parse_int(sent.get("units", "1")), 1), most),
        max_units=most,
        evidence=sent.get("evidence", ""),
        kept=list_own_photos(request.actor, photo_ids),
        max_photos=MAX_PHOTOS,
        has_refund_choice=has_refund_choice(order.id, at=clock.now()),
        refund_to=sent.get("refund_to") or ("wallet" if wants_wallet(me.id) else "source"),
        key=sent.get("key") or uuid.uuid4().hex,
        faults=faults,
    )


def _open(
    request: ActorRequest, order_id: int, line_id: int, others: list[OtherLine], photo_ids: list[int]
) -> list[CaseView]:
    """The cases that a posted form opens: one for the line of the page, and one for each other line that is ticked."""
    sent = request.POST
    if sent.get("reason") not in set(CaseReason):
        raise ReasonNotChosen
    chosen = [cases_services.CaseLine(line_id, parse_int(sent.get("units", "")))]
    chosen += [cases_services.CaseLine(each.line.id, each.units) for each in others if each.is_chosen]
    return cases_services.open_cases(
        actor=request.actor,
        order_id=order_id,
        lines=chosen,
        reason=CaseReason(sent["reason"]),
        evidence=sent.get("evidence", ""),
        photo_ids=photo_ids,
        refund_to=_refund_target(request),
        key=sent.get("key", ""),
        now=clock.now(),
    )


def _refund_target(request: ActorRequest) -> RefundTarget:
    sent = request.POST.get("refund_to", "")
    return RefundTarget(sent) if sent in set(RefundTarget) else RefundTarget.AS_CHOSEN


def _other_lines(
    request: ActorRequest, order: OrderView, line_id: int, options: dict[int, ReturnOption]
) -> list[OtherLine]:
    chosen = {parse_int(each) for each in request.POST.getlist("line_ids")}
    found = []
    for line in order.lines:
        most = options[line.id].returnable_units
        if line.id != line_id and options[line.id].is_returnable:
            typed = request.POST.get(f"units-{line.id}", "")
            found.append(OtherLine(line, most, parse_int(typed) if typed else most, line.id in chosen))
    return found


def _target(refusal: Refusal, option: ReturnOption) -> str:
    """The field that a refusal is about."""
    if isinstance(refusal, ReasonNotChosen):
        return f"reason-{option.reasons[0].value}"
    if isinstance(refusal, cases_services.InvalidEvidence):
        return "evidence"
    return "photos" if refusal.code in PHOTO_REFUSALS else ""


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
    view = aftersales_cases.get_own_case(me.id, case_id, at=now)
    refund = get_case_refund(view.refund_id) if view.refund_id else None
    return render_page(request, "case.html", me, case=view, refund=refund, form=form)


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
