"""In which quantities the styles of one sale are ordered: the terms of the brand, and what ops sets for this sale instead (SALE-9)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.pages.base_views import BOTH, render_page, sentence
from console.pages.sale_items import OPEN
from flashsales.rules import Phase, QuantityTerms
from flashsales.selectors import sales
from flashsales.selectors.quantities import list_sale_quantities
from flashsales.selectors.sales import SaleView
from flashsales.services.quantities import set_quantity_terms
from kernel import clock
from kernel.refusal import Refusal
from web.quantity_forms import QuantityTermsForm
from web.query_parameters import accepts_parameters, parse_number


@role_required(*BOTH)
@accepts_parameters()
def quantities(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Ticked styles get what is typed, single pieces, or the terms of the brand again."""
    view = sales.get_sale(sale_id, at=clock.now())
    act = request.POST.get("act", "") if request.method == "POST" else ""
    form = QuantityTermsForm(request.POST if act == "terms" else None)
    if act and _change(request, view, act, form):
        return redirect("console:sale_quantities", sale_id)
    return render_page(
        request,
        "sale_quantities.html",
        tab="quantities",
        sale=view,
        styles=list_sale_quantities(sale_id, view.brand_id),
        editable=view.phase in (Phase.DRAFT, *OPEN) and request.actor.role is Role.OPS,
        ticked=set(request.POST.getlist("style")),
        form=form,
    )


def _change(request: ActorRequest, view: SaleView, act: str, form: QuantityTermsForm) -> bool:
    """Do what the form asks; whether the page is shown anew. A refusal stands at the form."""
    if act == "terms" and not form.is_valid():
        return False
    terms = QuantityTerms(**form.figures) if act == "terms" else QuantityTerms() if act == "single" else None
    try:
        styles = set_quantity_terms(
            actor=request.actor,
            brand_id=view.brand_id,
            style_ids=[number for each in request.POST.getlist("style") if (number := parse_number(each))],
            terms=terms,
            sale_id=view.id,
            now=clock.now(),
        )
    except Refusal as refusal:
        if form.is_bound:
            form.add_error(None, sentence(request, refusal))
            return False
        messages.error(request, sentence(request, refusal))
    else:
        messages.success(request, _("已设定 {n} 款，从现在起的订单照此判断").format(n=styles))
    return True
