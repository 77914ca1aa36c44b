"""Bank accounts of payees: the list that waits for approval, and one, whose number is shown whole for a reason (MONEY-5 to MONEY-7)."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from console.fields import ReasonField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from kernel.refusal import Refusal
from treasury.rules.bank_accounts import AccountState
from treasury.selectors.bank_accounts import BankAccountView, UnmaskedAccount, get_account, list_accounts
from treasury.selectors.requests import can_approve
from treasury.services import bank_accounts as services
from treasury.services.deciding import FinanceApproves
from web.query_parameters import accepts_parameters, cursor, one_of, text

MAX_SEARCH = 80


class ReasonForm(forms.Form):
    reason = ReasonField()


@role_required(*BOTH)
@require_safe
@accepts_parameters(q=text(MAX_SEARCH), state=one_of(AccountState), cursor=cursor)
def bank_accounts(request: ActorRequest) -> HttpResponse:
    """Accounts of one state, those that wait where none is given."""
    state = request.GET.get("state", "").strip() or AccountState.WAITING.value
    query = request.GET.get("q", "").strip()
    page = list_accounts(state=state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(request, "bank_accounts.html", page=page, state=state, q=query, states=list(AccountState))


@role_required(*BOTH)
def bank_account(request: ActorRequest, account_id: int) -> HttpResponse:
    """One account; approved or refused by somebody who did not enter it."""
    view = get_account(account_id)
    submission = submit_form(request, _form_actions(request, view), refused=_refused(request, view))
    shown = submission.result if isinstance(submission.result, UnmaskedAccount) else None
    if submission.done and shown is None:
        return redirect("console:bank_account", account_id)
    answer = render_page(
        request,
        "bank_account.html",
        account=view,
        shown=shown,
        form_actions=submission.forms,
        audit_log=audit_log("bank_account", account_id),
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _refused(request: ActorRequest, view: BankAccountView) -> dict[str, Refusal]:
    """Why this person may not approve or refuse the account."""
    why: Refusal = FinanceApproves()
    if view.state is not AccountState.WAITING:
        why = services.AccountNotWaiting()
    elif view.entered_by_id == request.actor.own_id:
        why = services.OwnAccountEntry()
    return {"approve": why, "refuse": why}


def _form_actions(request: ActorRequest, view: BankAccountView) -> dict[str, FormAction]:
    show = bind(services.show_account, account_id=view.id)
    found = {"show": FormAction(BOTH, show, _("账号已显示，并记入操作记录"), ReasonForm)}
    is_own = view.entered_by_id == request.actor.own_id
    if view.state is AccountState.WAITING and not is_own and can_approve(request.actor):
        found["approve"] = FormAction(BOTH, bind(services.approve_account, account_id=view.id), _("已审核"))
        found["refuse"] = FormAction(BOTH, bind(services.refuse_account, account_id=view.id), _("已拒绝"), ReasonForm)
    return found
