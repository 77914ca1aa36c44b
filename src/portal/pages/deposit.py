"""The deposit of a brand: what is in it, and what moved it, with reason and evidence (MONEY-12, MONEY-14)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from portal.pages.base_views import cursor_of, render_page
from treasury.selectors.requests import list_deposit_requests
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(cursor=cursor)
def deposit(request: ActorRequest) -> HttpResponse:
    brand = require_own_brand(request.actor)
    page = list_deposit_requests(brand.id, cursor=cursor_of(request), limit=30)
    return render_page(request, "deposit.html", brand=brand, page=page)
