"""Claims against carriers: the list, and one with what was done about it (AFTER-16)."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import ClaimState
from aftersales.selectors.carrier_claims import OPEN, get_claim, get_open_claims, list_claims
from aftersales.services import carrier_claims as services
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from web.form_fields import YuanField
from web.query_parameters import accepts_parameters, cursor, one_of

FINANCE = (Role.FINANCE,)


class ReferenceForm(forms.Form):
    reference = forms.CharField(label=_("快递公司的理赔单号"), max_length=services.MAX_REFERENCE)


class PaidForm(forms.Form):
    amount_fen = YuanField(label=_("赔款（元）"), help_text=_("少于索赔额时，差额由平台承担"))
    reference = forms.CharField(label=_("银行流水号"), max_length=services.MAX_REFERENCE)


class RejectForm(forms.Form):
    reason = forms.CharField(label=_("拒赔原因"), max_length=services.MAX_REASON)


@role_required(*BOTH)
@require_safe
@accepts_parameters(state=one_of(ClaimState), cursor=cursor)
def carrier_claims(request: ActorRequest) -> HttpResponse:
    """Claims of one state, or all."""
    state = request.GET.get("state", "").strip()
    page = list_claims(state=state, cursor=cursor_of(request), limit=30)
    return render_page(
        request, "carrier_claims.html", page=page, state=state, states=list(ClaimState), waiting=get_open_claims()
    )


@role_required(*BOTH)
def carrier_claim(request: ActorRequest, claim_id: int) -> HttpResponse:
    """One claim, and what may be done about it."""
    view = get_claim(claim_id)
    form_actions = {}
    if view.state.value in OPEN:
        form_actions = {
            "claim": FormAction(
                BOTH, bind(services.mark_claimed, claim_id=claim_id), _("已登记向快递公司索赔"), ReferenceForm
            ),
            "paid": FormAction(
                FINANCE,
                bind(services.record_claim_payment, claim_id=claim_id),
                _("赔款已入账"),
                PaidForm,
                {"amount_fen": view.amount_fen},
            ),
            "reject": FormAction(
                FINANCE, bind(services.reject_claim, claim_id=claim_id), _("已登记拒赔，由平台承担"), RejectForm
            ),
        }
    submission = submit_form(request, form_actions)
    if submission.done:
        return redirect("console:carrier_claim", claim_id)
    return render_page(
        request,
        "carrier_claim.html",
        claim=view,
        form_actions=submission.forms,
        audit_log=audit_log("carrier_claim", claim_id),
    )
