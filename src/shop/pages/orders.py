"""Grabbing, and the pages of orders: list, order, payment, price explanation."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.cases import ReturnOption, get_case_terms, get_return_options
from aftersales.selectors.exchanges import ExchangeOption, ExchangeView, get_exchange_options, list_exchanges
from aftersales.selectors.substitutes import SubstituteView, list_substitutes
from brands.selectors.brands import brand_names
from forwarding.selectors.profit import get_order_profit
from forwarding.selectors.wishes import get_next_wish, list_wishes_of_order
from forwarding.services.wish_grabs import grab_for_wish
from forwarding.services.wish_orders import WishChanged
from kernel import clock
from kernel.refusal import Busy, Refusal
from membership.rules.tiers import Tier
from membership.selectors.people import MemberView
from orders.rules.lines import Take
from orders.rules.states import OrderFilter, OrderState
from orders.selectors.explanations import explain_line_price
from orders.selectors.freight import list_freight_by_recipient
from orders.selectors.orders import (
    LineParcelView,
    NoSuchOrder,
    OrderLineView,
    OrderView,
    RecipientView,
    get_own_order,
    get_wallet_balance_fen,
    list_own_orders,
)
from orders.selectors.parcel_events import get_timelines
from orders.services import grab as orders_grab
from orders.services import payment
from orders.services.batches import GrabRequest
from orders.services.placing import GrabLine, validated
from payments.selectors.refunds import list_refunds_of_order
from shop.order_states import FILTERS, late_brands, list_states, shipping_message
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.pages.payments import ways_for
from tracking.selectors import ParcelEventView
from treasury.selectors.late_refunds import sum_late_refunds
from web.later import can_answer_later, page_later
from web.query_parameters import accepts_parameters, cursor, one_of, text


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order in the list: its states as (words, tone), and what she can send to her customers, "" where nothing is shipped."""

    order: OrderView
    states: list[tuple[str, str]]
    message: str


@dataclass(frozen=True, slots=True)
class LineOnPage:
    """A line of an order with what can be done about it: after-sales, an exchange, substitutes; and its exchanges so far."""

    line: OrderLineView
    option: ReturnOption
    exchange: ExchangeOption | None
    exchanged: list[ExchangeView]
    substitutes: list[SubstituteView]


@dataclass(slots=True)
class Parcel:
    """Lines of an order that are shipped to one recipient together; `sent`: the parcels with what their carriers reported."""

    recipient: RecipientView
    first: OrderLineView
    is_late: bool
    sent: list[tuple[LineParcelView, list[ParcelEventView]]]
    lines: list[LineOnPage] = field(default_factory=list)


@role_required(Role.RESELLER)
@require_POST
def grab(request: ActorRequest) -> HttpResponse:
    """Grab units. A refusal is shown on the page of the style, with the units that are left."""
    sent = request.POST
    ids = {name: parse_int(sent.get(name, "")) for name in ("sale", "style", "item", "units", "recipient", "wish")}
    back = reverse("shop:style", args=[ids["sale"], ids["style"]])
    wish = f"&wish={ids['wish']}" if ids["wish"] else ""
    if not ids["recipient"]:
        messages.error(request, _("请先选择收货人"))
        return redirect(f"{back}?item={ids['item']}{wish}")
    if not ids["item"]:
        messages.error(request, _("请先选择尺码"))
        return redirect(f"{back}?to={ids['recipient']}{wish}")
    line = GrabLine(
        item_id=ids["item"],
        units=ids["units"],
        recipient_id=ids["recipient"],
        expected_price_fen=_shown_price_fen(sent, ids["item"]),
    )

    def answer(outcome: OrderView | Refusal) -> HttpResponse:
        if not isinstance(outcome, Refusal):
            return redirect("shop:order", outcome.id)
        flash_refusal(request, outcome)
        if isinstance(outcome, WishChanged):
            # The recipient that she had chosen may be that of before.
            return redirect(f"{back}?item={ids['item']}{wish}")
        version = f"&version={quote(sent.get('version', '')[:16])}" if ids["wish"] else ""
        # Its outcome may be unknown: with a new key her next tap could order a second time.
        key = f"&key={quote(sent.get('key', '')[:64])}" if isinstance(outcome, Busy) else ""
        return redirect(f"{back}?item={ids['item']}&to={ids['recipient']}{wish}{version}{key}")

    return _place(request, line, ids["wish"], answer)


def _place(
    request: ActorRequest, line: GrabLine, wish_id: int, answer: Callable[[OrderView | Refusal], HttpResponse]
) -> HttpResponse:
    """Place a grab, where the server can without holding a thread while it waits for the batch (ORDER-17)."""
    key, now = _grab_key(request.POST.get("key", ""), line), clock.now()
    try:
        if wish_id:
            return answer(_grab_for_wish(request, wish_id, line, key, now))
        if can_answer_later(request) and orders_grab.submits():
            wanted = GrabRequest(validated([line], key), key, Take.ALL, now, actor=request.actor)
            return page_later(request, orders_grab.submit(wanted), answer)
        return answer(orders_grab.grab(actor=request.actor, lines=[line], key=key, now=now))
    except Refusal as refusal:
        return answer(refusal)


def _grab_for_wish(request: ActorRequest, wish_id: int, line: GrabLine, key: str, now: datetime) -> OrderView:
    order, refusal = grab_for_wish(
        actor=request.actor,
        wish_id=wish_id,
        version=request.POST.get("version", ""),
        lines=[line],
        key=key,
        now=now,
    )
    if refusal:
        # The order stands; only the wish was answered in the meantime.
        flash_refusal(request, refusal)
    return order


def _shown_price_fen(sent: QueryDict, item_id: int) -> int | None:
    """The price that the page showed for the chosen item; None where the page did not send it."""
    typed = sent.get(f"price-{item_id}")
    return None if typed is None else parse_int(typed)


def _grab_key(page_key: str, line: GrabLine) -> str:
    """The idempotency key of a grab: a double tap makes one order, another choice on the same page makes a second one."""
    return page_key and sha256(f"{page_key} {line.item_id} {line.units} {line.recipient_id}".encode()).hexdigest()


@role_required(Role.RESELLER)
@accepts_parameters(q=text(64), progress=one_of(OrderFilter), cursor=cursor)
def orders(request: ActorRequest) -> HttpResponse:
    """Her orders. `?progress=` selects those of one filter, `?q=` what the search finds."""
    me, now = reseller(request), clock.now()
    query, progress = request.GET.get("q", "").strip(), request.GET.get("progress", "")
    page = list_own_orders(
        me.id,
        at=now,
        query=query,
        progress=OrderFilter(progress) if progress else None,
        cursor=request.GET.get("cursor", ""),
    )
    brands = brand_names({brand_id for view in page.items for brand_id in late_brands(view, now)})
    cards = [
        OrderCard(view, list_states(view, now, brands), shipping_message(view, request.LANGUAGE_CODE))
        for view in page.items
    ]
    filters = [(each.value, words) for each, words in FILTERS.items()]
    return render_page(request, "orders.html", me, page=page, cards=cards, filters=filters, progress=progress, q=query)


@role_required(Role.RESELLER)
def order(request: ActorRequest, order_id: int) -> HttpResponse:
    me, now = reseller(request), clock.now()
    view = get_own_order(me.id, order_id)
    exchanges, balance_fen = list_exchanges([view.id]), get_wallet_balance_fen(me.id)
    return render_page(
        request,
        "order.html",
        me,
        order=view,
        parcels=_parcels(_lines_on_page(view, exchanges, me, now), now),
        refunds=list_refunds_of_order(view.id) if view.refunded_fen else [],
        refunded_fen=view.refunded_fen + sum_late_refunds([line.id for line in view.lines]),
        wishes=list_wishes_of_order(me.id, view.id),
        came_from=next((each for each in exchanges if each.new_order_id == view.id), None),
        key=uuid.uuid4().hex,
        payable=view.state is OrderState.UNPAID and now < view.pay_before,
        ways=ways_for(request),
        order_ids=[view.id],
        freight=list_freight_by_recipient((view.id, line) for line in view.lines),
        lacks_money=balance_fen < view.total_fen,
        any_cut=any(line.label_cut for line in view.lines),
        any_kept=not all(line.label_cut for line in view.lines),
        after_sales_days=get_case_terms().window.days,
        balance_fen=balance_fen,
        profit=get_order_profit(me.id, view.id) if view.state is OrderState.PAID else None,
        next_wish=get_next_wish(me.id, after_order_id=view.id, at=clock.now())
        if view.state is OrderState.PAID
        else None,
    )


@role_required(Role.RESELLER)
def line_why(request: ActorRequest, order_id: int, line_id: int) -> HttpResponse:
    """The steps to the price of a line, from the frozen price list, at the reseller's tier of that time."""
    me = reseller(request)
    view = get_own_order(me.id, order_id)
    line = next((line for line in view.lines if line.id == line_id), None)
    if line is None:
        raise NoSuchOrder(order_id=order_id)
    steps = explain_line_price(actor=request.actor, order_id=order_id, line_id=line_id)
    shipped_with = [
        each for each in view.lines if (each.sale_id, each.recipient.id) == (line.sale_id, line.recipient.id)
    ]
    return render_page(
        request,
        "line_why.html",
        me,
        order=view,
        line=line,
        steps=steps,
        paid_fen=line.price_fen,
        freight=list_freight_by_recipient((view.id, each) for each in shipped_with),
    )


@role_required(Role.RESELLER)
@require_POST
def pay(request: ActorRequest, order_id: int) -> HttpResponse:
    tier_before = reseller(request).tier
    try:
        payment.pay(actor=request.actor, order_id=order_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        tier = reseller(request).tier
        promoted = _("付款成功，您升到了 {tier}").format(tier=Tier(tier).zh)
        messages.success(request, promoted if tier > tier_before else _("付款成功，品牌会按时发货"))
    return redirect("shop:order", order_id)


@role_required(Role.RESELLER)
@require_POST
def cancel(request: ActorRequest, order_id: int) -> HttpResponse:
    try:
        orders_grab.cancel_unpaid(actor=request.actor, order_id=order_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("订单已取消，货已放回"))
    return redirect("shop:order", order_id)


def _lines_on_page(
    view: OrderView, exchanges: Iterable[ExchangeView], me: MemberView, now: datetime
) -> list[LineOnPage]:
    returns = get_return_options(view, at=now)
    options = get_exchange_options(view, reseller_id=me.id, tier=me.tier, at=now)
    is_short = any(line.short_units for line in view.lines)
    substitutes = list_substitutes(me.id, tier=me.tier, at=now, order_ids=[view.id]) if is_short else []
    return [
        LineOnPage(
            line=line,
            option=returns[line.id],
            exchange=options.get(line.id),
            exchanged=[each for each in exchanges if each.line_id == line.id],
            substitutes=[each for each in substitutes if each.line_id == line.id],
        )
        for line in view.lines
    ]


def _parcels(lines: Sequence[LineOnPage], now: datetime) -> list[Parcel]:
    timelines = get_timelines({parcel.id for each in lines for parcel in each.line.parcels})
    parcels: dict[tuple[object, ...], Parcel] = {}
    for each in lines:
        line = each.line
        group = (line.recipient.id, line.shipping, line.tracking_no, line.ship_by)
        is_late = bool(line.shipping and line.unshipped_units) and line.ship_by is not None and line.ship_by < now
        if group not in parcels:
            sent = [(parcel, timelines.get(parcel.id, [])) for parcel in line.parcels]
            parcels[group] = Parcel(line.recipient, line, is_late, sent)
        parcels[group].lines.append(each)
    return list(parcels.values())
