"""The reseller's customer book: recipients with their orders, added from a pasted text, edited, merged and removed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.selectors.wishes import list_customer_wishes
from kernel import clock
from kernel.refusal import Refusal
from orders.rules.recipients import MAX_TAG_LENGTH, read_sizes, split_entries
from orders.selectors.customers import find_customer, list_customers, list_purchases, list_tags
from orders.selectors.orders import NoSuchRecipient
from orders.services import customers
from orders.services import recipients as orders_recipients
from orders.services.recipients import RecipientFields
from shop.forms import CustomerForm, PasteForm, RecipientForm
from shop.pages.base_views import flash_refusal, render_page, reseller
from web.query_parameters import accepts_parameters, cursor, text


@role_required(Role.RESELLER)
@accepts_parameters(next=text(500), q=text(64), tag=text(MAX_TAG_LENGTH), cursor=cursor)
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
    query, tag = request.GET.get("q", "").strip(), request.GET.get("tag", "")
    page = list_customers(me.id, query=query, tag=tag, cursor=request.GET.get("cursor", ""))
    context = {
        "q": query,
        "tag": tag,
        "tags": list_tags(me.id),
        "paste": paste,
        "form": form,
        "read": read,
        "next": _came_from(request),
    }
    return render_page(request, "recipients.html", me, page=page, **context)


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def edit(request: ActorRequest, recipient_id: int) -> HttpResponse:
    """One customer: a form for contact, note, tags and sizes, what she wished for and what she bought."""
    me = reseller(request)
    customer = find_customer(me.id, recipient_id)
    if customer is None:
        raise NoSuchRecipient(recipient_id=recipient_id)
    shown = {
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "note": customer.note,
        "tags": customer.tags_text,
        "sizes": customer.sizes_text,
    }
    form = CustomerForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        note, tags, sizes = (form.cleaned_data.pop(name) for name in ("note", "tags", "sizes"))
        try:
            customers.edit_customer(
                actor=request.actor,
                customer_id=recipient_id,
                fields=RecipientFields(**form.cleaned_data),
                note=note,
                tags=split_entries(tags),
                sizes=read_sizes(sizes),
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, _("客户资料已保存，旧订单不受影响"))
            return redirect("shop:recipients")
    return render_page(
        request,
        "customer_edit.html",
        me,
        customer=customer,
        form=form,
        purchases=list_purchases(me.id, recipient_id, cursor=request.GET.get("cursor", "")),
        wishes=list_customer_wishes(me.id, recipient_id, customer.phone),
    )


@role_required(Role.RESELLER)
@require_POST
def tag_chosen(request: ActorRequest) -> HttpResponse:
    """Add the typed tags to the ticked customers, or remove them from these."""
    chosen = [int(each) for each in request.POST.getlist("customer") if each.isascii() and each.isdigit()]
    typed = split_entries(request.POST.get("tags", ""))
    act = {"remove": typed} if request.POST.get("act") == "remove" else {"add": typed}
    try:
        count = customers.tag_customers(actor=request.actor, customer_ids=chosen, **act)
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已更新 %(count)s 位客户的标签") % {"count": count})
    return redirect("shop:recipients")


@role_required(Role.RESELLER)
def tags(request: ActorRequest) -> HttpResponse:
    """All tags of her book with forms to rename and remove each. A tag that is renamed as another one becomes one with it."""
    if request.method == "POST":
        tag = request.POST.get("tag", "")
        try:
            if request.POST.get("act") == "remove":
                count = customers.remove_tag(actor=request.actor, tag=tag)
            else:
                count = customers.rename_tag(actor=request.actor, tag=tag, new=request.POST.get("new", ""))
        except Refusal as refusal:
            flash_refusal(request, refusal)
        else:
            messages.success(request, _("已更新 %(count)s 位客户的标签") % {"count": count})
        return redirect("shop:customer_tags")
    me = reseller(request)
    return render_page(request, "customer_tags.html", me, tags=list_tags(me.id), max_length=MAX_TAG_LENGTH)


@role_required(Role.RESELLER)
@require_POST
def merge(request: ActorRequest, recipient_id: int) -> HttpResponse:
    """Merge the entries that the form names into this one."""
    merged = [int(each) for each in request.POST.getlist("merged") if each.isascii() and each.isdigit()]
    try:
        customers.merge_customers(actor=request.actor, kept_id=recipient_id, merged_ids=merged, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已合并"))
    return redirect("shop:recipients")


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
