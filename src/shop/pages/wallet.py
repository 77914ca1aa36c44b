"""Her money, and the page of all that is hers."""

from django.conf import settings
from django.http import HttpResponse

from accounts.permissions import ActorRequest, page_for
from accounts.rules import Role
from forwarding.selectors.wishes import new_wishes
from orders.rules import OrderState
from orders.selectors.orders import orders_of, wallet_balance_fen, wallet_entries
from shop.pages.base_views import reseller, show
from web.query_parameters import cursor, takes


@page_for(Role.RESELLER)
@takes(after=cursor)
def wallet(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = wallet_entries(me.id, after=request.GET.get("after", ""), size=30)
    balance_fen, account = wallet_balance_fen(me.id), settings.BANK_ACCOUNT
    return show(request, "wallet.html", me, balance_fen=balance_fen, account=account, page=page)


@page_for(Role.RESELLER)
def me(request: ActorRequest) -> HttpResponse:
    who = reseller(request)
    unpaid = orders_of(who.id, state=OrderState.UNPAID.value, size=10).items
    return show(
        request, "me.html", who, balance_fen=wallet_balance_fen(who.id), unpaid=len(unpaid), wished=new_wishes(who.id)
    )
