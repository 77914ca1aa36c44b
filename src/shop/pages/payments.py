"""Payments through WeChat Pay and Alipay: where she pays, and what became of it."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.orders import get_wallet_balance_fen
from orders.selectors.provider_payments import list_orders_of_payment
from orders.services.order_payments import start_order_payment
from orders.services.provider_payments import check_own_payment
from payments.rules import SCANNED_WAYS, PaymentState, PaymentWay, Provider
from payments.selectors.payments import ProviderPaymentView, get_own_payment
from payments.services.accounts import is_provider_on
from payments.services.starting import ProviderIsOff
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.client import client_address, is_phone
from web.query_parameters import accepts_parameters, text

_ON_PHONE = {Provider.WECHAT: PaymentWay.WECHAT_H5, Provider.ALIPAY: PaymentWay.ALIPAY_WAP}
_ON_DESK = {Provider.WECHAT: PaymentWay.WECHAT_QR, Provider.ALIPAY: PaymentWay.ALIPAY_PAGE}
_OF_ALIPAY = (
    "charset", "out_trade_no", "method", "total_amount", "sign", "trade_no", "auth_app_id", "version", "app_id", "sign_type",
    "seller_id", "timestamp",
)  # fmt: skip
"""What Alipay adds to the address when it leads her back. It proves nothing, and nothing of it is read."""


def ways_for(request: HttpRequest) -> list[PaymentWay]:
    """How she can pay from the device that she holds: a phone opens the provider's app, a computer shows a code to scan."""
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
    return render_page(request, "payment.html", me, **_context(get_own_payment(me.id, payment_id), me.id))


@role_required(Role.RESELLER)
@never_cache
@require_safe
@accepts_parameters()
def payment_state(request: ActorRequest, payment_id: int) -> HttpResponse:
    """The part of the page that asks again and again until the payment has ended."""
    me = reseller(request)
    return render(request, "shop/parts/payment_state.html", _context(get_own_payment(me.id, payment_id), me.id))


def _context(view: ProviderPaymentView, reseller_id: int) -> dict[str, object]:
    now = clock.now()
    is_open = view.state is PaymentState.OPEN
    orders = list_orders_of_payment(view.id)
    is_scanned = view.way in SCANNED_WAYS and bool(view.pay_address)
    return {
        "payment": view,
        "is_waiting": is_open and now < view.expires_at,
        "is_ending": is_open and now >= view.expires_at,
        "qr": segno.make(view.pay_address, error="m").svg_data_uri(scale=6, border=3) if is_scanned else "",
        # WeChat's codes are no links; those of its stand-in are, for people who cannot scan.
        "is_link": view.pay_address.startswith(("https://", "http://")),
        "balance_fen": get_wallet_balance_fen(reseller_id),
        "orders": orders,
        "unpaid_orders_of_it": [each for each in orders if each.reason is not None],
    }
