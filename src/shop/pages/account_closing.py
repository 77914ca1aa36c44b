"""Closing her own account: what must be over first, what is paid out, and asking for it (MONEY-17)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from closings.selectors.closings import find_closing, get_rest_fen
from closings.selectors.open_things import list_open_of_reseller
from closings.services.closing import cancel_closing, request_own_closing
from kernel import clock
from kernel.refusal import Refusal
from shop.pages.base_views import render_page, reseller
from web.closing_forms import ClosingForm


@role_required(Role.RESELLER)
@never_cache
@require_http_methods(["GET", "POST"])
def account_closing(request: ActorRequest) -> HttpResponse:
    me, now = reseller(request), clock.now()
    form = ClosingForm(request.POST or None)
    closing = find_closing(reseller_id=me.id)
    if request.method == "POST":
        try:
            if request.POST.get("action") == "cancel" and closing is not None:
                cancel_closing(actor=request.actor, closing_id=closing.id, now=now)
                messages.success(request, _("已撤回，账户照常使用"))
                return redirect("shop:account_closing")
            if form.is_valid():
                request_own_closing(actor=request.actor, now=now, **form.cleaned_data)
                messages.success(request, _("已提交，等财务复核"))
                return redirect("shop:account_closing")
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
    return render_page(
        request,
        "account_closing.html",
        me,
        form=form,
        closing=closing,
        rest_fen=get_rest_fen(reseller_id=me.id),
        open_things=list_open_of_reseller(me.id, at=now),
    )
