"""In which quantities the brand's styles are ordered, set for many at once, and what an order must have of the brand (SALE-9, BRAND-5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.rules import OrderMinimum
from brands.selectors.brands import BrandView, require_own_brand
from brands.services import set_order_minimum
from flashsales.rules import QuantityTerms
from flashsales.selectors.quantities import list_style_quantities
from flashsales.services.quantities import set_quantity_terms
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import cursor_of, render_page
from web.quantity_forms import OrderMinimumForm, QuantityTermsForm
from web.query_parameters import accepts_parameters, cursor, parse_number, text


@role_required(Role.BRAND)
@accepts_parameters(q=text(64), cursor=cursor)
def quantities(request: ActorRequest) -> HttpResponse:
    """The styles with their terms; ticked styles get what is typed, or none. What is refused keeps what was typed."""
    brand = require_own_brand(request.actor)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    typed = QuantityTermsForm(request.POST if act == "terms" else None)
    minimum = OrderMinimumForm(
        request.POST if act == "minimum" else None,
        initial={"min_fen": brand.min_order_fen, "min_units": brand.min_order_units},
        prefix="minimum",
    )
    if act and _change(request, brand, act, typed, minimum):
        return redirect(request.get_full_path())
    search = request.GET.get("q", "").strip()[:64]
    return render_page(
        request,
        "quantities.html",
        brand=brand,
        page=list_style_quantities(brand.id, search=search, cursor=cursor_of(request), limit=40),
        ticked=set(request.POST.getlist("style")),
        form=typed,
        minimum=minimum,
        q=search,
    )


def _change(
    request: ActorRequest, brand: BrandView, act: str, typed: QuantityTermsForm, minimum: OrderMinimumForm
) -> bool:
    """Do what the form asks; whether it was done. A refusal stands at its form."""
    form = minimum if act == "minimum" else typed
    try:
        if act == "minimum" and minimum.is_valid():
            asked = OrderMinimum(minimum.cleaned_data["min_fen"], minimum.cleaned_data["min_units"])
            set_order_minimum(actor=request.actor, brand_id=brand.id, minimum=asked, now=clock.now())
            messages.success(request, _("起订额已保存，从现在起的订单照此判断"))
            return True
        if act == "clear" or (act == "terms" and typed.is_valid()):
            styles = set_quantity_terms(
                actor=request.actor,
                brand_id=brand.id,
                style_ids=[number for each in request.POST.getlist("style") if (number := parse_number(each))],
                terms=None if act == "clear" else QuantityTerms(**typed.figures),
                now=clock.now(),
            )
            messages.success(request, _("已设定 {n} 款，从现在起的订单照此判断").format(n=styles))
            return True
    except Refusal as refusal:
        sentence = refusal.sentence(request.LANGUAGE_CODE)
        if form.is_bound:
            form.add_error(None, sentence)
        else:
            messages.error(request, sentence)
            return True
    return False
