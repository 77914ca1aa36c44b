"""Money that arrived for orders: which reference, which order, and what became of it (ORDER-15)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, cursor_of, render_page
from ledger.rules import MAX_BANK_REFERENCE
from orders.rules.payments import ReceivedState
from orders.selectors.received_payments import list_received_payments
from web.query_parameters import accepts_parameters, cursor, one_of, text


@role_required(*BOTH)
@require_safe
@accepts_parameters(q=text(MAX_BANK_REFERENCE), state=one_of(ReceivedState), cursor=cursor)
def received_payments(request: ActorRequest) -> HttpResponse:
    """The money that finance booked for orders, the newest first."""
    state, query = request.GET.get("state", "").strip(), request.GET.get("q", "").strip()
    page = list_received_payments(state=state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(request, "received_payments.html", page=page, state=state, q=query, states=list(ReceivedState))
