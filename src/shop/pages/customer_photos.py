"""Photos that customers lend: their reseller chooses which she shows, and other customers see them (AFTER-21)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, public_page, role_required
from accounts.rules import Role
from aftersales.selectors.customer_photos import list_lent_photos
from aftersales.selectors.photos import NoSuchPhoto
from aftersales.services.customer_photos import MAX_SHOWN_PER_STYLE, choose_photos
from forwarding.selectors.customer_photos import read_photo_of_page
from forwarding.selectors.forwards import NoSuchForward
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.customer import with_private_headers
from web.query_parameters import accepts_parameters, cursor, number, parse_number

PER_PAGE = 60


@role_required(Role.RESELLER)
@accepts_parameters(style=number, cursor=cursor)
def customer_photos(request: ActorRequest) -> HttpResponse:
    """The photos that her customers lend, of one style or of all: those that are ticked are shown, the others of the screen are not."""
    me = reseller(request)
    if request.method == "POST":
        ticked = {parse_int(each) for each in request.POST.getlist("shown")[:PER_PAGE]}
        others = {parse_int(each) for each in request.POST.getlist("listed")[:PER_PAGE]} - ticked
        try:
            choose_photos(actor=request.actor, shown=sorted(ticked), not_shown=sorted(others), now=clock.now())
        except Refusal as refusal:
            flash_refusal(request, refusal)
        else:
            messages.success(request, _("已保存，顾客现在看到 %(n)d 张") % {"n": len(ticked)})
        return redirect(request.get_full_path())
    style_id = parse_number(request.GET.get("style", ""))
    page = list_lent_photos(me.id, style_id=style_id, cursor=request.GET.get("cursor", ""), limit=PER_PAGE)
    return render_page(request, "customer_photos.html", me, page=page, style_id=style_id, most=MAX_SHOWN_PER_STYLE)


@public_page
@require_safe
def photo_of_forward(request: HttpRequest, token: str, photo_id: int, width: int) -> HttpResponse:
    return _photo(token, photo_id, width, is_storefront=False)


@public_page
@require_safe
def photo_of_storefront(request: HttpRequest, token: str, photo_id: int, width: int) -> HttpResponse:
    return _photo(token, photo_id, width, is_storefront=True)


def _photo(token: str, photo_id: int, width: int, *, is_storefront: bool) -> HttpResponse:
    """A photo that the page shows now. No cache keeps it: its customer may take it back at any time."""
    try:
        content = read_photo_of_page(token, photo_id, width, is_storefront=is_storefront, at=clock.now())
    except (NoSuchForward, NoSuchPhoto) as missing:
        raise Http404 from missing
    return with_private_headers(HttpResponse(content, content_type="image/jpeg"))
