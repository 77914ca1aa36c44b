"""The inbox of a brand: what its clerks should know."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from events.rules.kinds import Face, SubjectKind
from events.selectors import EventView, Inbox, count_unread, list_events
from events.services import mark_all_read
from kernel import clock
from notices.selectors.own import list_switched_off
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor


@role_required(Role.BRAND)
@accepts_parameters(cursor=cursor)
def inbox(request: ActorRequest) -> HttpResponse:
    brand = require_own_brand(request.actor)
    own = Inbox(Face.PORTAL, brand.id, request.actor.own_id)
    page = list_events(own, cursor=cursor_of(request), limit=30)
    entries = [(event, _address(event)) for event in page.items]
    off = list_switched_off(request.actor.own_id, at=clock.now())
    shown = {"page": page, "entries": entries, "unread": count_unread(own), "switched_off": off}
    return render_page(request, "inbox.html", brand=brand, **shown)


@role_required(Role.BRAND)
@require_POST
def read_inbox(request: ActorRequest) -> HttpResponse:
    mark_all_read(actor=request.actor, now=clock.now())
    return redirect("portal:inbox")


def _address(event: EventView) -> str:
    """The page of what an event is about; "" where the brand has none."""
    match event.subject_kind:
        case SubjectKind.CONSIGNMENT | SubjectKind.ORDER_LINE:
            return reverse("portal:shipping")
        case SubjectKind.CASE:
            return reverse("portal:returns")
        case SubjectKind.ENQUIRY:
            return reverse("portal:enquiry", args=[event.subject_id])
        case SubjectKind.BANK_ACCOUNT:
            return reverse("portal:bank_account")
        case SubjectKind.MONEY_REQUEST:
            return reverse("portal:deposit" if event.kind.startswith("deposit_") else "portal:statements")
        case SubjectKind.STATEMENT:
            return reverse("portal:statement", args=[event.subject_id])
        case SubjectKind.INVOICE:
            return reverse("portal:invoice", args=[event.subject_id])
        case SubjectKind.INVOICE_EXPORT:
            return reverse("portal:invoices_to_issue")
        case SubjectKind.UPLOAD:
            return reverse("portal:upload", args=[event.subject_id])
        case SubjectKind.SHIPPING_UPLOAD:
            return reverse("portal:shipping_upload", args=[event.subject_id])
        case SubjectKind.STATEMENT_LIST:
            return reverse("portal:comparison", args=[event.subject_id])
    return ""
