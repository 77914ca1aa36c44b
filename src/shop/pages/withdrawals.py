"""Withdrawals of a reseller: asking for one, what became of each, and taking back one that waits (MONEY-8)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.orders import get_wallet_balance_fen
from shop.forms import WithdrawalForm
from shop.pages.base_views import render_page, reseller
from treasury.selectors.bank_accounts import find_account_of_reseller
from treasury.selectors.requests import list_own_withdrawals
from treasury.services.deciding import cancel
from treasury.services.withdrawals import request_withdrawal, withdrawal_limits
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
@accepts_parameters(cursor=cursor)
def withdrawals(request: ActorRequest) -> HttpResponse:
    """The form for an amount, a button for all of the wallet, and the withdrawals with their states."""
    me, now = reseller(request), clock.now()
    form = WithdrawalForm(request.POST or None, initial={"key": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        wants_all = request.POST.get("action") == "all"
        try:
            request_withdrawal(
                actor=request.actor,
                amount_fen=None if wants_all else form.cleaned_data["amount"] or 0,
                key=form.cleaned_data["key"],
                now=now,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, _("提现已申请，钱已从钱包划出，等财务审核"))
            return redirect("shop:withdrawals")
    account = find_account_of_reseller(me.id)
    return render_page(
        request,
        "withdrawals.html",
        me,
        balance_fen=get_wallet_balance_fen(me.id),
        account=account,
        payable_from=account.payable_from if account and account.payable_from and account.payable_from > now else None,
        limits=withdrawal_limits(),
        form=form,
        page=list_own_withdrawals(me.id, cursor=request.GET.get("cursor", ""), limit=20),
    )


@role_required(Role.RESELLER)
@require_POST
def cancel_withdrawal(request: ActorRequest, request_id: int) -> HttpResponse:
    try:
        cancel(actor=request.actor, request_id=request_id, now=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    else:
        messages.success(request, _("提现已撤回，钱已回到钱包"))
    return redirect("shop:withdrawals")
