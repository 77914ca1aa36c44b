"""The wallet, and the reseller's own start page."""

from django.conf import settings
from django.http import HttpResponse

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.enquiries import count_unread_enquiries
from events.selectors import count_unread
from forwarding.selectors.wishes import count_new_wishes
from kernel import clock
from orders.selectors.cart import count_unpaid_orders
from orders.selectors.orders import get_wallet_balance_fen, list_wallet_entries
from shop.pages.base_views import render_page, reseller
from shop.pages.inbox import own_inbox
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def wallet(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = list_wallet_entries(me.id, cursor=request.GET.get("cursor", ""), limit=30)
    balance_fen, account = get_wallet_balance_fen(me.id), settings.BANK_ACCOUNT
    return render_page(request, "wallet.html", me, balance_fen=balance_fen, account=account, page=page)


@role_required(Role.RESELLER)
def me(request: ActorRequest) -> HttpResponse:
    who = reseller(request)
    return render_page(
        request,
        "me.html",
        who,
        balance_fen=get_wallet_balance_fen(who.id),
        unpaid=count_unpaid_orders(who.id, at=clock.now()),
        wished=count_new_wishes(who.id),
        unread=count_unread(own_inbox(request, who)),
        unread_enquiries=count_unread_enquiries(who.id),
    )
