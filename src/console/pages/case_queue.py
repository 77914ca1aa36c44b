"""The queue of after-sales: ops decide cases one after the other or many at once (AFTER-12)."""

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import BEARERS, CaseAction, CaseReason, CaseState, Party
from aftersales.selectors import cases as aftersales_cases
from aftersales.selectors.cases import CaseToDecideView
from aftersales.selectors.enquiries import count_waiting_enquiries
from aftersales.services.decisions import DECIDED_BY_OPS, DecisionDraft, DecisionResult, decide
from console import labels
from console.pages.base_views import BOTH, cursor_of, render_page, sentence
from kernel import clock
from kernel.refusal import Conflict, Invalid, Missing
from web.form_errors import Fault
from web.form_fields import YuanField
from web.pagination import Page
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number

SHOWN_REFUSALS = 5
USUAL = ("", gettext_lazy("按默认"))


class BulkForm(forms.Form):
    """What holds for all cases that are decided at once; empty fields take what is usual for each."""

    reason = forms.CharField(
        label=gettext_lazy("拒绝原因，或给代购的话"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"data-enter": "#queue-reject"}),
    )
    amount_fen = YuanField(label=gettext_lazy("只退（元）"), required=False)
    fault = forms.ChoiceField(
        label=gettext_lazy("责任方"),
        choices=[USUAL, *((each.value, labels.PARTIES[each.value]) for each in Party)],
        required=False,
    )
    borne_by = forms.ChoiceField(
        label=gettext_lazy("由谁承担"),
        choices=[USUAL, *((each.value, labels.PARTIES[each.value]) for each in BEARERS)],
        required=False,
    )
    liability_reason = forms.CharField(label=gettext_lazy("改动原因"), max_length=300, required=False)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case with the one tap that is usual for it: the action, where there is one that needs nothing typed."""

    case: CaseToDecideView
    action: str

    @property
    def needs_address(self) -> bool:
        """It cannot be approved before somebody enters where the goods go."""
        return self.case.state is CaseState.REQUESTED and self.case.is_return and not self.action

    @property
    def may_resend(self) -> bool:
        """Whether the brand may send the units again where they are missing or wrong; for other reasons the page of the case offers it."""
        return self.case.can_resend and self.case.reason in (CaseReason.MISSING, CaseReason.WRONG_GOODS)


@role_required(*BOTH)
@accepts_parameters(state=one_of(CaseState), cursor=cursor)
def cases(request: ActorRequest) -> HttpResponse:
    """Cases that wait for a decision, the most urgent first; `?state=` selects those of one state. Posting decides the ticked ones."""
    state = request.GET.get("state", "").strip()
    form, faults = BulkForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        try:
            results = _decide(request, form.cleaned_data)
        except (Invalid, Conflict, Missing) as refusal:
            faults = [Fault(sentence(request, refusal))]
        else:
            _tell(request, results)
            return redirect(request.get_full_path())
    page = aftersales_cases.list_cases(
        at=clock.now(), state=state, waiting_only=not state, cursor=cursor_of(request), limit=30
    )
    return render_page(request, "cases.html", **_queue(request, page), form=form, faults=faults, state=state)


def _queue(request: ActorRequest, page: Page[CaseToDecideView]) -> dict[str, Any]:
    """What the list needs beside its form. The ticks of a form that was refused stay."""
    return {
        "page": page,
        "rows": [QueueRow(case, _usual_action(case)) for case in page.items],
        "states": list(CaseState),
        "enquiries": count_waiting_enquiries(at=clock.now()),
        "ticked": {number for each in request.POST.getlist("case_ids") if (number := parse_number(each))},
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "may_decide": request.actor.role is Role.OPS,
    }


def _usual_action(case: CaseToDecideView) -> str:
    """What ops do with such a case most often, without typing anything; "" where something must be chosen or typed first."""
    if case.state in (CaseState.SENT_BACK, CaseState.RECEIVED) and case.amount_fen:
        return CaseAction.REFUND.value
    if case.state is not CaseState.REQUESTED:
        return ""
    if case.is_return:
        return CaseAction.APPROVE.value if case.usual_return_address else ""
    return CaseAction.REFUND_ONLY.value if case.can_refund_only else ""


def _decide(request: ActorRequest, typed: dict[str, Any]) -> list[DecisionResult]:
    """Decide the case whose own button was pressed (`one`: action and id), or the ticked ones."""
    action, _colon, only = request.POST.get("one", "").partition(":")
    ids = [only] if only else request.POST.getlist("case_ids")
    action = action if only else request.POST.get("action", "")
    if action not in DECIDED_BY_OPS:
        action = CaseAction.WITHDRAW.value  # which ops may not: the service refuses it as a whole
    found = [aftersales_cases.get_case(number, at=clock.now()) for each in ids if (number := parse_number(each))]
    drafts = [_draft(case, CaseAction(action), {} if only else typed) for case in found]
    return decide(actor=request.actor, decisions=drafts, key=request.POST.get("key", ""), now=clock.now())


def _draft(case: CaseToDecideView, action: CaseAction, typed: dict[str, Any]) -> DecisionDraft:
    fault, borne_by = typed.get("fault"), typed.get("borne_by")
    return DecisionDraft(
        case_id=case.id,
        action=action,
        reason=typed.get("reason", ""),
        # What the page showed for this case, also where it is the last address that was used for the brand.
        return_address=case.usual_return_address if action is CaseAction.APPROVE else "",
        amount_fen=typed.get("amount_fen") if action in (CaseAction.REFUND, CaseAction.REFUND_ONLY) else None,
        fault=Party(fault) if fault else None,
        borne_by=Party(borne_by) if borne_by else None,
        liability_reason=typed.get("liability_reason", ""),
    )


def _tell(request: ActorRequest, results: list[DecisionResult]) -> None:
    """Say how many were decided, and of each that was not, why."""
    done = [each for each in results if each.is_done]
    if done:
        messages.success(request, _("已处理 %(n)d 张售后单") % {"n": len(done)})
    refused = [each for each in results if not each.is_done]
    for each in refused[:SHOWN_REFUSALS]:
        why = each.message_zh if request.LANGUAGE_CODE.startswith("zh") else each.message_en
        messages.error(request, f"#{each.case_id} {why}")
    if len(refused) > SHOWN_REFUSALS:
        messages.error(request, _("另有 %(n)d 张没有处理") % {"n": len(refused) - SHOWN_REFUSALS})
