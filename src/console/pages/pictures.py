"""Which pictures of goods show a brand's name or logo: they are left out where a label is cut (FORWARD-3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.pages.base_views import cursor_of, render_page
from inventory.selectors.pictures import count_pictures_to_look_at, pictures_to_look_at
from inventory.services.style_pictures import mark_logos
from kernel import clock
from kernel.refusal import Refusal
from web.query_parameters import accepts_parameters, cursor, flag, number, parse_number

PER_PAGE = 60


@role_required(Role.OPS)
@accepts_parameters(marked=flag, brand=number, cursor=cursor)
def pictures(request: ActorRequest) -> HttpResponse:
    """Pictures that nobody has looked at, a screen of them: those that are ticked show a logo, the others of the screen do not."""
    if request.method == "POST":
        ticked = _numbers(request, "logo")
        others = [each for each in _numbers(request, "shown") if each not in set(ticked)]
        try:
            count = mark_logos(actor=request.actor, with_logo=ticked, without_logo=others, now=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        else:
            said = _("已看过 %(n)d 张，其中 %(logo)d 张有商标")
            messages.success(request, said % {"n": count, "logo": len(ticked)})
        return redirect(request.get_full_path())
    marked = request.GET.get("marked") == "1"
    page = pictures_to_look_at(
        brand_id=parse_number(request.GET.get("brand", "")), marked=marked, cursor=cursor_of(request), limit=PER_PAGE
    )
    return render_page(request, "pictures.html", page=page, marked=marked, waiting=count_pictures_to_look_at())


def _numbers(request: ActorRequest, name: str) -> list[int]:
    return [found for each in request.POST.getlist(name)[: 2 * PER_PAGE] if (found := parse_number(each))]
