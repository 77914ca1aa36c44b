"""The reseller's address book."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.orders import list_own_recipients
from orders.services import recipients as orders_recipients
from shop.forms import PasteForm, RecipientForm
from shop.pages.base_views import render_page, reseller
from web.query_parameters import accepts_parameters, cursor, text


@role_required(Role.RESELLER)
@accepts_parameters(next=text(500), cursor=cursor)
def recipients(request: ActorRequest) -> HttpResponse:
    """The address book and its forms. `?next=` is the page that she came from: the new recipient is preselected there.

    A pasted text fills the fields. A recipient is created only when she submits the fields.
    """
    paste, form, read = PasteForm(), RecipientForm(), None
    if "pasted" in request.POST:
        paste = PasteForm(request.POST)
        if paste.is_valid():
            read = orders_recipients.propose_recipient(paste.cleaned_data["pasted"])
            form = RecipientForm(initial={"name": read.name, "phone": read.phone, "address": read.address})
    elif request.method == "POST":
        form = RecipientForm(request.POST)
        if form.is_valid():
            try:
                added = orders_recipients.add_recipient(actor=request.actor, **form.cleaned_data, now=clock.now())
            except Refusal as refusal:
                form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
            else:
                messages.success(request, _("收货人已保存"))
                return redirect(_with_recipient(_came_from(request), added.id))
    me = reseller(request)
    page = list_own_recipients(me.id, cursor=request.GET.get("cursor", ""))
    context = {"paste": paste, "form": form, "read": read, "next": _came_from(request)}
    return render_page(request, "recipients.html", me, page=page, **context)


@role_required(Role.RESELLER)
@require_POST
def hide(request: ActorRequest, recipient_id: int) -> HttpResponse:
    orders_recipients.hide_recipient(actor=request.actor, recipient_id=recipient_id, now=clock.now())
    messages.success(request, _("已从地址簿移除，旧订单不受影响"))
    return redirect("shop:recipients")


def _came_from(request: ActorRequest) -> str:
    """The address in `next`, if it is one of this site."""
    named = request.POST.get("next") or request.GET.get("next", "")
    return named if url_has_allowed_host_and_scheme(named, allowed_hosts={request.get_host()}) else ""


def _with_recipient(came_from: str, recipient_id: int) -> str:
    if not came_from:
        return reverse("shop:recipients")
    return f"{came_from}{'&' if '?' in came_from else '?'}{urlencode({'to': recipient_id})}"
