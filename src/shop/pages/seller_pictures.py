"""The reseller's own picture: she sets or removes it, and her customers see it (FORWARD-27)."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, public_page, role_required
from accounts.rules import Role
from forwarding.selectors.seller_pictures import NoSuchSellerPicture, read_seller_picture
from forwarding.services.seller_pictures import remove_seller_picture, set_seller_picture
from kernel import clock
from kernel.refusal import Invalid, Refusal
from shop.pages.base_views import flash_refusal
from web.file_responses import jpeg_answer
from web.uploads import sent_files, takes_file


class ChoosePhoto(Invalid):
    code = "shop.choose_photo"
    zh = "请先选一张照片"
    en = "Choose a photo first"


@role_required(Role.RESELLER)
@takes_file
@require_POST
def change(request: ActorRequest) -> HttpResponse:
    """Set the picture that is sent, or remove the one that she has."""
    try:
        if "remove" in request.POST:
            remove_seller_picture(actor=request.actor)
            messages.success(request, _("头像已删除，顾客看到的是名字的第一个字"))
        else:
            files = sent_files(request, "picture")
            if not files:
                raise ChoosePhoto
            set_seller_picture(actor=request.actor, file=files[0], now=clock.now())
            messages.success(request, _("头像已换好，顾客马上能看到"))
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect("shop:storefront")


@public_page
@require_safe
def picture(request: HttpRequest, sha256: str) -> FileResponse:
    """The picture of a reseller by its hash, while she has it and is active; 404 for any other."""
    try:
        answer = jpeg_answer(read_seller_picture(sha256))
    except NoSuchSellerPicture as missing:
        raise Http404 from missing
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
