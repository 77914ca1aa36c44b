"""Reports of faults on the private page of a wish: made, withdrawn, and their photos lent or taken back, without an account (AFTER-19)."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import public_page
from aftersales.rules import FAULT_REASONS, MAX_REPORT_PHOTOS, MAX_REPORT_TEXT
from aftersales.selectors.photos import NoSuchPhoto
from aftersales.services.fault_reports import FaultFields, FaultReportEnded, FormReportEnded, InvalidFault
from aftersales.services.photos import NotAPhoto, PhotoTooLarge, TooManyPhotos
from forwarding.rules.share_cards import ShareCard
from forwarding.selectors.wish_pages import WishPageLineView, WishPageView, get_wish_page
from forwarding.selectors.wishes import NoSuchWishPage
from forwarding.services import fault_reports
from kernel import clock
from kernel.refusal import Refusal, TooMany
from shop.pages.base_views import parse_int
from shop.pages.customer import render_unavailable, with_private_headers
from shop.pages.share_cards import share_context
from shop.pages.visitors import network_hash
from web.file_responses import jpeg_answer
from web.form_errors import Fault
from web.frequency import asks_too_often
from web.request_bodies import MAX_BYTES_IN_MEMORY
from web.uploads import sent_files, takes_customer_files

POSTS_PER_MINUTE = 10
"""Of one network: a refused form may have cost the decoding of photos, and makes no report that would count."""
_PHOTO_REFUSALS = frozenset(each.code for each in (NotAPhoto, PhotoTooLarge, TooManyPhotos))


class TooManyPosts(TooMany):
    code = "shop.too_many_posts"
    zh = "提交得太频繁了，请一分钟后再试"
    en = "Too many attempts; try again in a minute"


class PhotosTooLarge(Refusal):
    status: ClassVar[int] = 413
    code = "shop.photos_too_large"
    zh = "照片加起来太大，没有保存：最多 {max_photos} 张，每张不超过 {max_mb} MB。请返回上一页，少选几张再发"
    en = "The photos are too large together and were not saved: at most {max_photos} of {max_mb} MB each. Go back and choose fewer"
    max_photos: int
    max_mb: int


def check_report_body(*, length: int, token: str, line_id: int) -> None:
    """Refuse a report that is too large or not for shipped goods of a wish, before its photos are received (AFTER-19)."""
    if length > MAX_REPORT_PHOTOS * settings.MAX_PHOTO_BYTES + MAX_BYTES_IN_MEMORY:
        raise PhotosTooLarge(max_photos=MAX_REPORT_PHOTOS, max_mb=settings.MAX_PHOTO_BYTES // (1024 * 1024))
    fault_reports.require_reporting_page(token, line_id)


@public_page
@takes_customer_files(check_report_body)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, token: str, line_id: int) -> HttpResponse:
    """The form for a fault in shipped goods of a wish. A refused form keeps what was typed; photos have to be chosen again."""
    now = clock.now()
    try:
        wish = get_wish_page(token, at=now)
    except NoSuchWishPage:
        return wish_not_found(request)
    if not wish.seller_active:
        return render_unavailable(request, _("这个页面现在打不开"), _("请直接问问卖家。"), 410)
    line = next((each for each in wish.lines if each.id == line_id), None)
    if line is None:
        return wish_not_found(request)
    if request.method != "POST":
        return _form(request, token, wish, line)
    sent = request.POST
    try:
        if asks_too_often(request, "shop.faults", "", limit=POSTS_PER_MINUTE):
            raise TooManyPosts(retry_after_seconds=60)
        fault_reports.report_fault(
            token=token,
            wish_line_id=line_id,
            fields=FaultFields(
                units=parse_int(sent.get("units", "")),
                reason=sent.get("reason", ""),
                text=sent.get("text", ""),
                may_reuse=sent.get("may_reuse") == "yes",
            ),
            files=sent_files(request, "photos"),
            network=network_hash(request, now),
            key=sent.get("key", "")[:64],
            now=now,
        )
    except Refusal as refusal:
        return _form(request, token, wish, line, refusal)
    return redirect(f"{reverse('wish_page', args=[token])}?reported=1")


def _form(
    request: HttpRequest, token: str, wish: WishPageView, line: WishPageLineView, refusal: Refusal | None = None
) -> HttpResponse:
    sent = request.POST
    faults = []
    if refusal:
        target = _target(refusal)
        faults = [Fault(refusal.sentence(getattr(request, "LANGUAGE_CODE", "")), target)]
    context = {
        **share_context(request, ShareCard(_("反馈问题"), "", "")),
        "token": token,
        "who": wish.reseller_name or _("您的卖家"),
        "line": line,
        "reasons": FAULT_REASONS,
        "chosen": sent.get("reason", ""),
        "units": min(max(parse_int(sent.get("units", "")), 1), max(line.faults.max_units, 1)),
        "unit_choices": range(1, line.faults.max_units + 1),
        "text": sent.get("text", ""),
        "max_text": MAX_REPORT_TEXT,
        "may_reuse": sent.get("may_reuse") == "yes",
        "max_photos": MAX_REPORT_PHOTOS,
        "photos_lost": bool(refusal and request.FILES),
        "key": _key_of_form(sent.get("key", ""), refusal),
        "faults": faults,
    }
    answer = render(request, "shop/wish_fault.html", context, status=refusal.status if refusal else 200)
    for name, value in refusal.headers().items() if refusal else ():
        answer[name] = value
    return with_private_headers(answer)


def _key_of_form(sent: str, refusal: Refusal | None) -> str:
    """The key that the form was sent with; a new one where the report of that key has ended, so that it can be sent again."""
    return uuid.uuid4().hex if not sent or isinstance(refusal, FormReportEnded) else sent


def _target(refusal: Refusal) -> str:
    """The field that a refusal is about."""
    if isinstance(refusal, InvalidFault):
        return f"reason-{FAULT_REASONS[0].value}"
    return "photos" if refusal.code in _PHOTO_REFUSALS else ""


@public_page
@require_POST
def change(request: HttpRequest, token: str, report_id: int) -> HttpResponse:
    """`act` withdraws a report, lends its photos, or takes them back."""
    try:
        match request.POST.get("act"):
            case "withdraw":
                fault_reports.withdraw_report(token=token, report_id=report_id, now=clock.now())
            case "lend" | "take_back" as act:
                fault_reports.set_consent(token=token, report_id=report_id, may_reuse=act == "lend")
    except NoSuchWishPage:
        return wish_not_found(request)
    except FaultReportEnded:
        return redirect(f"{reverse('wish_page', args=[token])}?ended=1")
    return redirect(f"{reverse('wish_page', args=[token])}#report-{report_id}")


@public_page
@require_safe
def photo(request: HttpRequest, token: str, photo_id: int, width: int) -> HttpResponse | FileResponse:
    """A photo that was reported from this page; 404 for any other."""
    try:
        answer = jpeg_answer(fault_reports.read_own_photo(token=token, photo_id=photo_id, width=width))
    except (NoSuchPhoto, NoSuchWishPage) as missing:
        raise Http404 from missing
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def wish_not_found(request: HttpRequest) -> HttpResponse:
    return render_unavailable(request, _("没有找到这条心愿"), _("链接可能没复制完整，或已过了保存期。"), 404)
