"""The size charts of the brand, one per category, pasted from a table (STOCK-16)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from inventory.selectors.size_charts import list_size_charts
from inventory.selectors.stock import admitted_categories
from inventory.services.size_charts import InvalidSizeChart, set_size_chart
from kernel import clock
from portal.pages.base_views import render_page
from web.query_parameters import parse_number


@role_required(Role.BRAND)
def size_charts(request: ActorRequest) -> HttpResponse:
    """The charts, and the place to paste one. What is refused keeps what was typed."""
    brand = require_own_brand(request.actor)
    refusal = ""
    if request.method == "POST":
        chosen = request.POST.get("category", "")
        try:
            chart = set_size_chart(
                actor=request.actor,
                category_id=parse_number(chosen),
                text=request.POST.get("chart", "")[:10_000],
                now=clock.now(),
            )
        except InvalidSizeChart as wrong:
            refusal = wrong.sentence(request.LANGUAGE_CODE)
        else:
            messages.success(request, _("尺码表已保存") if chart else _("尺码表已删除"))
            return redirect("portal:size_charts")
    return render_page(
        request,
        "size_charts.html",
        brand=brand,
        charts=list_size_charts(brand.id),
        categories=admitted_categories(brand.id),
        refusal=refusal,
        typed=request.POST.get("chart", ""),
        chosen=parse_number(request.POST.get("category", "")),
    )
