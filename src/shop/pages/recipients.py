"""Her address book: the customers to whom goods are sent."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.gates import ActorRequest, page_for
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from orders import verbs
from orders.queries import recipients_of
from orders.rules import parse_address
from shop.forms import RecipientForm
from shop.pages.frame import reseller, show, tell


@page_for(Role.RESELLER)
def recipients(request: ActorRequest) -> HttpResponse:
    """The address book and its form. `?next=` is where she came from: the new recipient is chosen there.

    A pasted text is read into the fields first and entered only when she has seen what was read.
    """
    me = reseller(request)
    back = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = ""
    form = RecipientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if "read" in request.POST:
            read = parse_address(form.cleaned_data["pasted"])
            fields = {"name": read.name, "phone": read.phone, "address": read.address}
            form = RecipientForm(initial=fields | {"pasted": form.cleaned_data["pasted"]})
            context = {"form": form, "read": read, "next": back}
            return show(request, "recipients.html", me, page=recipients_of(me.id), **context)
        fields = {name: form.cleaned_data[name] for name in ("name", "phone", "address")}
        try:
            added = verbs.add_recipient(actor=request.actor, **fields, now=clock.now())
        except Refusal as refusal:
            tell(request, refusal)
        else:
            messages.success(request, _("收货人已保存"))
            joint = "&" if "?" in back else "?"
            return redirect(f"{back}{joint}{urlencode({'to': added.id})}" if back else "shop:recipients")
    page = recipients_of(me.id, after=request.GET.get("after", ""))
    return show(request, "recipients.html", me, page=page, form=form, next=back)


@page_for(Role.RESELLER)
@require_POST
def hide(request: ActorRequest, recipient_id: int) -> HttpResponse:
    verbs.hide_recipient(actor=request.actor, recipient_id=recipient_id, now=clock.now())
    messages.success(request, _("已从地址簿移除，旧订单不受影响"))
    return redirect("shop:recipients")
