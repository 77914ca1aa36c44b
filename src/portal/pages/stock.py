"""The brand's stock: what is on hand, what of it is bound to sales."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, page_for
from accounts.rules import Role
from brands.selectors import brand_of
from inventory.selectors.stock import skus_of_brand
from inventory.uploads.selectors import stock_figures
from portal.pages.base_views import after, show
from web.query_parameters import cursor, flag, takes, text


@page_for(Role.BRAND)
@require_safe
@takes(words=text(64), only_free=flag, after=cursor)
def stock(request: ActorRequest) -> HttpResponse:
    brand = brand_of(request.actor)
    words, only_free = request.GET.get("words", "").strip()[:64], request.GET.get("only_free") == "1"
    page = skus_of_brand(brand.id, words=words, only_free=only_free, after=after(request), size=50)
    return show(
        request,
        "stock.html",
        brand=brand,
        page=page,
        figures=stock_figures(brand.id),
        words=words,
        only_free=only_free,
    )
