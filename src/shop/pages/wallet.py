"""The wallet, and the reseller's own start page."""

import uuid

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.enquiries import count_unread_enquiries
from aftersales.selectors.wallet import WALLET_KINDS, list_own_statement_entries, list_own_wallet_entries
from bank_statements.selectors.claims import own_transfer_code
from kernel import clock
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.statements import choose_days, get_account_statement
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.provider_payments import start_top_up
from payments.selectors.payments import ProviderPaymentView, list_own_open_payments
from payments.selectors.refunds import get_in_transit_fen
from shop.forms import TopUpForm
from shop.pages.base_views import render_page, reseller
from shop.pages.payments import chosen_way, ways_for
from web.client import client_address
from web.query_parameters import accepts_parameters, cursor, day, one_of, parse_day, text


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor, amount=text(20), kind=one_of([each.value for each in WALLET_KINDS]))
def wallet(request: ActorRequest) -> HttpResponse:
    """The wallet with its entries, and the form that tops it up through a provider; `?amount=` fills it in."""
    me, ways = reseller(request), ways_for(request)
    form = TopUpForm(request.POST or None, initial={"amount": request.GET.get("amount", ""), "key": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        try:
            payment = _begin_top_up(request, form)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            return redirect("shop:payment", payment.id)
    kind = next((each for each in WALLET_KINDS if each.value == request.GET.get("kind")), None)
    page = list_own_wallet_entries(me.id, kind=kind, cursor=request.GET.get("cursor", ""), limit=30)
    return render_page(
        request,
        "wallet.html",
        me,
        balance_fen=get_wallet_balance_fen(me.id),
        in_transit_fen=get_in_transit_fen(me.id),
        account=settings.BANK_ACCOUNT,
        code=own_transfer_code(request.actor),
        page=page,
        kinds=[each.value for each in WALLET_KINDS],
        kind=kind.value if kind else "",
        form=form,
        ways=ways,
        open_payments=list_own_open_payments(me.id, at=clock.now()) if ways else [],
    )


@role_required(Role.RESELLER)
@never_cache
@require_safe
@accepts_parameters(first=day, last=day, cursor=cursor)
def wallet_statement(request: ActorRequest) -> HttpResponse:
    """The wallet between two days: opening balance, entries with what they are about, closing balance (LEDGER-3)."""
    me, now = reseller(request), clock.now()
    days = choose_days(parse_day(request.GET.get("first")), parse_day(request.GET.get("last")), now=now)
    return render_page(
        request,
        "wallet_statement.html",
        me,
        fault=days.refused and days.refused.sentence(request.LANGUAGE_CODE),
        statement=get_account_statement(AccountRef(AccountKind.WALLET, me.id), first=days.first, last=days.last),
        page=list_own_statement_entries(
            me.id, first=days.first, last=days.last, cursor=request.GET.get("cursor", ""), limit=30
        ),
    )


def _begin_top_up(request: ActorRequest, form: TopUpForm) -> ProviderPaymentView:
    return start_top_up(
        actor=request.actor,
        amount_fen=form.cleaned_data["amount"],
        way=chosen_way(request),
        client_address=client_address(request),
        key=form.cleaned_data["key"],
        now=clock.now(),
    )


@role_required(Role.RESELLER)
def me(request: ActorRequest) -> HttpResponse:
    who = reseller(request)
    return render_page(
        request,
        "me.html",
        who,
        balance_fen=get_wallet_balance_fen(who.id),
        unread_enquiries=count_unread_enquiries(who.id),
    )
