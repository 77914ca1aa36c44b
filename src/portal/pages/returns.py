"""Returns to a brand: which units and why, and the confirmation that they arrived (AFTER-5, AFTER-8)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.rules import CaseState, Disposition
from aftersales.selectors.cases import list_brand_cases
from aftersales.services.receiving import receive_many
from brands.selectors.brands import require_own_brand
from brands.services import set_return_address
from kernel import clock
from kernel.refusal import Invalid
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number

SHOWN_REFUSALS = 5


class UnknownDisposition(Invalid):
    code = "portal.unknown_disposition"
    zh = "请选择货物去向：留在品牌，或退回库存"
    en = "Choose where the goods are: with the brand, or counted as stock again"


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
def receive(request: ActorRequest) -> HttpResponse:
    """Confirm the arrival of one return (`one`) or of the ticked ones, and say where the goods are (AFTER-11, AFTER-12)."""
    only = request.POST.get("one", "")
    chosen = [only] if only else request.POST.getlist("case_ids")
    disposition = request.POST.get("disposition") or Disposition.BRAND.value
    if disposition not in set(Disposition):
        raise UnknownDisposition
    results = receive_many(
        actor=request.actor,
        case_ids=[number for each in chosen if (number := parse_number(each))],
        disposition=Disposition(disposition),
        now=clock.now(),
    )
    done = sum(each.is_done for each in results)
    if done:
        messages.success(request, _("已确认收到 %(n)d 张，平台会给代购退款。") % {"n": done})
    for each in [each for each in results if not each.is_done][:SHOWN_REFUSALS]:
        why = each.message_zh if request.LANGUAGE_CODE.startswith("zh") else each.message_en
        messages.error(request, f"#{each.case_id} {why}")
    return redirect("portal:returns")


@role_required(Role.BRAND)
@require_POST
def set_address(request: ActorRequest) -> HttpResponse:
    """Say where customers send goods back to."""
    brand = require_own_brand(request.actor)
    set_return_address(
        actor=request.actor,
        brand_id=brand.id,
        return_address=request.POST.get("return_address", ""),
        now=clock.now(),
    )
    messages.success(request, _("退货地址已保存，之后同意的退货寄到这里"))
    return redirect("portal:returns")
