"""The private page of a wish: its customer follows it from the wish to the parcel, and may withdraw it (FORWARD-10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import public_page
from aftersales.selectors.cases import get_case_terms
from forwarding.rules.share_cards import ShareCard
from forwarding.rules.wishes import MAX_ADDRESS
from forwarding.selectors.wish_pages import WishPageView, get_wish_page
from forwarding.selectors.wishes import NoSuchWishPage
from forwarding.services.waiting_customers import NothingToWaitFor, let_wish_wait
from forwarding.services.wish_addresses import InvalidWishAddress, TooManyAddressChanges, change_address
from forwarding.services.wishes import WishAlreadyAnswered, withdraw_wish
from kernel import clock
from kernel.refusal import Conflict, Refusal, TooMany
from shop.pages import wish_picks
from shop.pages.customer import render_unavailable, with_private_headers
from shop.pages.share_cards import share_context
from web.form_errors import Fault
from web.frequency import WINDOW_SECONDS, asks_too_often

CHANGES_PER_MINUTE = 60
"""Of addresses of all wishes, by one network, which a carrier gives to thousands of people. Of one wish the service limits them."""


class TooManyChanges(TooMany):
    code = "shop.too_many_changes"
    zh = "改得太频繁了，请一分钟后再试"
    en = "Changed too often; try again in a minute"


class AddressTooLate(Conflict):
    code = "shop.address_too_late"
    zh = "卖家已经处理了，这里不能再改收货信息；请把您写的直接发给卖家"
    en = "The seller has answered by now, so the address cannot be changed here any more; send what you wrote to the seller"


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """`?sent=1` after the wish was sent, `?moved=1` after its address was changed; `?there=1` and `?over=1` where nothing was to wait for.

    A post withdraws the wish, changes its address, or lets it wait for what is sold out of it (FORWARD-29).
    """
    now = clock.now()
    try:
        view = get_wish_page(token, at=now)
    except NoSuchWishPage:
        return render_unavailable(request, _("没有找到这条心愿"), _("链接可能没复制完整，或已过了保存期。"), 404)
    if not view.seller_active:
        return _closed(request, token, view)
    if request.method == "POST":
        act = _wait if "wait" in request.POST else _change_address if "address" in request.POST else _withdraw
        return act(request, view, token)
    return _show(request, view, token)


def _show(request: HttpRequest, view: WishPageView, token: str, refusal: Refusal | None = None) -> HttpResponse:
    picked = wish_picks.in_address(request.GET) if view.forward_is_open else {}
    faults = [Fault(refusal.sentence(getattr(request, "LANGUAGE_CODE", "")), "new-address")] if refusal else []
    context = {
        **share_context(request, ShareCard(_("我的心愿"), "", "")),
        "wish": view,
        "who": view.reseller_name or _("您的卖家"),
        "after_sales_days": get_case_terms().window.days,
        "wish_sent": "sent" in request.GET,
        "too_late": "late" in request.GET and not view.can_be_withdrawn,
        "nothing_missing": "there" in request.GET and view.can_be_withdrawn and not view.can_wait,
        "sale_over": "over" in request.GET and view.can_be_withdrawn and not view.can_wait,
        "token": token,
        "reported": "reported" in request.GET,
        "report_ended": "ended" in request.GET,
        "address": request.build_absolute_uri(request.path),
        "moved": "moved" in request.GET,
        "faults": faults,
        "typed_address": request.POST.get("address", ""),
        "max_address": MAX_ADDRESS,
        "goods_address": _goods_address(view) if view.forward_is_open else "",
        "also_picked": sum(picked.values()),
        "picked_address": _picked_address(view, picked, wish_picks.seen_prices(request.GET)) if picked else "",
        "again": again_address(view) if view.was_withdrawn and view.forward_is_open else "",
    }
    status = refusal.status if refusal else 200
    answer = render(request, "shop/wish_page.html", context, status=status)
    for name, value in refusal.headers().items() if refusal else ():
        answer[name] = value
    return with_private_headers(answer)


def again_address(view: WishPageView) -> str:
    """The page that she wished from, with the same units picked: whoever withdraws a wish to correct it does not choose anew.

    It is told the prices of the wish, so that it says which of them have changed (FORWARD-5).
    """
    seen = {line.style_id: line.retail_fen for line in view.lines if line.retail_fen}
    picked = wish_picks.query({line.item_id: line.units for line in view.picked}, view.channel, seen)
    return f"{_goods_address(view)}?style={view.style_id}&{picked}"


def _picked_address(view: WishPageView, picked: dict[int, int], seen: dict[int, int]) -> str:
    return wish_picks.address_with(_goods_address(view), picked, view.channel, seen)


def _goods_address(view: WishPageView) -> str:
    return reverse("storefront_page" if view.is_of_storefront else "customer_page", args=[view.forward_token])


def _closed(request: HttpRequest, token: str, view: WishPageView) -> HttpResponse:
    """The page of a deactivated reseller: nothing but the photos that the customer lent, to take them back (AFTER-20)."""
    lent = {each.id: each for line in view.lines for each in line.faults.reports if each.photos and each.may_reuse}
    context = {
        **share_context(request, ShareCard(_("这个页面现在打不开"), "", "")),
        "token": token,
        "lent": list(lent.values()),
    }
    return with_private_headers(render(request, "shop/wish_page_closed.html", context, status=410))


def _change_address(request: HttpRequest, view: WishPageView, token: str) -> HttpResponse:
    if asks_too_often(request, "forwarding.change_address", "", limit=CHANGES_PER_MINUTE):
        return _show(request, view, token, TooManyChanges(retry_after_seconds=WINDOW_SECONDS))
    try:
        change_address(token=token, text=request.POST.get("address", ""), now=clock.now())
    except WishAlreadyAnswered:
        return _show(request, get_wish_page(token, at=clock.now()), token, AddressTooLate())
    except (InvalidWishAddress, TooManyAddressChanges) as refusal:
        return _show(request, view, token, refusal)
    return redirect(f"{request.path}?moved=1")


def _wait(request: HttpRequest, view: WishPageView, token: str) -> HttpResponse:
    try:
        let_wish_wait(token=token, now=clock.now())
    except WishAlreadyAnswered:
        return redirect(f"{request.path}?late=1")
    except NothingToWaitFor:
        ended = not all(line.is_on_sale for line in view.lines)
        return redirect(f"{request.path}?{'over' if ended else 'there'}=1")
    return redirect(request.path)


def _withdraw(request: HttpRequest, _view: WishPageView, token: str) -> HttpResponse:
    try:
        withdraw_wish(token=token, now=clock.now())
    except WishAlreadyAnswered:
        return redirect(f"{request.path}?late=1")
    return redirect(request.path)
