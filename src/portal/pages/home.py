"""What a clerk should do now, and how the brand stands."""

from django.http import HttpResponse

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from flashsales.rules import Phase
from flashsales.selectors.sales import list_sales, sale_totals
from inventory.selectors.stock import stock_totals
from kernel import clock
from portal.pages.base_views import render_page
from settlement.selectors.statements import list_statements


@role_required(Role.BRAND)
def home(request: ActorRequest) -> HttpResponse:
    now, brand = clock.now(), require_own_brand(request.actor)
    running = [
        each
        for phase in (Phase.LIVE, Phase.PREVIEW)
        for each in list_sales(at=now, brand_id=brand.id, phase=phase, limit=5).items
    ]
    return render_page(
        request,
        "home.html",
        brand=brand,
        stock=stock_totals(brand.id),
        running=[(each, sale_totals(each.id)) for each in running],
        statements=list_statements(brand_id=brand.id, limit=3).items,
    )
