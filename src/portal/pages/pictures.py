"""The pictures of the brand's styles: a ZIP of many, and the order, cover and removal of one style's (STOCK-13, STOCK-14)."""

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from inventory.selectors.pictures import count_waiting_links, list_archives, list_pictures
from inventory.selectors.styles import colours_of_style, get_style, styles_of_brand
from inventory.services.style_pictures import arrange_pictures, remove_picture, set_picture_colours
from inventory.uploads.picture_archives import receive_archive
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import cursor_of, redirect_to, render_page
from web.query_parameters import accepts_parameters, cursor, text
from web.uploads import takes_file, too_large


@role_required(Role.BRAND)
@takes_file
@accepts_parameters(q=text(64), cursor=cursor)
def pictures(request: ActorRequest) -> HttpResponse:
    """The styles with their pictures, and the place to send a ZIP of pictures."""
    if request.method == "POST":
        return _receive(request)
    brand = require_own_brand(request.actor)
    search = request.GET.get("q", "").strip()[:64]
    page = styles_of_brand(brand.id, search=search, cursor=cursor_of(request), limit=30)
    return render_page(
        request,
        "pictures.html",
        brand=brand,
        page=page,
        pictures=list_pictures([each.id for each in page.items], without_logos=False),
        archives=list_archives(brand.id),
        waiting_links=count_waiting_links(brand.id),
        q=search,
    )


@role_required(Role.BRAND)
def style_pictures(request: ActorRequest, style_id: int) -> HttpResponse:
    """The pictures of one style: put one first, move one forward, remove one, and say which colours they show, all in one act."""
    brand = require_own_brand(request.actor)
    style = get_style(brand.id, style_id)
    shown = list_pictures([style.id], without_logos=False).get(style.id, [])
    if request.method == "POST":
        sha256 = request.POST.get("picture", "")
        act = request.POST.get("act", "")
        try:
            if act == "remove":
                remove_picture(actor=request.actor, style_id=style.id, sha256=sha256, now=clock.now())
                messages.success(request, _("已删除"))
            elif act == "colours":
                colours = {each.sha256: request.POST.get(f"colour-{each.sha256}", each.colour) for each in shown}
                set_picture_colours(actor=request.actor, style_id=style.id, colours=colours, now=clock.now())
                messages.success(request, _("已保存"))
            elif act in ("first", "forward"):
                order = [each.sha256 for each in shown]
                place = order.index(sha256) if sha256 in order else 0
                order.insert(0 if act == "first" else max(place - 1, 0), order.pop(place))
                arrange_pictures(actor=request.actor, style_id=style.id, sha256s=order, now=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
        return redirect("portal:style_pictures", style.id)
    return render_page(
        request,
        "style_pictures.html",
        brand=brand,
        style=style,
        pictures=shown,
        colours=colours_of_style(style.id),
    )


def _receive(request: ActorRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile | None):
        raise TypeError("the form has one field of the name, and it is a file")
    try:
        view = receive_archive(
            actor=request.actor,
            filename=(file.name if file else "") or "",
            chunks=file.chunks() if file else (),
            cut_short=too_large(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        if request.headers.get("HX-Request"):
            raise
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE), extra_tags="file")
        return redirect("portal:pictures")
    enqueue_on_commit("inventory.tasks.read_picture_archive", view.id)
    messages.success(request, _("图片包已收到，正在按款号归到各款。"))
    return redirect_to(request, reverse("portal:pictures"))
