"""Accounts of resellers and brands that are to be closed, or were: the list, and one with what may be done about it (MONEY-17)."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from accounts.services.code_resets import has_codes
from closings.rules import ClosingState
from closings.selectors.closings import ClosingView, get_closing, get_rest_fen, list_closings
from closings.selectors.open_things import list_open_of_account
from closings.services import closing
from console.fields import KeyField, ReasonField
from console.pages.base_views import BOTH, FormAction, NoFields, audit_log, bind, cursor_of, render_page, submit_form
from console.pages.money_requests import CodeForm
from kernel import clock
from treasury.selectors.requests import MoneyRequestView, can_approve
from web.query_parameters import accepts_parameters, cursor, one_of

FINANCE = (Role.FINANCE,)


class ReasonForm(forms.Form):
    reason = ReasonField()


class KeyForm(forms.Form):
    key = KeyField()


@role_required(*BOTH)
@require_safe
@accepts_parameters(state=one_of(ClosingState), cursor=cursor)
def account_closings(request: ActorRequest) -> HttpResponse:
    """Closings of one state, those that wait where none is given."""
    state = request.GET.get("state") or ClosingState.WAITING.value
    page = list_closings(state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "account_closings.html", page=page, state=state, states=list(ClosingState))


@role_required(*BOTH)
def account_closing(request: ActorRequest, closing_id: int) -> HttpResponse:
    """One closing: what is open, what is left, and what this person may do about it."""
    view = get_closing(closing_id)
    rest_fen = get_rest_fen(reseller_id=view.reseller_id, brand_id=view.brand_id)
    submission = submit_form(request, _form_actions(request, view, rest_fen))
    if isinstance(submission.result, MoneyRequestView):
        return redirect("console:money_request", submission.result.id)
    if submission.done:
        return redirect("console:account_closing", closing_id)
    found = list_open_of_account(reseller_id=view.reseller_id, brand_id=view.brand_id, at=clock.now())
    return render_page(
        request,
        "account_closing.html",
        closing=view,
        rest_fen=rest_fen,
        open_things=found if view.state is ClosingState.WAITING else [],
        form_actions=submission.forms,
        must_set_up_codes="approve" in submission.forms and rest_fen > 0 and not has_codes(request.actor.own_id),
        audit_log=audit_log("account_closing", closing_id),
    )


def _form_actions(request: ActorRequest, view: ClosingView, rest_fen: int) -> dict[str, FormAction]:
    if view.state is ClosingState.CLOSED and view.reseller_id is not None and rest_fen:
        pay = bind(closing.pay_late_money, closing_id=view.id)
        return {"pay": FormAction(FINANCE, pay, gettext_lazy("付款已录入，等另一人复核"), KeyForm)}
    if view.state is not ClosingState.WAITING:
        return {}
    if view.requested_by_id == request.actor.own_id:
        cancel = bind(closing.cancel_closing, closing_id=view.id)
        return {"cancel": FormAction(BOTH, cancel, gettext_lazy("已撤回"))}
    if not can_approve(request.actor):
        return {}
    approve, refuse = (
        bind(closing.approve_closing, closing_id=view.id),
        bind(closing.refuse_closing, closing_id=view.id),
    )
    form = CodeForm if rest_fen else NoFields
    return {
        "approve": FormAction(BOTH, approve, gettext_lazy("账户已关闭"), form),
        "refuse": FormAction(BOTH, refuse, gettext_lazy("没有同意，申请的人看得到原因"), ReasonForm),
    }
