"""The bank account that a brand is paid to (MONEY-5)."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from bank_statements.selectors.claims import own_transfer_code
from kernel import clock
from kernel.refusal import Refusal
from portal.pages.base_views import render_page
from treasury.selectors.bank_accounts import list_own_accounts
from treasury.services.bank_accounts import AccountFields, enter_own_account
from web.bank_account_forms import BankAccountForm


@role_required(Role.BRAND)
def bank_account(request: ActorRequest) -> HttpResponse:
    """Its accounts with masked numbers, and the form for another one, which keeps what was typed where it is refused."""
    form = BankAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enter_own_account(actor=request.actor, fields=AccountFields(**form.cleaned_data), now=clock.now())
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, _("已提交，等平台财务审核"))
            return redirect("portal:bank_account")
    hours = int(settings.BANK_ACCOUNT_COOL_DOWN.total_seconds() // 3600)
    accounts = list_own_accounts(request.actor)
    return render_page(
        request,
        "bank_account.html",
        accounts=accounts,
        form=form,
        hours=hours,
        account=settings.BANK_ACCOUNT,
        code=own_transfer_code(request.actor),
    )
