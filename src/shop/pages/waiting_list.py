"""What she waits for: asking for sold-out sizes, her place in line, and what is reserved for her (SALE-13)."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules.waiting import OwnEntry, source_parts
from flashsales.selectors.waiting_list import list_own_entries, own_entries_of
from flashsales.services.reservations import decline
from flashsales.services.waiting_list import WaitingLine, withdraw
from forwarding.selectors.wishes import names_of_wishes
from forwarding.services.waiting import ask_for
from kernel import clock
from kernel.refusal import Refusal
from orders.selectors.customers import names_of_recipients
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.query_parameters import accepts_parameters


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with the name of the customer for whom it waits, and the page on which it is ordered."""

    row: OwnEntry
    for_whom: str
    order_url: str


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters()
def waiting_list(request: ActorRequest) -> HttpResponse:
    me, now = reseller(request), clock.now()
    rows = list_own_entries(me.id, at=now)
    return render_page(request, "waiting_list.html", me, entries=entries_of(me.id, rows), now=now)


@role_required(Role.RESELLER)
@require_POST
def wait(request: ActorRequest) -> HttpResponse:
    """Wait for what each `line` names: the id of the item, the units, and for whom, with colons between them."""
    me, now = reseller(request), clock.now()
    lines = [_line(each) for each in request.POST.getlist("line")]
    try:
        ask_for(actor=request.actor, lines=lines, now=now)
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        rows = own_entries_of(me.id, item_ids=[line.item_id for line in lines], at=now)
        messages.success(request, _place_sentence(rows))
    return redirect(_next(request))


@role_required(Role.RESELLER)
@require_POST
def stop_waiting(request: ActorRequest, entry_id: int) -> HttpResponse:
    """Wait no more."""
    try:
        withdraw(actor=request.actor, entry_id=entry_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect(_next(request))


@role_required(Role.RESELLER)
@require_POST
def decline_reserved(request: ActorRequest, reservation_id: int) -> HttpResponse:
    """Give up what is reserved for her; the next who waits gets it."""
    try:
        decline(actor=request.actor, reservation_id=reservation_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    return redirect(_next(request))


def entries_of(reseller_id: int, rows: list[OwnEntry]) -> list[Entry]:
    """The entries with their customers' names; two statements for any number of them."""
    ids: dict[str, set[int]] = {"wish": set(), "recipient": set()}
    for row in rows:
        kind, number = source_parts(row.source)
        if kind in ids:
            ids[kind].add(number)
    names = {
        "wish": names_of_wishes(reseller_id, ids["wish"]) if ids["wish"] else {},
        "recipient": names_of_recipients(reseller_id, ids["recipient"]) if ids["recipient"] else {},
    }
    entries = []
    for row in rows:
        kind, number = source_parts(row.source)
        if kind == "wishes":
            address = f"{reverse('shop:waiting_customers')}#item-{row.item_id}"
            entries.append(Entry(row, _("等补货的顾客"), address))
            continue
        name = names[kind].get(number, "") if kind else ""
        query = {"item": row.item_id} | ({"wish" if kind == "wish" else "to": number} if name else {})
        address = reverse("shop:style", args=[row.sale_id, row.style_id])
        entries.append(Entry(row, name, f"{address}?{urlencode(query)}"))
    return entries


def _line(text: str) -> WaitingLine:
    item, units, source = (*text.split(":", 2), "", "")[:3]
    return WaitingLine(parse_int(item), parse_int(units), source)


def _place_sentence(rows: list[OwnEntry]) -> str:
    if len(rows) == 1:
        row = rows[0]
        return _("已排队等 {goods}，您是第 {place} 位；货回来会通知您").format(
            goods=" ".join(filter(None, (row.style_no, row.colour, row.size))), place=row.place
        )
    return _("已排队，货回来会通知您")


def _next(request: HttpRequest) -> str:
    """The page of ours that the form names, else the list."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if is_ours else reverse("shop:waiting_list")
