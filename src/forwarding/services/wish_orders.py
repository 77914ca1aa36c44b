"""Many wishes become one order with one payment, and what a reseller corrects of a wish before (FORWARD-8, FORWARD-9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from accounts.rules import Actor
from accounts.services.people import lock_person
from db.transactions import atomic_with_retry
from flashsales.rules import Offer
from flashsales.selectors.offers import get_offers
from flashsales.services.waiting_room import take_places_for
from forwarding.models import Wish, WishLine
from forwarding.rules.pages import CustomerView
from forwarding.rules.wishes import MAX_ORDERED_WISHES, PickedUnits, WishState, allocate_wishes, is_valid_pick
from forwarding.selectors.storefronts import get_own_page_of_items
from forwarding.selectors.wish_desk import (
    DeskWishView,
    desk_views,
    read_wish_recipient,
    refusals_by_terms,
    requests_of_wish,
)
from forwarding.selectors.wishes import (
    NoSuchWish,
    WishRefusalView,
    WishView,
    get_wish,
    is_open,
    is_taken_out,
    lines_of,
    wish_source,
)
from forwarding.services.wish_lines import give_up_order, link_lines, lock_wishes
from forwarding.services.wishes import ItemNotOffered, WishAlreadyAnswered, new_lines
from kernel.refusal import Conflict, Invalid, Refusal
from membership.selectors.people import BuyerView, require_buyer, require_reseller
from orders.rules.credit import Credit
from orders.rules.lines import MAX_LINES, RequestedUnits, joined_sources
from orders.rules.payments import GivenUp
from orders.selectors.orders import OrderView, find_order_by_key, get_own_order
from orders.services.credit import get_credit, lock_credit
from orders.services.given_up import lock_placements
from orders.services.payment import pay
from orders.services.placing import GrabLine, OrderKeyConflict, place_orders
from orders.services.placing_refusals import combined, explain
from orders.services.recipients import RecipientFields, find_or_add_recipients, valid_recipient


class InvalidWishOrder(Invalid):
    code = "forwarding.invalid_wish_order"
    zh = "请选择 1 至 {wishes} 条心愿（合计最多 {lines} 行），每条只选一次，并带请求编号"
    en = "Choose 1 to {wishes} wishes ({lines} lines in all), each once, with an idempotency key"
    wishes: int
    lines: int


class WishChanged(Conflict):
    code = "forwarding.wish_changed"
    zh = "这条心愿刚被改过，没有下单；请核对后再下"
    en = "The wish has just been changed and was not ordered; check it and order again"


class WishUnsure(Conflict):
    code = "forwarding.wish_unsure"
    zh = "收货信息还没核对好，没有下单：{fields_zh}"
    en = "The recipient is not confirmed yet, the wish was not ordered: {fields_en}"
    fields_zh: str
    fields_en: str


class WishWithdrawn(Conflict):
    code = "forwarding.wish_withdrawn"
    zh = "顾客已撤回这条心愿，没有下单"
    en = "The customer has withdrawn the wish; it was not ordered"


class WishAlreadyOrdered(Conflict):
    code = "forwarding.wish_already_ordered"
    zh = "这条心愿已在订单 {order_id} 里，没有再下"
    en = "The wish is in order {order_id} already and was not ordered again"
    order_id: int


@dataclass(frozen=True, slots=True)
class WishChoice:
    """A wish to order as the desk showed it: the version of its recipient and lines, and the unit price of each line in fen."""

    wish_id: int
    version: str
    prices_fen: Sequence[int]


@dataclass(frozen=True, slots=True)
class WishOutcomeView:
    """What became of a chosen wish: ordered, or why not."""

    wish_id: int
    ordered: bool
    refusal: WishRefusalView | None


@dataclass(frozen=True, slots=True)
class WishOrderView:
    """The order that chosen wishes became, None where none could be ordered; and why it is not paid, where it was to be."""

    order: OrderView | None
    wishes: list[WishOutcomeView]
    payment_refusal: WishRefusalView | None = None

    @property
    def ordered_count(self) -> int:
        return sum(each.ordered for each in self.wishes)


FIELD_NAMES = {"name": ("姓名", "name"), "phone": ("电话", "phone"), "address": ("地址", "address")}


def order_and_pay_wishes(*, actor: Actor, choices: Sequence[WishChoice], key: str, now: datetime) -> WishOrderView:
    """Order wishes and pay the order from the wallet. An order that cannot be paid stays unpaid, and the result says why.

    Order and payment are two transactions, each of which happens once for a key. The payment locks accounts before items and the order
    items before accounts, so one transaction of both could deadlock with the payments of others.
    """
    result = order_wishes(actor=actor, choices=choices, key=key, now=now)
    if result.order is None:
        return result
    try:
        paid = pay(actor=actor, order_id=result.order.id, now=now)
    except Refusal as refusal:
        return WishOrderView(result.order, result.wishes, _refusal_view(refusal))
    return WishOrderView(paid, result.wishes)


def order_wishes(*, actor: Actor, choices: Sequence[WishChoice], key: str, now: datetime) -> WishOrderView:
    """Place one unpaid order of the chosen wishes, in the order in which they were chosen, and mark them as ordered.

    A wish is ordered in full or stays open with its reason: sold out, another price, changed or answered in the meantime, a recipient
    that is not confirmed, no credit left, or quantity terms that all chosen wishes together do not meet. Recipients are created for the
    wishes that are ordered only. The same key with the same wishes returns the same result; with others it is refused.
    """
    # Outside of the transaction, which may refuse a wish for several reasons at once, or order others.
    ids = [choice.wish_id for choice in choices[:MAX_ORDERED_WISHES]]
    lines = WishLine.objects.filter(wish__in=ids, wish__reseller=require_buyer(actor, now).id)
    take_places_for(actor=actor, item_ids=set(lines.values_list("item_id", flat=True)), now=now)
    return _order_wishes(actor=actor, choices=choices, key=key, now=now)


@atomic_with_retry
def _order_wishes(*, actor: Actor, choices: Sequence[WishChoice], key: str, now: datetime) -> WishOrderView:
    buyer = require_buyer(actor, now)
    ids = [choice.wish_id for choice in choices]
    if not (0 < len(ids) == len(set(ids)) <= MAX_ORDERED_WISHES and 0 < len(key) <= 64):
        raise InvalidWishOrder(wishes=MAX_ORDERED_WISHES, lines=MAX_LINES)
    # Before the wishes are read: late money may be paying the order of one of them (ORDER-15).
    lock_person(actor.own_id)
    lock_credit(buyer)
    rows = {row.pk: row for row in lock_wishes(buyer.id, ids)}
    for wish_id in ids:
        if wish_id not in rows:
            raise NoSuchWish(wish_id=wish_id)
    order_key = sha256(f"wishes {key}".encode()).hexdigest()
    if earlier_id := find_order_by_key(buyer.id, order_key):
        return _earlier_result(buyer, earlier_id, [rows[wish_id] for wish_id in ids])
    views = {view.wish.id: view for view in desk_views(list(rows.values()), buyer.id, buyer.tier, at=now)}
    refusals = {choice.wish_id: _refusal_of(rows[choice.wish_id], views[choice.wish_id], choice) for choice in choices}
    wanted = [choice for choice in choices if refusals[choice.wish_id] is None]
    refusals |= _find_shortfalls(buyer, wanted, views, now)
    accepted = [choice for choice in wanted if refusals[choice.wish_id] is None]
    order = _place(actor, accepted, views, order_key, now) if accepted else None
    _record_refusals(rows, refusals)
    outcomes = [_outcome(wish_id, refusals[wish_id]) for wish_id in ids]
    return WishOrderView(order, outcomes)


@transaction.atomic
def correct_wish(
    *,
    actor: Actor,
    wish_id: int,
    recipient: RecipientFields | None = None,
    lines: Sequence[PickedUnits] | None = None,
    now: datetime,
) -> WishView:
    """Replace the recipient, the lines, or both, of an open wish by what the reseller entered; None leaves them.

    Nothing is entered in her address book. Late money brings back no order of what the wish was before (ORDER-15). Refuses a recipient
    that could not be one (ORDER-5), items that the page of the wish does not show and the wish does not have, and a wish that is not open.
    """
    reseller = require_reseller(actor)
    lock_placements(reseller_id=reseller.id)
    row = next(iter(lock_wishes(reseller.id, [wish_id])), None)
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    if not is_open(row):
        raise WishAlreadyAnswered(state=row.state)
    if recipient is not None:
        fields, before = valid_recipient(recipient), read_wish_recipient(row)
        if fields != RecipientFields(before.name, before.phone, before.address):
            give_up_order([row.pk], GivenUp.WISH_CHANGED)
        row.recipient_name, row.recipient_phone, row.recipient_address = fields.name, fields.phone, fields.address
    if lines is not None and list(lines) != [PickedUnits(line.item_id, line.units) for line in lines_of(row)]:
        _replace_lines(row, lines, now)
    row.refusal = None
    changed = ["recipient_name", "recipient_phone", "recipient_address", "item", "units", "refusal"]
    row.save(update_fields=[*changed, "state", "answered_at", "order"])
    return get_wish(reseller.id, wish_id)


def _replace_lines(row: Wish, lines: Sequence[PickedUnits], now: datetime) -> None:
    wanted = [line.item_id for line in lines]
    view = get_own_page_of_items(row.reseller_id, row.forward_id, wanted, at=now).view
    shown = {item.item_id for style in view.styles for item in style.items}
    # A line of a wish from before lines kept what she saw has no name: it takes what the page shows, where it shows the item.
    kept = {line.item_id: line for line in lines_of(row) if line.shown_name or line.item_id not in shown}
    if not is_valid_pick(lines) or not set(wanted) <= shown | kept.keys():
        raise ItemNotOffered
    give_up_order([row.pk], GivenUp.WISH_CHANGED)
    if is_taken_out(row):  # the new lines would not show that it is open
        row.state, row.answered_at, row.order = WishState.NEW.value, None, None
    WishLine.objects.filter(wish=row).delete()
    WishLine.objects.bulk_create(_lines_with_kept(row, lines, view, kept))
    row.item_id, row.units = lines[0].item_id, lines[0].units


def _lines_with_kept(
    row: Wish, lines: Sequence[PickedUnits], view: CustomerView, kept: Mapping[int, WishLine]
) -> list[WishLine]:
    """The lines of a wish; those of items that it had before keep what the customer saw of them (FORWARD-9)."""
    new = {line.item_id: line for line in new_lines(row, [each for each in lines if each.item_id not in kept], view)}
    for line in lines:
        if line.item_id in kept:
            old = kept[line.item_id]
            new[line.item_id] = WishLine(
                wish=row,
                item_id=line.item_id,
                units=line.units,
                shown_name=old.shown_name,
                shown_colour=old.shown_colour,
                shown_size=old.shown_size,
                retail_fen=old.retail_fen,
                shown_tag_fen=old.shown_tag_fen,
                shown_label_kept=old.shown_label_kept,
                is_awaited=old.is_awaited,
            )
    return [new[line.item_id] for line in lines]


def _refusal_of(row: Wish, view: DeskWishView, choice: WishChoice) -> Refusal | None:
    """Why a wish cannot be ordered as it was shown, apart from stock, price and credit."""
    if row.state == WishState.WITHDRAWN.value:
        return WishWithdrawn()
    if not is_open(row):
        return WishAlreadyOrdered(order_id=row.order_id) if row.order_id else WishAlreadyAnswered(state=row.state)
    if choice.version != view.version or len(choice.prices_fen) != len(view.lines):
        return WishChanged()
    if unsure := view.recipient.unsure:
        names = [FIELD_NAMES[field] for field in unsure]
        return WishUnsure(fields_zh="、".join(zh for zh, _ in names), fields_en=", ".join(en for _, en in names))
    return None


def _find_shortfalls(
    buyer: BuyerView, wanted: Sequence[WishChoice], views: Mapping[int, DeskWishView], now: datetime
) -> dict[int, Refusal | None]:
    """Why wishes cannot be had in full, by their ids. Belongs under the lock of the credit; the items are locked before they are read."""
    lines = {choice.wish_id: _grab_lines(views[choice.wish_id], choice, recipient_id=0) for choice in wanted}
    if sum(len(each) for each in lines.values()) > MAX_LINES:
        raise InvalidWishOrder(wishes=MAX_ORDERED_WISHES, lines=MAX_LINES)
    item_ids = sorted({line.item_id for each in lines.values() for line in each})
    if not item_ids:
        return {}
    offers = get_offers(item_ids=item_ids, tier=buyer.tier.value, reseller_id=buyer.id, at=now, for_update=True)
    credit = get_credit(buyer, now)
    broken: dict[int, Refusal | None] = {}
    while True:
        remaining = [choice for choice in wanted if choice.wish_id not in broken]
        freight_fen = sum(views[choice.wish_id].freight_fen for choice in remaining)
        provinces = {choice.wish_id: views[choice.wish_id].recipient.province for choice in remaining}
        found = _refusals_by_stock(remaining, lines, provinces, offers, credit, freight_fen)
        complete = [choice.wish_id for choice in remaining if found[choice.wish_id] is None]
        more = refusals_by_terms([requests_of_wish(views[wish_id]) for wish_id in complete], offers)
        if not more:
            return found | broken
        # A wish that is left out leaves its units to the others, and what it had of another style is missing there.
        broken |= {complete[place]: refusal for place, refusal in more.items()}


def _refusals_by_stock(
    wanted: Sequence[WishChoice],
    lines: Mapping[int, Sequence[GrabLine]],
    provinces: Mapping[int, str],
    offers: Mapping[int, Offer],
    credit: Credit,
    freight_fen: int,
) -> dict[int, Refusal | None]:
    """Why stock, limits, prices, credit and where it goes do not give a wish in full, by its id. `freight_fen`: of all of them, at most."""
    requests = [
        [
            RequestedUnits(line.item_id, line.units, line.expected_price_fen, province=provinces[choice.wish_id])
            for line in lines[choice.wish_id]
        ]
        for choice in wanted
    ]
    found: dict[int, Refusal | None] = {}
    earlier_fen = freight_fen
    allowance_fen = credit.allowance_fen - freight_fen
    for choice, allocated in zip(wanted, allocate_wishes(requests, offers, allowance_fen=allowance_fen), strict=True):
        own = lines[choice.wish_id]
        refused = explain(own, offers, allocated, credit=credit, earlier_fen=earlier_fen)
        found[choice.wish_id] = combined(refused) if refused else None
        if not refused:
            earlier_fen += sum(line.units * (line.expected_price_fen or 0) for line in own)
    return found


def _grab_lines(view: DeskWishView, choice: WishChoice, *, recipient_id: int) -> list[GrabLine]:
    return [
        GrabLine(
            line.item_id, line.units, recipient_id, expected_price_fen=price_fen, source=wish_source(choice.wish_id)
        )
        for line, price_fen in zip(view.lines, choice.prices_fen, strict=True)
    ]


def _place(
    actor: Actor, accepted: Sequence[WishChoice], views: Mapping[int, DeskWishView], order_key: str, now: datetime
) -> OrderView:
    """Create the recipients and the order, and mark the wishes as ordered."""
    fields = [_recipient_fields(views[choice.wish_id]) for choice in accepted]
    recipients = find_or_add_recipients(actor=actor, recipients=fields, now=now)
    recipient_of = {choice.wish_id: each for choice, each in zip(accepted, recipients, strict=True)}
    lines = _merged(
        line
        for choice in accepted
        for line in _grab_lines(views[choice.wish_id], choice, recipient_id=recipient_of[choice.wish_id].id)
    )
    order = place_orders(actor=actor, lines=lines, key=order_key, now=now)
    ids = [choice.wish_id for choice in accepted]
    give_up_order(ids, GivenUp.ORDERED_AGAIN)
    Wish.objects.filter(pk__in=ids).update(
        state=WishState.ORDERED.value, answered_at=now, order_id=order.id, refusal=None
    )
    link_lines(ids, order.lines, recipients={wish_id: each.id for wish_id, each in recipient_of.items()})
    return order


def _merged(lines: Iterable[GrabLine]) -> list[GrabLine]:
    """One line per item and recipient: two wishes of one customer for the same item are one line of the order."""
    merged: dict[tuple[int, int], GrabLine] = {}
    for line in lines:
        place = (line.item_id, line.recipient_id)
        if place in merged:
            earlier = merged[place]
            source = joined_sources(earlier.source, line.source)
            line = replace(line, units=earlier.units + line.units, source=source)
        merged[place] = line
    return list(merged.values())


def _recipient_fields(view: DeskWishView) -> RecipientFields:
    return RecipientFields(view.recipient.name, view.recipient.phone, view.recipient.address)


def _record_refusals(rows: Mapping[int, Wish], refusals: Mapping[int, Refusal | None]) -> None:
    """Keep with each open wish why it was not ordered."""
    refused = []
    for wish_id, refusal in refusals.items():
        if refusal is not None and is_open(rows[wish_id]):
            rows[wish_id].refusal = asdict(_refusal_view(refusal))
            refused.append(rows[wish_id])
    Wish.objects.bulk_update(refused, ["refusal"])


def _earlier_result(buyer: BuyerView, order_id: int, rows: Sequence[Wish]) -> WishOrderView:
    """The result of a key that was used before. Refuses wishes other than those it was used with."""
    of_order = set(Wish.objects.filter(order_id=order_id, reseller_id=buyer.id).values_list("pk", flat=True))
    others = [row for row in rows if row.pk not in of_order]
    if (
        not of_order
        or not of_order <= {row.pk for row in rows}
        or any(is_open(row) and not row.refusal for row in others)
    ):
        raise OrderKeyConflict(order_id=order_id)
    return WishOrderView(
        get_own_order(buyer.id, order_id),
        [
            WishOutcomeView(row.pk, row.pk in of_order, None if row.pk in of_order else _stored_refusal(row))
            for row in rows
        ],
    )


def _stored_refusal(row: Wish) -> WishRefusalView:
    if row.refusal:
        return WishRefusalView(**row.refusal)
    if row.state == WishState.WITHDRAWN.value:
        return _refusal_view(WishWithdrawn())
    answered = WishAlreadyOrdered(order_id=row.order_id) if row.order_id else WishAlreadyAnswered(state=row.state)
    return _refusal_view(answered)


def _outcome(wish_id: int, refusal: Refusal | None) -> WishOutcomeView:
    return WishOutcomeView(wish_id, refusal is None, None if refusal is None else _refusal_view(refusal))


def _refusal_view(refusal: Refusal) -> WishRefusalView:
    return WishRefusalView(refusal.code, refusal.sentence("zh"), refusal.sentence("en"))
