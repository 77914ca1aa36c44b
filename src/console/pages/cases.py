"""After-sales cases: ops decide them and refund them, with or without the goods (AFTER-5 to AFTER-12)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Actor, Role
from aftersales.rules import CaseAction, next_state
from aftersales.selectors import cases as aftersales_cases
from aftersales.selectors.cases import CaseToDecideView
from aftersales.services import cases as cases_services
from aftersales.services.decisions import decide_once
from console.pages.base_views import BOTH, FormAction, audit_log, bind, render_page, submit_form
from console.pages.case_forms import FORMS, draft_of, initial_of
from kernel import clock

OPS = (Role.OPS,)
RECEIVED = _("已记下收到")
DONE: dict[CaseAction, Promise] = {
    CaseAction.APPROVE: _("已同意，等代购寄回"),
    CaseAction.REFUND: _("已退款到代购钱包"),
    CaseAction.REFUND_ONLY: _("已退款，货不用寄回"),
    CaseAction.RESEND: _("已让品牌补发"),
    CaseAction.REJECT: _("已拒绝"),
}


@role_required(*BOTH)
def case(request: ActorRequest, case_id: int) -> HttpResponse:
    """One case and what can be done with it. After a decision the next case that waits opens."""
    view = aftersales_cases.get_case(case_id, at=clock.now())
    submission = submit_form(request, _form_actions(view))
    if submission.done:
        waiting = aftersales_cases.list_cases(at=clock.now(), waiting_only=True, limit=1).items
        return redirect("console:case", waiting[0].id if waiting else case_id)
    return render_page(
        request,
        "case.html",
        case=view,
        audit_log=audit_log("case", case_id),
        form_actions=submission.forms,
    )


def _form_actions(view: CaseToDecideView) -> dict[str, FormAction]:
    """The actions that are possible in the state of a case."""
    actions = {
        action: FormAction(
            OPS, _decision(view, action), f"#{view.id} {DONE[action]}", form, initial=initial_of(view, action)
        )
        for action, form in FORMS.items()
    }
    receive = bind(cases_services.receive, case_id=view.id)
    actions[CaseAction.RECEIVE] = FormAction(OPS, receive, f"#{view.id} {RECEIVED}")
    return {action.value: form_action for action, form_action in actions.items() if _is_possible(view, action)}


def _is_possible(view: CaseToDecideView, action: CaseAction) -> bool:
    if action is CaseAction.APPROVE and not view.is_return:
        return False
    if action is CaseAction.REFUND_ONLY and not view.max_refund_only_fen:
        return False
    if action is CaseAction.RESEND and not view.can_resend:
        return False
    return next_state(view.state, action) is not None


def _decision(view: CaseToDecideView, action: CaseAction) -> Any:
    def act(*, actor: Actor, now: datetime, key: str = "", **typed: Any) -> object:
        return decide_once(
            actor=actor, draft=draft_of(view, action, typed), key=key or f"page-{view.id}-{action}", now=now
        )

    return act
