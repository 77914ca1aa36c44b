"""Wishes 下单心愿: a customer leaves one without signing in, and the reseller answers it."""

import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.rules import Actor
from accounts.services.names import require_valid_name
from aftersales.services.fault_reports import erase_reports_of_pages
from events.rules.kinds import EventKind
from events.rules.outbox import MAX_TEXT
from events.services import EventDraft, publish
from forwarding.models import Forward, Wish, WishLine
from forwarding.rules.channels import is_channel_code
from forwarding.rules.pages import CustomerView
from forwarding.rules.wishes import (
    MAX_ADDRESS,
    MAX_WISH_LINES,
    MAX_WISH_UNITS,
    PickedUnits,
    WishState,
    is_valid_pick,
    recipient_name,
)
from forwarding.selectors.forwards import NoSuchForward
from forwarding.selectors.storefronts import page_of_items
from forwarding.selectors.wishes import (
    NoSuchWish,
    WishView,
    get_wish,
    is_open,
    wish_source,
)
from forwarding.services.seen_prices import require_seen_prices
from forwarding.services.wish_limits import enforce_rate_limits
from forwarding.services.wish_lines import (
    find_recipient_of_wish,
    give_up_order,
    has_goods,
    link_lines,
    lock_wish_of_page,
)
from forwarding.sql.visits import known_channel
from kernel.refusal import Conflict, Invalid
from kernel.text import normalized, visible
from membership.selectors.people import require_reseller
from orders.rules.payments import GivenUp
from orders.selectors.orders import get_own_order
from orders.services.given_up import lock_placements
from orders.services.recipients import RecipientProposal, complete_proposal

_BATCH = 500
TOKEN_BYTES = 18
MAX_NAME, MAX_PHONE, MAX_NOTE = 40, 20, 200
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}\Z", re.ASCII)


class InvalidWish(Invalid):
    code = "forwarding.invalid_wish"
    zh = (
        "请填写称呼（最多 {name} 字），选 1 至 {lines} 种尺码、每种 1 至 {units} 件；"
        "电话和地址可不填，地址最多 {address} 字，备注最多 {note} 字"
    )
    en = (
        "Give a name of at most {name} characters and pick 1 to {lines} sizes with 1 to {units} pieces each; phone and address are "
        "optional, the address has at most {address} characters, the note {note}"
    )
    name: int
    lines: int
    units: int
    note: int
    address: int


class PageClosed(Conflict):
    code = "forwarding.page_closed"
    zh = "这个分享已结束，不能再留言"
    en = "This page is closed; no wishes can be left any more"


class ItemNotOffered(Conflict):
    code = "forwarding.item_not_offered"
    zh = "这个尺码刚刚售罄，请选别的"
    en = "This size has just sold out; choose another"


class WishAlreadyAnswered(Conflict):
    code = "forwarding.wish_already_answered"
    zh = "这条心愿已处理"
    en = "This wish has been answered ({state})"
    state: str


class WishHasGoods(Conflict):
    code = "forwarding.wish_has_goods"
    zh = "这条心愿的货在已付款的订单 {order_id} 里，不能改到别的订单"
    en = "The goods of this wish are in order {order_id}, which is paid; it cannot be moved to another order"
    order_id: int


@dataclass(frozen=True, slots=True)
class WishFields:
    """What a customer typed. `address` may be a pasted text with name and phone in it; phone, address and note may be ""."""

    name: str
    phone: str = ""
    address: str = ""
    note: str = ""


@transaction.atomic
def create_wish(
    *,
    token: str,
    lines: Sequence[PickedUnits],
    fields: WishFields,
    visitor: str,
    network: str,
    key: str,
    channel: str = "",
    may_wait: bool = False,
    seen: Mapping[int, int] | None = None,
    now: datetime,
) -> WishView:
    """Leave a wish of a customer for units of items that the page shows (FORWARD-5). The same key makes one wish.

    With `may_wait` it may name sold-out items of sales that have begun, and waits for them; it is an ordinary wish where all are there by
    now (FORWARD-29).

    `visitor` is a keyed hash of her cookie, `network` one of the network address that she shares with others, `channel` that of the
    address on which the form stood (FORWARD-21), `seen` the price in fen of each style as its form showed it; a style that it does not
    name is not compared. Refuses an item that is not shown or is sold out, a closed page, a price that is not the one seen, more wishes
    per hour than the limits of visitor, page and network (with the time from which the next one is accepted), and a page with too many
    unanswered wishes. The reseller's inbox tells of the wish.
    """
    forwards = Forward.objects.select_for_update(of=("self",)).select_related("reseller__person", "sale__brand")
    row = forwards.filter(token=token).first()
    if row is None:
        raise NoSuchForward
    fields = _valid_fields(fields)
    if not is_valid_pick(lines) or not 0 < len(key) <= 64:
        raise _invalid_wish()
    if earlier := Wish.objects.filter(forward=row, key=key).first():
        return get_wish(row.reseller_id, earlier.pk)
    page = page_of_items(row, [line.item_id for line in lines], at=now)
    if not page.is_open:
        raise PageClosed
    missing = {line.item_id for line in lines} - page.view.item_ids
    if missing and not (may_wait and missing <= page.view.sold_out_ids(now)):
        raise ItemNotOffered
    require_seen_prices(page.view, lines, seen or {})
    visitor, network = visitor[:32], network[:32]
    enforce_rate_limits(row, visitor, network, now, is_waiting=bool(missing))
    wish = new_wish(row, lines, fields, key=key, now=now, visitor=visitor, network=network)
    wish.channel = known_channel(reseller_id=row.reseller_id, channel=channel) if is_channel_code(channel) else ""
    wish.is_waiting = bool(missing)
    wish.brand_hidden = page.view.brand_hidden
    wish.save()
    rows = new_lines(wish, lines, page.view)
    for each in rows:
        each.is_awaited = each.item_id in missing
    WishLine.objects.bulk_create(rows)
    view = get_wish(row.reseller_id, wish.pk)
    publish([waiting_event(view, row.reseller_id, missing) if missing else _created_event(wish, lines)], now=now)
    return view


def new_wish(
    forward: Forward,
    lines: Sequence[PickedUnits],
    fields: WishFields,
    *,
    key: str,
    now: datetime,
    visitor: str = "",
    network: str = "",
) -> Wish:
    """A wish that is not stored yet. Its columns repeat the first line for the release before this one."""
    return Wish(
        forward=forward,
        reseller_id=forward.reseller_id,
        item_id=lines[0].item_id,
        units=lines[0].units,
        name=fields.name,
        phone=fields.phone,
        address=fields.address,
        note=fields.note,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        key=key,
        visitor=visitor,
        network=network,
        created_at=now,
    )


def new_lines(wish: Wish, lines: Sequence[PickedUnits], view: CustomerView) -> list[WishLine]:
    """The lines of a wish with what the customer sees of their items."""
    shown = {item.item_id: (style, item) for style in view.styles for item in style.items}
    rows = []
    for line in lines:
        style, item = shown[line.item_id]
        rows.append(
            WishLine(
                wish=wish,
                item_id=line.item_id,
                units=line.units,
                shown_name=style.name,
                shown_colour=item.colour,
                shown_size=item.size,
                retail_fen=style.price_fen,
                shown_tag_fen=style.tag_price_fen,
                shown_label_kept=style.label_kept,
            )
        )
    return rows


def recipient_of_wish(wish: WishView) -> RecipientProposal:
    """The recipient as read from the address of a wish, else from its note, with the customer's name and phone where the text has none.

    Stores nothing.
    """
    return complete_proposal(wish.address.strip() or wish.note, name=recipient_name(wish.name), phone=wish.phone)


@transaction.atomic
def answer_wish(*, actor: Actor, wish_id: int, state: WishState, now: datetime) -> WishView:
    """The reseller marks a wish done or declined, and late money brings back no order of it (ORDER-15).

    The same answer again changes nothing.
    """
    reseller = require_reseller(actor)
    lock_placements(reseller_id=reseller.id)
    row = _lock_wish(wish_id, reseller.id)
    if row.state == state.value:
        return get_wish(reseller.id, wish_id)
    open_states = (WishState.NEW.value, WishState.ORDERED.value)
    if state not in (WishState.DONE, WishState.DECLINED) or row.state not in open_states:
        raise WishAlreadyAnswered(state=row.state)
    if state is WishState.DECLINED or is_open(row):
        give_up_order([row.pk], GivenUp.WISH_ANSWERED)
    row.state, row.answered_at = state.value, now
    row.save(update_fields=["state", "answered_at"])
    return get_wish(reseller.id, wish_id)


@transaction.atomic
def link_order(*, actor: Actor, wish_id: int, order_id: int, now: datetime) -> WishView:
    """Record the order that a wish became; a later order replaces an abandoned one, which late money does not bring back (ORDER-15).

    Refuses a wish that was declined or withdrawn, and one whose paid order still has goods for it: parcels and reports of faults on its
    page are those of that order. Linked are the lines of her own recipient (FORWARD-9).
    """
    reseller = require_reseller(actor)
    lock_placements(reseller_id=reseller.id)
    order = get_own_order(reseller.id, order_id)
    row = _lock_wish(wish_id, reseller.id)
    if row.state in (WishState.DECLINED.value, WishState.WITHDRAWN.value):
        raise WishAlreadyAnswered(state=row.state)
    if row.order_id is not None and row.order_id != order.id and has_goods(row):
        raise WishHasGoods(order_id=row.order_id)
    if row.order_id != order.id:
        give_up_order([row.pk], GivenUp.ORDERED_AGAIN)
    row.state, row.answered_at, row.order_id, row.refusal = WishState.ORDERED.value, now, order.id, None
    row.save(update_fields=["state", "answered_at", "order", "refusal"])
    link_lines([row.pk], order.lines, recipients={row.pk: find_recipient_of_wish(row, order.lines)})
    return get_wish(reseller.id, wish_id)


@transaction.atomic
def withdraw_wish(*, token: str, now: datetime) -> None:
    """The customer takes her wish back on its private page while it waits for an order. A repetition changes nothing; refuses a wish that
    was answered. Late money brings back no order of it (ORDER-15)."""
    row = lock_wish_of_page(token)
    if is_open(row):
        give_up_order([row.pk], GivenUp.WISH_WITHDRAWN)
        row.state, row.answered_at = WishState.WITHDRAWN.value, now
        row.save(update_fields=["state", "answered_at"])
    elif row.state != WishState.WITHDRAWN.value:
        raise WishAlreadyAnswered(state=row.state)


def anonymize_wishes(*, now: datetime, retention: timedelta) -> int:
    """Erase what customers typed, how the reseller corrected it, the hashes and the private page of wishes older than `retention`.

    With the page goes what was reported from it (AFTER-19). Items and units stay for the counts (FORWARD-6). Returns the number of
    wishes. May run at any time and repeatedly.
    """
    expired = Wish.objects.filter(created_at__lte=now - retention).exclude(name="").order_by("pk")
    count = 0
    while ids := list(expired.values_list("pk", flat=True)[:_BATCH]):
        count += _anonymize(ids, now=now)
    return count


@transaction.atomic
def _anonymize(ids: Sequence[int], *, now: datetime) -> int:
    locked = list(Wish.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    erase_reports_of_pages([wish_source(each) for each in locked], now=now)
    return Wish.objects.filter(pk__in=locked).update(
        name="",
        phone="",
        address="",
        note="",
        recipient_name="",
        recipient_phone="",
        recipient_address="",
        refusal=None,
        token="",
        visitor="",
        network="",
    )


def _valid_fields(fields: WishFields) -> WishFields:
    """The fields as they are stored; refuses what is missing, too long or no telephone number."""
    name = normalized(fields.name)
    phone = unicodedata.normalize("NFKC", visible(fields.phone)).strip()
    address, note = visible(fields.address).strip(), visible(fields.note).strip()
    valid = 0 < len(name) <= MAX_NAME and len(note) <= MAX_NOTE and len(address) <= MAX_ADDRESS
    if not valid or (phone and not _PHONE.match(phone)):
        raise _invalid_wish()
    return WishFields(require_valid_name(name, max_length=MAX_NAME), phone, address, note)


def _invalid_wish() -> InvalidWish:
    return InvalidWish(name=MAX_NAME, lines=MAX_WISH_LINES, units=MAX_WISH_UNITS, note=MAX_NOTE, address=MAX_ADDRESS)


def _created_event(wish: Wish, lines: Sequence[PickedUnits]) -> EventDraft:
    data = {"wish_id": wish.pk, "units": sum(line.units for line in lines), "forward_id": wish.forward_id}
    return EventDraft(EventKind.WISH_CREATED, wish.pk, reseller_id=wish.reseller_id, data=data)


def waiting_event(wish: WishView, reseller_id: int, item_ids: Collection[int]) -> EventDraft:
    """Tells the reseller that a customer waits for these sold-out items."""
    goods = "、".join(
        " ".join(filter(None, (line.style_no, line.colour, line.size)))
        for line in wish.lines
        if line.item_id in item_ids
    )
    return EventDraft(
        EventKind.CUSTOMER_WAITS,
        wish.id,
        reseller_id=reseller_id,
        data={"goods": goods[:MAX_TEXT], "wish_id": wish.id},
    )


def _lock_wish(wish_id: int, reseller_id: int) -> Wish:
    row = Wish.objects.select_for_update().filter(pk=wish_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    return row
