"""The inbox of a reseller: what happened to her orders and cases."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from events.rules.kinds import EventKind, Face, SubjectKind
from events.selectors import EventView, Inbox, count_unread, list_events
from events.services import mark_all_read
from kernel import clock
from membership.selectors.people import MemberView
from notices.selectors.own import list_switched_off
from shop.pages.base_views import render_page, reseller
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def inbox(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = list_events(own_inbox(request, me), cursor=request.GET.get("cursor", ""), limit=30)
    entries = [(event, _address(event)) for event in page.items]
    unread = count_unread(own_inbox(request, me))
    off = list_switched_off(request.actor.own_id, at=clock.now())
    return render_page(request, "inbox.html", me, page=page, entries=entries, unread=unread, switched_off=off)


@role_required(Role.RESELLER)
@require_POST
def read_inbox(request: ActorRequest) -> HttpResponse:
    mark_all_read(actor=request.actor, now=clock.now())
    return redirect("shop:inbox")


def own_inbox(request: ActorRequest, me: MemberView) -> Inbox:
    return Inbox(Face.SHOP, me.id, request.actor.own_id)


_PAGES = {
    SubjectKind.WISH: "shop:wishes",
    SubjectKind.WAITING_ENTRY: "shop:waiting_list",
    SubjectKind.MONEY_REQUEST: "shop:wallet",
    SubjectKind.BANK_ACCOUNT: "shop:wallet",
    SubjectKind.TRANSFER_CLAIM: "shop:transfer_claims",
    SubjectKind.RESELLER: "shop:vip",
}
"""The pages of what has no page of its own."""
_PAGES_OF_KINDS = {
    EventKind.BANK_ACCOUNT_REFUSED: "shop:bank_account",
    EventKind.CUSTOMER_WAITS: "shop:waiting_customers",
    EventKind.CUSTOMERS_SIZE_IS_BACK: "shop:waiting_customers",
}
"""Those whose page is not that of their subject."""


def _address(event: EventView) -> str:
    """The page of what an event is about; "" where she has none."""
    match event.subject_kind:
        case SubjectKind.ORDER:
            return reverse("shop:order", args=[event.subject_id])
        case SubjectKind.CASE:
            return reverse("shop:case", args=[event.subject_id])
        case SubjectKind.FAULT_REPORT:
            return f"{reverse('shop:fault_reports')}#report-{event.subject_id}"
        case SubjectKind.SALE:
            return reverse("shop:sale", args=[event.subject_id])
        case SubjectKind.SALE_REMINDER | SubjectKind.DRAW_ENTRY:
            page = "shop:draw" if event.subject_kind is SubjectKind.DRAW_ENTRY else "shop:sale"
            return reverse(page, args=[event.data["sale_id"]])
        case SubjectKind.INVOICE:
            return reverse("shop:invoice", args=[event.subject_id])
        case SubjectKind.ORDER_UPLOAD:
            return reverse("shop:order_upload", args=[event.subject_id])
        case SubjectKind.PROVIDER_PAYMENT:
            return reverse("shop:payment", args=[event.subject_id])
        case SubjectKind.MONEY_REQUEST if event.kind.startswith("withdrawal_"):
            return reverse("shop:withdrawals")
        case kind if kind in _PAGES:
            return reverse(_PAGES_OF_KINDS.get(event.kind, _PAGES[kind]))
        case _ if "order_id" in event.data:
            return reverse("shop:order", args=[event.data["order_id"]])
    return ""
