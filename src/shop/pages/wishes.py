"""The wish desk: all open wishes of a reseller's customers in one list, corrected in place, ticked, ordered and paid at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors import wishes as forwarding_wishes
from forwarding.selectors.storefronts import get_own_page_of_items
from forwarding.selectors.wish_desk import (
    DeskWishView,
    find_refusals_by_terms,
    get_desk_wish,
    list_desk_wishes,
)
from forwarding.services import wishes as wishes_services
from forwarding.services.wish_orders import WishChoice, WishOrderView, correct_wish, order_and_pay_wishes
from kernel import clock
from kernel.refusal import Refusal
from membership.selectors.people import MemberView
from orders.selectors.orders import NoSuchOrder, get_own_order, get_wallet_balance_fen
from orders.services.recipients import RecipientFields
from shop.forms import RecipientForm
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from web.posted import posted_from
from web.query_parameters import accepts_parameters, cursor, flag, number, one_of, parse_number

DESK_LIMIT = 50
MAX_OTHER_ITEMS = 400


@dataclass(frozen=True, slots=True)
class DeskTotals:
    """What the button says: how many of the ticked wishes it orders, for how much, and how many recipients it creates.

    `broken_terms`: why some of them would not be ordered together (ORDER-14), each reason once with the names of the wishes.
    """

    wishes: int
    total_fen: int
    new_recipients: int
    balance_fen: int
    broken_terms: list[str]

    @property
    def is_covered(self) -> bool:
        return self.total_fen <= self.balance_fen


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters(state=one_of(WishState), cursor=cursor, all=flag, order=number)
def wishes(request: ActorRequest) -> HttpResponse:
    """The desk of open wishes, or with `?state=` a list of others. `?all=1` ticks all wishes of the page that can be ordered."""
    me = reseller(request)
    state = request.GET.get("state", WishState.NEW.value)
    if state == WishState.NEW.value:
        ticked = None if "all" in request.GET else frozenset[int]()
        return _desk(request, me, ticked)
    page = forwarding_wishes.list_wishes(me.id, state=state, cursor=request.GET.get("cursor", ""))
    return render_page(request, "wishes.html", me, page=page, state=state)


@role_required(Role.RESELLER)
@require_POST
def count_ticked(request: ActorRequest) -> HttpResponse:
    """The button for the wishes that are ticked now; a part of the desk for htmx."""
    me = reseller(request)
    rows = list_desk_wishes(me.id, me.tier, at=clock.now(), cursor=_desk_cursor(request), limit=DESK_LIMIT).items
    totals = _totals(me, rows, _ticked_ids(request.POST))
    orderable = sum(row.can_be_ordered for row in rows)
    counts = {"open_count": len(rows), "orderable_count": orderable, "is_update": True}
    return render_page(request, "parts/wish_action.html", me, totals=totals, **counts)


@role_required(Role.RESELLER)
@posted_from("shop:wishes")
def order_wishes(request: ActorRequest) -> HttpResponse:
    """Order the ticked wishes as they were shown, and pay. What could not be ordered stays on the desk with its reason."""
    me, now = reseller(request), clock.now()
    choices = choices_of(request.POST)
    rows = list_desk_wishes(me.id, me.tier, at=now, cursor=_desk_cursor(request), limit=DESK_LIMIT).items
    totals = _totals(me, rows, frozenset(choice.wish_id for choice in choices))
    shown = [parse_number(request.POST.get(name)) for name in ("shown_wishes", "shown_recipients")]
    still_open = {row.wish.id for row in rows} >= {choice.wish_id for choice in choices}
    if still_open and shown != [totals.wishes, totals.new_recipients]:
        messages.error(request, _("勾选有变化，请核对按钮上的单数和新收货人数后再下单"))
        return _desk(request, me, frozenset(choice.wish_id for choice in choices))
    try:
        result = order_and_pay_wishes(actor=request.actor, choices=choices, key=request.POST.get("key", ""), now=now)
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return redirect("shop:wishes")
    tell_result(request, result)
    address = reverse("shop:wishes")
    return redirect(f"{address}?order={result.order.id}" if result.order else address)


@role_required(Role.RESELLER)
@never_cache
def correct(request: ActorRequest, wish_id: int) -> HttpResponse:
    """Correct recipient and goods of an open wish; a part of the desk for htmx, and a page without it."""
    me, now = reseller(request), clock.now()
    view = get_desk_wish(me.id, me.tier, wish_id, at=now)
    read = view.recipient
    form = RecipientForm(initial={"name": read.name, "phone": read.phone, "address": read.address})
    if request.method == "POST":
        form = RecipientForm(request.POST)
        if form.is_valid():
            try:
                correct_wish(
                    actor=request.actor,
                    wish_id=wish_id,
                    recipient=RecipientFields(**form.cleaned_data),
                    lines=_sent_lines(request.POST),
                    now=now,
                )
            except Refusal as refusal:
                form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
            else:
                return _corrected(request, me, wish_id)
    wished = [line.item_id for line in view.lines]
    shown = get_own_page_of_items(me.id, view.wish.forward_id, wished, at=now).view
    units = {line.item_id: line.units for line in _sent_lines(request.POST)}
    lines = [(line, f"units-{line.item_id}", units.get(line.item_id, line.units)) for line in view.lines]
    in_wish = {line.item_id for line in view.lines}
    others = [(style, item) for style in shown.styles for item in style.items if item.item_id not in in_wish]
    template = "parts/correct_wish.html" if _is_htmx(request) else "correct_wish.html"
    return render_page(request, template, me, row=view, form=form, lines=lines, others=others[:MAX_OTHER_ITEMS])


@role_required(Role.RESELLER)
@require_POST
def answer(request: ActorRequest, wish_id: int) -> HttpResponse:
    """Mark a wish done, or decline it; any other answer changes nothing."""
    answers = {state.value: state for state in (WishState.DONE, WishState.DECLINED)}
    state = answers.get(request.POST.get("answer", ""))
    if state is None:
        messages.error(request, _("请选择完成或谢绝"))
        return redirect("shop:wishes")
    try:
        wishes_services.answer_wish(actor=request.actor, wish_id=wish_id, state=state, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已标记为完成") if state is WishState.DONE else _("已谢绝"))
    return redirect("shop:waiting_customers" if "waiting" in request.POST else "shop:wishes")


def _desk(request: ActorRequest, me: MemberView, ticked: frozenset[int] | None) -> HttpResponse:
    """The desk; `ticked` None ticks every wish that can be ordered."""
    page = list_desk_wishes(me.id, me.tier, at=clock.now(), cursor=_desk_cursor(request), limit=DESK_LIMIT)
    orderable = frozenset(row.wish.id for row in page.items if row.can_be_ordered)
    ticked = orderable if ticked is None else ticked & orderable
    return render_page(
        request,
        "wish_desk.html",
        me,
        page=page,
        state=WishState.NEW.value,
        ticked=ticked,
        orderable_count=len(orderable),
        totals=_totals(me, page.items, ticked),
        key=uuid.uuid4().hex,
        cursor=_desk_cursor(request),
        order_id=_own_order_id(me, parse_number(request.GET.get("order"))),
    )


def _own_order_id(me: MemberView, order_id: int | None) -> int | None:
    """The order that the address names, where she has it."""
    try:
        return get_own_order(me.id, order_id).id if order_id else None
    except NoSuchOrder:
        return None


def _desk_cursor(request: ActorRequest) -> str:
    return request.POST.get("cursor", "") or request.GET.get("cursor", "")


def _corrected(request: ActorRequest, me: MemberView, wish_id: int) -> HttpResponse:
    if not _is_htmx(request):
        is_waiting = get_desk_wish(me.id, me.tier, wish_id, at=clock.now()).wish.is_waiting
        page = reverse("shop:waiting_customers" if is_waiting else "shop:wishes")
        return redirect(f"{page}#wish-{wish_id}")
    row = get_desk_wish(me.id, me.tier, wish_id, at=clock.now())
    ticked = frozenset({wish_id}) if row.can_be_ordered else frozenset[int]()
    return render_page(request, "parts/desk_wish.html", me, row=row, ticked=ticked)


def _is_htmx(request: ActorRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def _totals(me: MemberView, rows: Sequence[DeskWishView], ticked: frozenset[int]) -> DeskTotals:
    chosen = [row for row in rows if row.wish.id in ticked and row.can_be_ordered]
    return DeskTotals(
        wishes=len(chosen),
        total_fen=sum(row.total_fen or 0 for row in chosen),
        new_recipients=count_new_recipients(chosen),
        balance_fen=get_wallet_balance_fen(me.id),
        broken_terms=_broken_terms(me, chosen),
    )


def count_new_recipients(rows: Sequence[DeskWishView]) -> int:
    """So many entries of her customer book are created if these wishes are ordered."""
    return len(
        {(row.recipient.name, row.recipient.phone, row.recipient.address) for row in rows if not row.recipient.is_known}
    )


def _broken_terms(me: MemberView, chosen: Sequence[DeskWishView]) -> list[str]:
    names = {row.wish.id: row.wish.name for row in chosen}
    of_reason: dict[str, list[str]] = {}
    for wish_id, refusal in find_refusals_by_terms(chosen, me.id, me.tier, at=clock.now()).items():
        of_reason.setdefault(refusal.sentence(get_language() or "zh"), []).append(names[wish_id])
    return [f"{'、'.join(people)}：{reason}" for reason, people in of_reason.items()]


def _ticked_ids(sent: QueryDict) -> frozenset[int]:
    return frozenset(choice.wish_id for choice in choices_of(sent))


def choices_of(sent: QueryDict) -> list[WishChoice]:
    """The ticked wishes: each box holds the id, the version and the unit prices in fen that the desk showed."""
    choices = []
    for value in sent.getlist("wish"):
        wish_id, version, prices = (*value.split(".", 2), "", "")[:3]
        choices.append(WishChoice(parse_int(wish_id), version, [parse_int(price) for price in prices.split("-")]))
    return choices


def _sent_lines(sent: QueryDict) -> list[PickedUnits]:
    """The lines of the form: `units-<item>` of each line, and one more item that she chose. A line without units is dropped."""
    units = {
        parse_int(name.removeprefix("units-")): parse_int(sent.get(name, ""))
        for name in sent
        if name.startswith("units-")
    }
    if added := parse_int(sent.get("add_item", "")):
        units[added] = units.get(added, 0) + max(parse_int(sent.get("add_units", "1")), 1)
    return [PickedUnits(item_id, count) for item_id, count in units.items() if count]


def tell_result(request: ActorRequest, result: WishOrderView) -> None:
    """Say what was ordered and paid, and how many wishes stay with their reasons."""
    if result.order is not None:
        ordered = _("已下 {count} 单").format(count=result.ordered_count)
        if result.payment_refusal is None:
            messages.success(request, _("{ordered}，已付款").format(ordered=ordered))
        else:
            why = result.payment_refusal.en if request.LANGUAGE_CODE == "en" else result.payment_refusal.zh
            messages.warning(request, _("{ordered}，还没付款：{why}").format(ordered=ordered, why=why))
    refused = len(result.wishes) - result.ordered_count
    if refused:
        messages.error(request, _("{count} 条没有下单，原因写在下面").format(count=refused))
