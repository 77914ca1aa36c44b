"""Payments through providers: what became of each, what a provider said, and in what it differed (PAY-3, PAY-4)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, audit_log, cursor_of, render_page
from orders.selectors.provider_payments import get_named_payment, list_named_payments, list_orders_of_payment
from payments.rules.bills import BillState
from payments.rules.payments import PaymentFilter
from payments.rules.refunds import RefundState
from payments.selectors.bills import compare_bill_of, list_bills
from payments.selectors.payments import list_events, list_problem_events
from payments.selectors.refunds import list_refund_items, list_refunds
from web.query_parameters import accepts_parameters, cursor, one_of, text


@role_required(*BOTH)
@require_safe
@accepts_parameters(q=text(64), state=one_of(PaymentFilter), cursor=cursor)
def payments(request: ActorRequest) -> HttpResponse:
    """Payments through providers, the newest first."""
    state, query = request.GET.get("state", "").strip(), request.GET.get("q", "").strip()
    page = list_named_payments(state=state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(request, "payments.html", page=page, state=state, q=query, states=list(PaymentFilter))


@role_required(*BOTH)
@require_safe
@accepts_parameters()
def payment(request: ActorRequest, payment_id: int) -> HttpResponse:
    """One payment with the callbacks that name it, and the orders that it was to pay."""
    return render_page(
        request,
        "payment.html",
        payment=get_named_payment(payment_id),
        events=list_events(payment_id=payment_id),
        orders=list_orders_of_payment(payment_id),
        refunds=list_refund_items(payment_id=payment_id),
        audit_log=audit_log("payment", payment_id),
    )


@role_required(*BOTH)
@require_safe
@accepts_parameters(q=text(64), state=one_of(RefundState), cursor=cursor)
def source_refunds(request: ActorRequest) -> HttpResponse:
    """Refunds to the source, the newest first."""
    state, query = request.GET.get("state", "").strip(), request.GET.get("q", "").strip()
    page = list_refunds(state=state, query=query, cursor=cursor_of(request), limit=30)
    return render_page(request, "source_refunds.html", page=page, state=state, q=query, states=list(RefundState))


@role_required(*BOTH)
@require_safe
@accepts_parameters(cursor=cursor)
def callbacks(request: ActorRequest) -> HttpResponse:
    """The callbacks that told of money and booked nothing, the newest first."""
    return render_page(request, "payment_callbacks.html", page=list_problem_events(cursor=cursor_of(request), limit=30))


@role_required(*BOTH)
@require_safe
@accepts_parameters(state=one_of(BillState), cursor=cursor)
def bills(request: ActorRequest) -> HttpResponse:
    """The daily bills of the providers, the newest day first."""
    state = request.GET.get("state", "").strip()
    page = list_bills(state=state, cursor=cursor_of(request), limit=30)
    return render_page(request, "payment_bills.html", page=page, state=state, states=list(BillState))


@role_required(*BOTH)
@require_safe
@accepts_parameters()
def bill(request: ActorRequest, bill_id: int) -> HttpResponse:
    """The bills of the day of one, compared with what is booked."""
    return render_page(request, "payment_bill.html", found=compare_bill_of(bill_id), bill_id=bill_id)
