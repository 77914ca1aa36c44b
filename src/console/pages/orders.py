"""Orders of all resellers, refunds before shipping, and parcels that are late."""

import uuid
from datetime import datetime, timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Actor, Role
from aftersales.rules import RefundReason
from aftersales.selectors.refunds import list_refunds as all_refunds
from aftersales.selectors.refunds import list_short_units
from aftersales.services.refunds import NoSuchOrderLine, refund_unshipped, report_out_of_stock
from brands.selectors.brands import get_brand
from console.pages.base_views import BOTH, FormAction, audit_log, cursor_of, render_page, sentence, submit_form
from flashsales.selectors.sales import get_sale as sale_of
from kernel import clock
from kernel.refusal import Refusal
from orders.rules.parcels import ParcelAttention
from orders.rules.states import OrderState, Urgency
from orders.selectors import all_orders, consignments, explanations, search
from orders.selectors.orders import OrderLineView
from orders.selectors.parcel_events import count_troubled_parcels, get_timelines, list_troubled_parcels
from orders.selectors.received_payments import list_received_payments
from orders.selectors.shipping_desk import MAX_LATE_HOURS, backlog_values, count_by_urgency, get_backlog
from orders.services import contacts
from tracking.services.account import is_tracking_on
from treasury.selectors.late_refunds import sum_late_refunds
from web.column_plot import draw_columns
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number, text

OPS = (Role.OPS,)
SHORT_WINDOW = timedelta(days=30)
REASONS = [
    ("", _("请选择")),
    (RefundReason.CHANGED_MIND.value, _("代购不要了（货退回专场再卖）")),
    (RefundReason.OUT_OF_STOCK.value, _("品牌缺货（货不存在，不再卖）")),
]


class RefundForm(forms.Form):
    line_id = forms.TypedChoiceField(label=_("退哪一行"), coerce=int)
    units = forms.IntegerField(label=_("退几件"), min_value=1)
    reason = forms.ChoiceField(label=_("原因"), choices=REASONS)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex)

    def __init__(self, *args: object, lines: list[OrderLineView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["line_id"]
        assert isinstance(field, forms.ChoiceField)
        # Nothing is preselected: ops choose the line and the reason.
        field.choices = [("", _("请选择")), *((line.id, _line_label(line)) for line in lines)]


@role_required(*BOTH)
@accepts_parameters(q=text(64), state=one_of(OrderState), sale=number, cursor=cursor)
def orders(request: ActorRequest) -> HttpResponse:
    """All orders; `?sale=` selects those of a sale. A search for the number of an order that finds only this order redirects to it."""
    now, query, state = clock.now(), request.GET.get("q", "").strip(), request.GET.get("state", "")
    sale_id = parse_number(request.GET.get("sale"))
    page = all_orders.list_orders(query=query, state=state, sale_id=sale_id, cursor=cursor_of(request), limit=30)
    if len(page.items) == 1 and page.items[0].order.id == search.parse_order_number(query):
        return redirect("console:order", page.items[0].order.id)
    return render_page(
        request,
        "orders.html",
        page=page,
        state=state,
        states=list(OrderState),
        sale=sale_of(sale_id, at=now) if sale_id else None,
        q=query,
    )


@role_required(*BOTH)
def order(request: ActorRequest, order_id: int) -> HttpResponse:
    """One order with the parts of its prices, its parcels, and the form that refunds unshipped units."""
    view = all_orders.get_order(order_id)
    lines = [line for line in view.order.lines if line.shipping and line.unshipped_units > line.resending_units]
    form_actions = {}
    if lines:
        form_actions["refund"] = FormAction(OPS, _refund, _("退款已到代购钱包"), RefundForm, options={"lines": lines})
    submission = submit_form(request, form_actions)
    if submission.done:
        return redirect("console:order", order_id)
    brand_names = {split.brand_id: get_brand(split.brand_id).name for split in view.price_splits.values()}
    rows = [
        (line, view.price_splits[line.id], brand_names[view.price_splits[line.id].brand_id])
        for line in view.order.lines
    ]
    return render_page(
        request,
        "order.html",
        order=view.order,
        reseller=view.reseller,
        rows=rows,
        timelines=get_timelines({each.id for line in view.order.lines for each in line.parcels}),
        late_fen=sum_late_refunds([line.id for line in view.order.lines]),
        payable_fen=sum(split.brand_fen for _line, split, _name in rows),
        commission_fen=sum(split.platform_fen for _line, split, _name in rows),
        audit_log=audit_log("order", order_id),
        received=list_received_payments(order_id=order_id, limit=100).items,
        form_actions=submission.forms,
    )


@role_required(*BOTH)
@require_POST
def show_contact(request: ActorRequest, order_id: int, recipient_id: int) -> HttpResponse:
    """The cell of a recipient with name, phone and address whole, or with why not. Only this answer holds them (PRIVACY-3)."""
    context: dict[str, object] = {"order_id": order_id, "recipient_id": recipient_id}
    try:
        context["recipient"] = contacts.show_contact(
            actor=request.actor,
            order_id=order_id,
            recipient_id=recipient_id,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except Refusal as refusal:
        context["refusal"] = sentence(request, refusal)
    return render(request, "console/parts/shown_contact.html", context)


@role_required(*BOTH)
def why(request: ActorRequest, order_id: int, line_id: int) -> HttpResponse:
    """The steps to the price of an order line, computed from the frozen price list of the sale."""
    view = all_orders.get_order(order_id).order
    line = next((line for line in view.lines if line.id == line_id), None)
    if line is None:
        raise NoSuchOrderLine(line_id=line_id)
    steps = explanations.explain_line_price(actor=request.actor, order_id=order_id, line_id=line_id)
    name = f"{line.style_no} {line.colour} {line.size}"
    return render_page(request, "parts/why.html", steps=steps, name=name, tier=view.tier, row=None)


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def refunds(request: ActorRequest) -> HttpResponse:
    return render_page(request, "refunds.html", page=all_refunds(cursor=cursor_of(request), limit=30))


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def late(request: ActorRequest) -> HttpResponse:
    """Consignments that are late, the longest overdue first."""
    now = clock.now()
    page = consignments.list_consignments(at=now, late_only=True, cursor=cursor_of(request), limit=30)
    backlog = get_backlog(at=now)
    brands = {each.brand_id: each.brand_name for each in backlog}
    by_brand = [
        (brand_id, name, count_by_urgency(each for each in backlog if each.brand_id == brand_id))
        for brand_id, name in brands.items()
    ]
    return render_page(
        request,
        "late.html",
        page=page,
        by_brand=sorted(by_brand, key=lambda row: (-row[2][Urgency.LATE], -row[2][Urgency.SOON], row[0])),
        short_units=list_short_units(since=now - SHORT_WINDOW),
        clock_counts=count_by_urgency(backlog),
        clock_plot=draw_columns(backlog_values(backlog), first=-MAX_LATE_HOURS, last=23, label_every=6),
    )


@role_required(*BOTH)
@accepts_parameters(kind=one_of(ParcelAttention), cursor=cursor)
def parcels(request: ActorRequest) -> HttpResponse:
    """Parcels with a problem, or with `?kind=still` those without an event for long (TRACK-7)."""
    now, kind = clock.now(), ParcelAttention(request.GET.get("kind") or ParcelAttention.PROBLEM)
    return render_page(
        request,
        "parcels.html",
        page=list_troubled_parcels(kind, at=now, cursor=cursor_of(request)),
        kind=kind,
        counts=count_troubled_parcels(at=now),
        is_tracking_on=is_tracking_on(),
    )


def _refund(*, actor: Actor, now: datetime, line_id: int, units: int, reason: str, note: str, key: str) -> object:
    action = report_out_of_stock if reason == RefundReason.OUT_OF_STOCK else refund_unshipped
    return action(actor=actor, line_id=line_id, units=units, note=note, key=key, now=now)


def _line_label(line: OrderLineView) -> str:
    return f"{line.style_no} {line.colour} {line.size} ×{line.unshipped_units} · {line.recipient.name}"
