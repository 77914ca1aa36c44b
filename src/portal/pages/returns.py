"""Returns to a brand: which units and why, and the confirmation that they arrived (AFTER-5, AFTER-8)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import CaseState
from aftersales.selectors.cases import list_brand_cases
from aftersales.services import cases
from brands.selectors.brands import require_own_brand
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor, one_of


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(state=one_of(CaseState), cursor=cursor)
def returns(request: ActorRequest) -> HttpResponse:
    """Cases about the brand's goods; by default those that were sent back."""
    brand = require_own_brand(request.actor)
    state = request.GET.get("state", CaseState.SENT_BACK.value).strip()
    page = list_brand_cases(brand.id, state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "returns.html", brand=brand, page=page, state=state)


@role_required(Role.BRAND)
@require_POST
def receive(request: ActorRequest, case_id: int) -> HttpResponse:
    try:
        cases.receive(actor=request.actor, case_id=case_id, now=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    else:
        messages.success(request, _("已确认收到，平台会给代购退款。"))
    return redirect("portal:returns")
