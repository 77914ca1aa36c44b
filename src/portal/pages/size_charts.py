"""The size charts of the brand, of styles and categories, pasted from a table (STOCK-16)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from inventory.selectors.size_charts import list_size_charts, list_style_size_charts
from inventory.selectors.stock import admitted_categories
from inventory.selectors.styles import NoSuchStyle
from inventory.services.size_charts import InvalidSizeChart, set_size_chart, set_style_size_chart
from kernel import clock
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor, parse_number


@role_required(Role.BRAND)
@accepts_parameters(cursor=cursor)
def size_charts(request: ActorRequest) -> HttpResponse:
    """The charts, and the place to paste one. What is refused keeps what was typed."""
    brand = require_own_brand(request.actor)
    refusal = ""
    if request.method == "POST":
        try:
            is_set = _save(request)
        except (InvalidSizeChart, NoSuchStyle) as wrong:
            refusal = wrong.sentence(request.LANGUAGE_CODE)
        else:
            messages.success(request, _("尺码表已保存") if is_set else _("尺码表已删除"))
            return redirect("portal:size_charts")
    position = cursor_of(request)
    return render_page(
        request,
        "size_charts.html",
        brand=brand,
        charts=[] if position else list_size_charts(brand.id),
        page=list_style_size_charts(brand.id, cursor=position, limit=20),
        categories=admitted_categories(brand.id),
        refusal=refusal,
        typed=request.POST.get("chart", ""),
        typed_style=request.POST.get("style_no", ""),
        chosen=parse_number(request.POST.get("category", "")),
    )


def _save(request: ActorRequest) -> bool:
    """Whether there is a chart now; an empty text removes it."""
    text = request.POST.get("chart", "")[:10_000]
    style_no = request.POST.get("style_no", "").strip()[:64]
    if style_no:
        return bool(set_style_size_chart(actor=request.actor, style_no=style_no, text=text, now=clock.now()))
    category_id = parse_number(request.POST.get("category", ""))
    return bool(set_size_chart(actor=request.actor, category_id=category_id, text=text, now=clock.now()))
