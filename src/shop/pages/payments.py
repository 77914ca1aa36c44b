"""Payments through WeChat Pay and Alipay: where she pays, and what became of it (PAY-5 to PAY-7)."""

import secrets
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.orders import get_wallet_balance_fen
from orders.selectors.provider_payments import list_orders_of_payment
from orders.selectors.source_refunds import get_left_fen
from orders.services.order_payments import start_order_payment
from orders.services.provider_payments import check_own_payment, get_own_sheet, hand_over_in_wechat
from payments.rules.payments import SCANNED_WAYS, PaymentState, PaymentWay, Provider
from payments.selectors.payments import ProviderPaymentView, get_own_payment
from payments.selectors.refunds import is_refundable, list_refunds_of_payment
from payments.services.accounts import is_provider_on
from payments.services.starting import ProviderIsOff
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.client import client_address, is_in_wechat, is_phone
from web.query_parameters import accepts_parameters, text
from wechat.services.account import is_wechat_on

_STATE = "payment_wechat_state"
"""The key of the session that holds what WeChat has to bring back."""
_ON_PHONE = {Provider.WECHAT: PaymentWay.WECHAT_H5, Provider.ALIPAY: PaymentWay.ALIPAY_WAP}
_ON_DESK = {Provider.WECHAT: PaymentWay.WECHAT_QR, Provider.ALIPAY: PaymentWay.ALIPAY_PAGE}
_OF_ALIPAY = (
    "charset", "out_trade_no", "method", "total_amount", "sign", "trade_no", "auth_app_id", "version", "app_id", "sign_type",
    "seller_id", "timestamp",
)  # fmt: skip
"""What Alipay adds to the address when it leads her back. It proves nothing, and nothing of it is read."""


def ways_for(request: HttpRequest) -> list[PaymentWay]:
    """How she can pay from the device that she holds: a phone opens the provider's app, a computer shows a code to scan.

    Inside WeChat, pages of Alipay and of WeChat's own H5 do not open; there WeChat's sheet is the way, with an official account.
    """
    if is_in_wechat(request) and is_wechat_on():
        return [PaymentWay.WECHAT_JSAPI] if is_provider_on(Provider.WECHAT) else []
    ways = _ON_PHONE if is_phone(request) else _ON_DESK
    return [way for provider, way in ways.items() if is_provider_on(provider)]


@role_required(Role.RESELLER)
@require_POST
def pay_online(request: ActorRequest) -> HttpResponse:
    """Begin a payment of the orders that the page showed, at the total that it showed."""
    sent = request.POST
    try:
        begun = start_order_payment(
            actor=request.actor,
            order_ids=[parse_int(each) for each in sent.getlist("order")],
            expected_total_fen=parse_int(sent.get("total", "")),
            way=chosen_way(request),
            client_address=client_address(request),
            key=sent.get("key", ""),
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:cart")
    return redirect("shop:payment", begun.id)


def chosen_way(request: HttpRequest) -> PaymentWay:
    """The way whose button was pressed. One that is none, or not offered here, is refused as one that is off."""
    way = next((each for each in ways_for(request) if each.value == request.POST.get("way")), None)
    if way is None:
        raise ProviderIsOff
    return way


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(**dict.fromkeys(_OF_ALIPAY, text(1000)))
def payment(request: ActorRequest, payment_id: int) -> HttpResponse:
    """One payment of hers; sent as a form, the provider is asked about it now."""
    me = reseller(request)
    if request.method == "POST":
        check_own_payment(actor=request.actor, payment_id=payment_id, now=clock.now())
    return render_page(request, "payment.html", me, **_context(request, get_own_payment(me.id, payment_id), me.id))


@role_required(Role.RESELLER)
@require_safe
@never_cache
@accepts_parameters()
def authorize_in_wechat(request: ActorRequest, payment_id: int) -> HttpResponse:
    """Send her to WeChat's authorisation page, which says who pays; it comes back with a code and the same state."""
    get_own_payment(reseller(request).id, payment_id)
    state = secrets.token_hex(16)
    request.session[_STATE] = state
    query = {
        "appid": settings.WECHAT_APP_ID,
        "redirect_uri": request.build_absolute_uri(reverse("shop:payment_in_wechat", args=[payment_id])),
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return redirect(f"{settings.WECHAT_AUTHORIZE_URL}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect")


@role_required(Role.RESELLER)
@require_safe
@never_cache
@accepts_parameters(code=text(500), state=text(100))
def payment_in_wechat(request: ActorRequest, payment_id: int) -> HttpResponse:
    """Hand the payment over for whom WeChat named. A state that this session has not given out hands over nothing."""
    get_own_payment(reseller(request).id, payment_id)
    expected, state = request.session.pop(_STATE, ""), request.GET.get("state", "")
    code = request.GET.get("code", "")
    if not (expected and code and secrets.compare_digest(expected.encode(), state.encode())):
        messages.error(request, gettext("微信没有确认，请再试一次"))
        return redirect("shop:payment", payment_id)
    try:
        hand_over_in_wechat(
            actor=request.actor,
            payment_id=payment_id,
            code=code,
            client_address=client_address(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect("shop:payment", payment_id)


@role_required(Role.RESELLER)
@never_cache
@require_safe
@accepts_parameters()
def payment_state(request: ActorRequest, payment_id: int) -> HttpResponse:
    """The part of the page that asks again and again until the payment has ended."""
    me = reseller(request)
    return render(
        request, "shop/parts/payment_state.html", _context(request, get_own_payment(me.id, payment_id), me.id)
    )


def _context(request: ActorRequest, view: ProviderPaymentView, reseller_id: int) -> dict[str, object]:
    now = clock.now()
    is_open = view.state is PaymentState.OPEN
    orders = list_orders_of_payment(view.id)
    balance_fen = get_wallet_balance_fen(reseller_id)
    is_scanned = view.way in SCANNED_WAYS and bool(view.pay_address)
    return {
        "payment": view,
        "is_waiting": is_open and now < view.expires_at,
        "is_ending": is_open and now >= view.expires_at,
        "qr": segno.make(view.pay_address, error="m").svg_data_uri(scale=6, border=3) if is_scanned else "",
        # WeChat's codes are no links; those of its stand-in are, for people who cannot scan.
        "is_link": view.pay_address.startswith(("https://", "http://")),
        "sheet": get_own_sheet(actor=request.actor, payment_id=view.id),
        "is_authorized_first": is_open and view.way is PaymentWay.WECHAT_JSAPI and not view.pay_address,
        "balance_fen": balance_fen,
        "refunds": list_refunds_of_payment(view.id) if view.state is PaymentState.PAID else [],
        "returnable_fen": min(get_left_fen(view.id), balance_fen) if orders and is_refundable(view.id, at=now) else 0,
        "orders": orders,
        "unpaid_orders_of_it": [each for each in orders if each.reason is not None],
    }
