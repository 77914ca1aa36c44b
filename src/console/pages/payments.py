"""Payments through providers: what became of each, what a provider said, and in what it differed (PAY-3, PAY-4)."""

from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.fields import ReasonField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from orders.selectors.provider_payments import get_named_payment, list_named_payments, list_orders_of_payment
from payments.rules.bills import BillState
from payments.rules.payments import NOT_OURS, PaymentFilter
from payments.rules.refunds import RefundState
from payments.selectors.bills import compare_bill_of, list_bills
from payments.selectors.payments import ReportedAmount, find_reported, list_events, list_problem_events
from payments.selectors.refunds import RefundToSourceItem, list_refund_items, list_refunds
from payments.services import differences
from treasury.selectors.requests import MoneyRequestView
from treasury.services import provider_money
from web.query_parameters import accepts_parameters, cursor, one_of, text

FINANCE = (Role.FINANCE,)


@role_required(*BOTH)
@require_safe
@accepts_parameters(q=text(64), state=one_of(PaymentFilter), cursor=cursor)
def payments(request: ActorRequest) -> HttpResponse:
    """Payments through providers, the newest first."""
    state, query = request.GET.get("state", "").strip(), request.GET.get("q", "").strip()
    page = list_named_payments(state=state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(request, "payments.html", page=page, state=state, q=query, states=list(PaymentFilter))


class DecisionForm(forms.Form):
    """What becomes of money that a provider left open, and what it rests on."""

    reason = ReasonField(label=gettext_lazy("依据，例如：已在商户平台核对"))


@role_required(*BOTH)
@accepts_parameters()
def payment(request: ActorRequest, payment_id: int) -> HttpResponse:
    """One payment with the callbacks that name it, the orders that it was to pay, and what people may decide about it."""
    refunds, reported = list_refund_items(payment_id=payment_id), find_reported(payment_id)
    view = get_named_payment(payment_id)
    is_ended_by_reason = view.difference in {each.value for each in NOT_OURS}
    actions = _form_actions(payment_id, reported, refunds, is_ended_by_reason=is_ended_by_reason)
    submission = submit_form(request, actions)
    if isinstance(submission.result, MoneyRequestView):
        return redirect("console:money_request", submission.result.id)
    if submission.done:
        return redirect("console:payment", payment_id)
    return render_page(
        request,
        "payment.html",
        payment=view,
        reported_fen=reported.amount_fen,
        abnormal=_abnormal(refunds),
        events=list_events(payment_id=payment_id),
        orders=list_orders_of_payment(payment_id),
        refunds=refunds,
        form_actions=submission.forms,
        audit_log=audit_log("payment", payment_id),
    )


def _abnormal(refunds: Sequence[RefundToSourceItem]) -> RefundToSourceItem | None:
    """The refund that people decide about next: the oldest that the provider cannot pay out."""
    return next((each for each in reversed(refunds) if each.state is RefundState.ABNORMAL), None)


def _form_actions(
    payment_id: int, reported: ReportedAmount, refunds: Sequence[RefundToSourceItem], *, is_ended_by_reason: bool
) -> dict[str, FormAction]:
    done = gettext_lazy("已录入，等另一人复核")
    actions: dict[str, FormAction] = {}
    if reported.amount_fen is not None:
        for name, to_source in (("payment_to_wallet", False), ("payment_to_source", True)):
            act = bind(provider_money.enter_differing_payment, payment_id=payment_id, to_source=to_source)
            actions[name] = FormAction(FINANCE, act, done, DecisionForm)
    if is_ended_by_reason:
        end = bind(differences.end_difference, payment_id=payment_id)
        actions["end_difference"] = FormAction(FINANCE, end, gettext_lazy("已了结，没有动钱"), DecisionForm)
    abnormal = _abnormal(refunds)
    if abnormal is not None:
        for name, to_bank in (("refund_to_wallet", False), ("refund_to_bank", True)):
            act = bind(provider_money.enter_abnormal_refund, refund_id=abnormal.id, to_bank=to_bank)
            actions[name] = FormAction(FINANCE, act, done, DecisionForm)
    return actions


@role_required(*BOTH)
@require_safe
@accepts_parameters(q=text(64), state=one_of(RefundState), cursor=cursor)
def source_refunds(request: ActorRequest) -> HttpResponse:
    """Refunds to the source, the newest first."""
    state, query = request.GET.get("state", "").strip(), request.GET.get("q", "").strip()
    page = list_refunds(state=state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(request, "source_refunds.html", page=page, state=state, q=query, states=list(RefundState))


@role_required(*BOTH)
@require_safe
@accepts_parameters(cursor=cursor)
def callbacks(request: ActorRequest) -> HttpResponse:
    """The callbacks that told of money and booked nothing, the newest first."""
    return render_page(request, "payment_callbacks.html", page=list_problem_events(cursor=cursor_of(request), limit=30))


@role_required(*BOTH)
@require_safe
@accepts_parameters(state=one_of(BillState), cursor=cursor)
def bills(request: ActorRequest) -> HttpResponse:
    """The daily bills of the providers, the newest day first."""
    state = request.GET.get("state", "").strip()
    page = list_bills(state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "payment_bills.html", page=page, state=state, states=list(BillState))


@role_required(*BOTH)
@require_safe
@accepts_parameters()
def bill(request: ActorRequest, bill_id: int) -> HttpResponse:
    """The bills of the day of one, compared with what is booked."""
    return render_page(request, "payment_bill.html", found=compare_bill_of(bill_id), bill_id=bill_id)
