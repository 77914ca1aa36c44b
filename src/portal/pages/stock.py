"""The brand's stock: what is on hand, what of it is bound to sales."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from inventory.selectors.stock import skus_of_brand, stock_totals
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor, flag, text


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(q=text(64), free_only=flag, cursor=cursor)
def stock(request: ActorRequest) -> HttpResponse:
    brand = require_own_brand(request.actor)
    search, free_only = request.GET.get("q", "").strip()[:64], request.GET.get("free_only") == "1"
    page = skus_of_brand(brand.id, search=search, free_only=free_only, cursor=cursor_of(request), limit=50)
    return render_page(
        request,
        "stock.html",
        brand=brand,
        page=page,
        totals=stock_totals(brand.id),
        q=search,
        free_only=free_only,
    )
