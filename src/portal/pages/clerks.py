"""The clerks of the brand. The first clerk deactivates and reactivates the others."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands import services
from brands.selectors import brands as brand_selectors
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import render_page


@role_required(Role.BRAND)
def clerks(request: ActorRequest) -> HttpResponse:
    brand = brand_selectors.require_own_brand(request.actor)
    brand_clerks = brand_selectors.list_clerks(brand.id)
    is_first = any(each.is_first and each.person_id == request.actor.own_id for each in brand_clerks)
    return render_page(request, "clerks.html", brand=brand, clerks=brand_clerks, is_first=is_first)


@role_required(Role.BRAND)
@require_POST
def deactivate(request: ActorRequest, person_id: int) -> HttpResponse:
    return _change(request, services.deactivate_clerk, person_id, _("账号已停用，登录和接口令牌都已失效"))


@role_required(Role.BRAND)
@require_POST
def reactivate(request: ActorRequest, person_id: int) -> HttpResponse:
    return _change(request, services.reactivate_clerk, person_id, _("账号已恢复，可以用原密码登录"))


def _change(
    request: ActorRequest, change: Callable[..., brand_selectors.ClerkView], person_id: int, done: str
) -> HttpResponse:
    try:
        change(actor=request.actor, person_id=person_id, reason=request.POST.get("reason", ""), now=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    else:
        messages.success(request, done)
    return redirect("portal:clerks")
