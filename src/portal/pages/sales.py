"""The brand's sales: what sells and why the brand is paid what it is; never the resellers and their prices."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from flashsales.rules import Phase
from flashsales.selectors import explanations
from flashsales.selectors import sales as flashsales_sales
from flashsales.selectors.sales import NoSuchSale
from inventory.selectors.stock import names_of_skus
from kernel import clock
from portal.pages.base_views import cursor_of, render_page
from settlement.selectors.statements import get_statement_of_sale
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(cursor=cursor)
def sales(request: ActorRequest) -> HttpResponse:
    brand = require_own_brand(request.actor)
    page = flashsales_sales.list_sales(at=clock.now(), brand_id=brand.id, cursor=cursor_of(request), limit=20)
    rows = [(each, flashsales_sales.sale_totals(each.id)) for each in page.items if each.phase is not Phase.DRAFT]
    return render_page(request, "sales.html", brand=brand, rows=rows, page=page)


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(cursor=cursor)
def sale(request: ActorRequest, sale_id: int) -> HttpResponse:
    brand, view = require_own_brand(request.actor), flashsales_sales.get_sale(sale_id, at=clock.now())
    if view.brand_id != brand.id or view.phase is Phase.DRAFT:
        raise NoSuchSale(sale_id=sale_id)
    return render_page(
        request,
        "sale.html",
        brand=brand,
        sale=view,
        totals=flashsales_sales.sale_totals(sale_id),
        fastest_styles=flashsales_sales.sell_through(sale_id, limit=8),
        page=flashsales_sales.list_items(sale_id, cursor=cursor_of(request), limit=50),
        statement=get_statement_of_sale(sale_id),
    )


@role_required(Role.BRAND)
@require_safe
def why(request: ActorRequest, sale_id: int, sku_id: int) -> HttpResponse:
    """Why the brand is paid what it is for a SKU, for a dialog; its own side only (PRICE-12)."""
    steps = explanations.explain_to_brand(brand_id=require_own_brand(request.actor).id, sale_id=sale_id, sku_id=sku_id)
    return render_page(request, "parts/why.html", steps=steps, name=names_of_skus([sku_id])[sku_id])
