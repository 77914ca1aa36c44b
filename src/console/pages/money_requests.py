"""Money that people book by hand: the list that waits for a second person, approved many at once, and one with its history (MONEY-1)."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import ActorRequest, role_required
from accounts.rules import MAX_TYPED_CODE, Role
from accounts.services.code_resets import has_codes
from console.fields import ReasonField
from console.pages.base_views import (
    BOTH,
    FormAction,
    NoFields,
    audit_log,
    bind,
    cursor_of,
    render_page,
    sentence,
    submit_form,
)
from kernel import clock
from kernel.refusal import Refusal
from ledger.rules import MAX_BANK_REFERENCE
from treasury.rules.requests import RequestState
from treasury.selectors.late_refunds import get_refundable_line
from treasury.selectors.requests import (
    MoneyRequestView,
    can_approve,
    count_waiting_requests,
    get_request,
    list_requests,
)
from treasury.services import bank_returns, deciding, entering
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number, text


class DecisionForm(forms.Form):
    reason = ReasonField()


class CodeForm(forms.Form):
    """The one-time code of who approves a payment (ACCOUNT-13)."""

    code = forms.CharField(
        label=gettext_lazy("动态口令"),
        max_length=MAX_TYPED_CODE,
        required=False,
        help_text=gettext_lazy("手机验证器上的 6 位数字，或一个备用码"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@role_required(*BOTH)
@accepts_parameters(q=text(MAX_BANK_REFERENCE), state=one_of(RequestState), cursor=cursor)
def money_requests(request: ActorRequest) -> HttpResponse:
    """Requests of one state, those that wait where none is given. Posting approves the ticked ones."""
    state, query = request.GET.get("state", "").strip(), request.GET.get("q", "").strip()
    ticked = [number for each in request.POST.getlist("request_ids") if (number := parse_number(each))]
    faults = []
    if request.method == "POST":
        try:
            code = request.POST.get("code", "")[:MAX_TYPED_CODE]
            approved = deciding.approve(actor=request.actor, request_ids=ticked, code=code, now=clock.now())
        except Refusal as refusal:
            faults = [Fault(sentence(request, refusal))]
        else:
            messages.success(request, _("已复核 %(n)d 笔") % {"n": len(approved)})
            return redirect(request.get_full_path())
    shown_state = state or RequestState.WAITING.value
    page = list_requests(state=shown_state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(
        request,
        "money_requests.html",
        page=page,
        state=shown_state,
        q=query,
        states=list(RequestState),
        waiting=count_waiting_requests(),
        ticked=set(ticked),
        faults=faults,
        asks_for_code=any(each.asks_for_code for each in page.items),
        has_codes=has_codes(request.actor.own_id),
        may_approve=shown_state == RequestState.WAITING.value and can_approve(request.actor),
    )


@role_required(*BOTH)
def money_request(request: ActorRequest, request_id: int) -> HttpResponse:
    """One request, what became of it, and what this person may do about it."""
    view = get_request(request_id)
    submission = submit_form(request, _form_actions(request, view), refused=_refused(request, view))
    if isinstance(submission.result, MoneyRequestView):
        return redirect("console:money_request", submission.result.id)
    if submission.done:
        return redirect("console:money_request", request_id)
    return render_page(
        request,
        "money_request.html",
        each=view,
        late_line=None if view.line_id is None else get_refundable_line(view.line_id),
        form_actions=submission.forms,
        must_set_up_codes="approve" in submission.forms and view.asks_for_code and not has_codes(request.actor.own_id),
        audit_log=audit_log("money_request", request_id),
    )


def _refused(request: ActorRequest, view: MoneyRequestView) -> dict[str, Refusal]:
    """Why this person may not do what somebody else may, or might have done before."""
    if view.state is not RequestState.WAITING:
        return dict.fromkeys(("approve", "refuse", "cancel"), deciding.NotWaiting(view.id, view.state.value))
    if view.entered_by_id == request.actor.own_id:
        return dict.fromkeys(("approve", "refuse"), deciding.OwnRequest(view.id))
    refused: dict[str, Refusal] = {"cancel": deciding.NotEntered(view.id)}
    return (
        refused
        if can_approve(request.actor)
        else refused | dict.fromkeys(("approve", "refuse"), deciding.FinanceApproves())
    )


def _form_actions(request: ActorRequest, view: MoneyRequestView) -> dict[str, FormAction]:
    if view.can_be_reversed:
        reverse = bind(entering.enter_reversal, request_id=view.id)
        done = gettext_lazy("冲正已录入，等另一人复核")
        return {"reverse": FormAction((Role.FINANCE,), reverse, done, DecisionForm)}
    if view.can_be_returned:
        take_back = bind(bank_returns.enter_bank_return, request_id=view.id)
        done = gettext_lazy("退回已登记，等另一人复核")
        return {"return": FormAction((Role.FINANCE,), take_back, done, DecisionForm)}
    if view.state is not RequestState.WAITING:
        return {}
    if view.entered_by_id == request.actor.own_id:
        return {"cancel": FormAction(BOTH, bind(deciding.cancel, request_id=view.id), gettext_lazy("已撤回"))}
    if not can_approve(request.actor):
        return {}
    form = CodeForm if view.asks_for_code else NoFields
    return {
        "approve": FormAction(BOTH, bind(deciding.approve, request_ids=[view.id]), gettext_lazy("已复核"), form),
        "refuse": FormAction(BOTH, bind(deciding.refuse, request_id=view.id), gettext_lazy("已拒绝"), DecisionForm),
    }
