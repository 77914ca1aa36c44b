"""The inbox of the platform: what ops and finance should know. Each person has her own mark of what she has read."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, cursor_of, render_page
from events.rules.kinds import Face, SubjectKind
from events.selectors import EventView, Inbox, count_unread, list_events
from events.services import mark_all_read
from kernel import clock
from notices.selectors.own import list_switched_off
from web.query_parameters import accepts_parameters, cursor


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def inbox(request: ActorRequest) -> HttpResponse:
    own = Inbox(Face.CONSOLE, None, request.actor.own_id)
    page = list_events(own, cursor=cursor_of(request), limit=50)
    entries = [(event, _address(event)) for event in page.items]
    off = list_switched_off(request.actor.own_id, at=clock.now())
    shown = {"page": page, "entries": entries, "unread": count_unread(own), "switched_off": off}
    return render_page(request, "inbox.html", **shown)


@role_required(*BOTH)
@require_POST
def read_inbox(request: ActorRequest) -> HttpResponse:
    mark_all_read(actor=request.actor, now=clock.now())
    return redirect("console:inbox")


def _address(event: EventView) -> str:
    """The page of what an event is about; "" where the console has none."""
    match event.subject_kind:
        case SubjectKind.ORDER:
            return reverse("console:order", args=[event.subject_id])
        case SubjectKind.CASE:
            return reverse("console:case", args=[event.subject_id])
        case SubjectKind.PROVIDER_PAYMENT:
            return reverse("console:payment", args=[event.subject_id])
        case SubjectKind.INVOICE:
            return reverse("console:invoice", args=[event.subject_id])
        case SubjectKind.STATEMENT:
            return reverse("console:statement", args=[event.subject_id])
        case SubjectKind.CODE_CHANGE:
            return reverse("console:person", args=[event.data["person_id"]])
        case _ if "order_id" in event.data:
            return reverse("console:order", args=[event.data["order_id"]])
    return ""
