"""Which photos of customers show a brand's name or logo: where the brand is hidden only the others are shown (AFTER-21)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.customer_photos import count_photos_to_look_at, photos_to_look_at
from aftersales.services.customer_photos import mark_photo_logos
from console.pages.base_views import cursor_of, render_page
from kernel import clock
from kernel.refusal import Refusal
from web.query_parameters import accepts_parameters, cursor, flag, parse_number

PER_PAGE = 60


@role_required(Role.OPS)
@accepts_parameters(marked=flag, cursor=cursor)
def customer_photos(request: ActorRequest) -> HttpResponse:
    """Photos that resellers show and nobody has looked at, a screen of them: those that are ticked show a logo, the others do not."""
    if request.method == "POST":
        ticked = _numbers(request, "logo")
        others = [each for each in _numbers(request, "shown") if each not in set(ticked)]
        try:
            count = mark_photo_logos(actor=request.actor, with_logo=ticked, without_logo=others, now=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        else:
            said = _("已看过 %(n)d 张，其中 %(logo)d 张有商标")
            messages.success(request, said % {"n": count, "logo": len(ticked)})
        return redirect(request.get_full_path())
    marked = request.GET.get("marked") == "1"
    page = photos_to_look_at(marked=marked, cursor=cursor_of(request), limit=PER_PAGE)
    return render_page(request, "customer_photos.html", page=page, marked=marked, waiting=count_photos_to_look_at())


def _numbers(request: ActorRequest, name: str) -> list[int]:
    return [found for each in request.POST.getlist(name)[:PER_PAGE] if (found := parse_number(each))]
