"""After-sales cases: ops decide them and refund them, with or without the goods (AFTER-5 to AFTER-7)."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import CaseAction, CaseState, next_state
from aftersales.selectors import cases as aftersales_cases
from aftersales.selectors.cases import CaseView
from aftersales.services import cases as cases_services
from console.fields import ReasonField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from kernel import clock
from web.query_parameters import accepts_parameters, cursor, one_of

OPS = (Role.OPS,)


class ApproveForm(forms.Form):
    return_address = forms.CharField(
        label=_("退货寄到"),
        max_length=200,
        help_text=_("收件人、电话、地址；一般是品牌的退货组。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    note = forms.CharField(label=_("给代购的话"), max_length=200, required=False)


class RejectForm(forms.Form):
    reason = ReasonField(help_text=_("代购会看到这句话。"))


@role_required(*BOTH)
@accepts_parameters(state=one_of(CaseState), cursor=cursor)
def cases(request: ActorRequest) -> HttpResponse:
    """Open cases, the most urgent first; `?state=` selects those of one state."""
    state = request.GET.get("state", "").strip()
    page = aftersales_cases.list_cases(at=clock.now(), state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "cases.html", page=page, state=state, states=list(CaseState))


@role_required(*BOTH)
def case(request: ActorRequest, case_id: int) -> HttpResponse:
    view = aftersales_cases.get_case(case_id, at=clock.now())
    submission = submit_form(request, _form_actions(view))
    if submission.done:
        return redirect("console:case", case_id)
    return render_page(
        request,
        "case.html",
        case=view,
        max_refund_only_fen=aftersales_cases.get_case_terms().max_refund_only_fen,
        audit_log=audit_log("case", case_id),
        form_actions=submission.forms,
    )


def _form_actions(view: CaseView) -> dict[str, FormAction]:
    """The actions that are possible in the state of a case."""
    address = {"return_address": aftersales_cases.get_last_return_address(view.brand_id)}
    actions = {
        CaseAction.APPROVE: FormAction(
            OPS, bind(cases_services.approve, case_id=view.id), _("已同意，等代购寄回"), ApproveForm, initial=address
        ),
        CaseAction.RECEIVE: FormAction(OPS, bind(cases_services.receive, case_id=view.id), _("已记下收到")),
        CaseAction.REFUND: FormAction(
            OPS, bind(cases_services.receive_and_refund, case_id=view.id), _("已退款到代购钱包")
        ),
        CaseAction.REFUND_ONLY: FormAction(
            OPS, bind(cases_services.refund_only, case_id=view.id), _("已退款，货不用寄回")
        ),
        CaseAction.REJECT: FormAction(OPS, bind(cases_services.reject, case_id=view.id), _("已拒绝"), RejectForm),
    }
    return {
        action.value: form_action
        for action, form_action in actions.items()
        if next_state(view.state, action) is not None and (action is not CaseAction.REFUND_ONLY or view.can_refund_only)
    }
