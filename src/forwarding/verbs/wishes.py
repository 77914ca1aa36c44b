"""Order wishes 下单心愿: left by customers without signing in, answered by their reseller."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.rules import Actor
from accounts.verbs import checked_name
from forwarding.models import Forward, Wish
from forwarding.queries import NoSuchForward, NoSuchWish, WishView, own_wish
from forwarding.queries.forwards import page_of
from forwarding.rules import (
    MOST_OPEN_WISHES,
    MOST_WISH_UNITS,
    MOST_WISHES_AN_HOUR,
    MOST_WISHES_OF_A_VISITOR_AN_HOUR,
    WishState,
)
from kernel.refusal import Busy, Conflict, Invalid
from kernel.text import normalized, visible
from membership.queries import reseller_of
from orders.queries import own_order

HOUR = timedelta(hours=1)
MOST_NAME, MOST_PHONE, MOST_NOTE = 40, 20, 200
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}\Z", re.ASCII)


@dataclass(eq=False)
class BadWish(Invalid):
    code = "forwarding.bad_wish"
    zh = "请填写称呼（最多 {name} 字）和 1 至 {units} 件；电话可不填，备注最多 {note} 字"
    en = "Give a name of at most {name} characters and 1 to {units} pieces; the phone is optional, the note at most {note} characters"
    name: int
    units: int
    note: int


@dataclass(eq=False)
class PageClosed(Conflict):
    code = "forwarding.page_closed"
    zh = "这个分享已结束，不能再留言"
    en = "This page is closed; no wishes can be left any more"


@dataclass(eq=False)
class NotOffered(Conflict):
    code = "forwarding.not_offered"
    zh = "这个尺码刚刚售罄，请选别的"
    en = "This size has just sold out; choose another"


@dataclass(eq=False)
class TooManyWishes(Busy):
    code = "forwarding.too_many_wishes"
    zh = "留言太多了，请过一会儿再试，或直接联系卖家"
    en = "Too many wishes; try again later, or ask the seller directly"


@dataclass(eq=False)
class AlreadyAnswered(Conflict):
    code = "forwarding.already_answered"
    zh = "这条心愿已处理"
    en = "This wish has been answered ({state})"
    state: str


@transaction.atomic
def leave_wish(
    *,
    token: str,
    item_id: int,
    units: int,
    name: str,
    phone: str,
    note: str,
    visitor: str,
    key: str,
    now: datetime,
) -> WishView:
    """A customer asks for units of a piece that the page shows (FORWARD-5). The same key is one wish.

    `visitor` is where she comes from, hashed. Refuses what is not shown or sold out, a closed page, and floods: per visitor and per
    page an hour, and more than a reseller could answer.
    """
    forwards = Forward.objects.select_for_update(of=("self",)).select_related("reseller__person")
    row = forwards.filter(token=token).first()
    if row is None:
        raise NoSuchForward
    name, phone, note = normalized(name), visible(phone).strip(), visible(note).strip()
    sound = (
        0 < len(name) <= MOST_NAME and len(note) <= MOST_NOTE and 0 < units <= MOST_WISH_UNITS and 0 < len(key) <= 64
    )
    if not sound or (phone and not _PHONE.match(phone)):
        raise BadWish(name=MOST_NAME, units=MOST_WISH_UNITS, note=MOST_NOTE)
    name = checked_name(name, longest=MOST_NAME)
    if earlier := Wish.objects.filter(forward=row, key=key).first():
        return own_wish(row.reseller_id, earlier.pk)
    page = page_of(row, at=now)
    if not page.open:
        raise PageClosed
    if item_id not in page.view.item_ids:
        raise NotOffered
    _keep_floods_out(row, visitor, now)
    wish = Wish.objects.create(
        forward=row,
        reseller_id=row.reseller_id,
        item_id=item_id,
        units=units,
        name=name,
        phone=phone,
        note=note,
        key=key,
        visitor=visitor[:32],
        left_at=now,
    )
    return own_wish(row.reseller_id, wish.pk)


@transaction.atomic
def answer_wish(*, actor: Actor, wish_id: int, state: WishState, now: datetime) -> WishView:
    """The reseller marks a wish done or declined. The same answer again changes nothing."""
    reseller = reseller_of(actor)
    row = _locked(wish_id, reseller.id)
    if row.state == state.value:
        return own_wish(reseller.id, wish_id)
    open_states = (WishState.NEW.value, WishState.ORDERED.value)
    if state not in (WishState.DONE, WishState.DECLINED) or row.state not in open_states:
        raise AlreadyAnswered(state=row.state)
    row.state, row.answered_at = state.value, now
    row.save(update_fields=["state", "answered_at"])
    return own_wish(reseller.id, wish_id)


@transaction.atomic
def note_order(*, actor: Actor, wish_id: int, order_id: int, now: datetime) -> WishView:
    """Remember which order of hers a wish became; a later one replaces one that was given up."""
    reseller = reseller_of(actor)
    order = own_order(reseller.id, order_id)
    row = _locked(wish_id, reseller.id)
    if row.state == WishState.DECLINED.value:
        raise AlreadyAnswered(state=row.state)
    row.state, row.answered_at, row.order_id = WishState.ORDERED.value, now, order.id
    row.save(update_fields=["state", "answered_at", "order"])
    return own_wish(reseller.id, wish_id)


def forget_customers(*, now: datetime, kept: timedelta) -> int:
    """Forget who left the wishes that are older than `kept`; what was wished for stays, to be counted (FORWARD-6). Gives how many. Safe
    at any time and twice."""
    known = Wish.objects.filter(left_at__lte=now - kept).exclude(visitor="")
    return known.update(name="", phone="", note="", visitor="")


def _keep_floods_out(row: Forward, visitor: str, now: datetime) -> None:
    # The row of the forward is locked, so that wishes of one page take turns and none slips past the count.
    wishes = Wish.objects.filter(forward=row)
    last_hour = now - HOUR
    if (
        Wish.objects.filter(visitor=visitor[:32], left_at__gt=last_hour).count() >= MOST_WISHES_OF_A_VISITOR_AN_HOUR
        or wishes.filter(left_at__gt=last_hour).count() >= MOST_WISHES_AN_HOUR
        or wishes.filter(state=WishState.NEW.value).count() >= MOST_OPEN_WISHES
    ):
        raise TooManyWishes


def _locked(wish_id: int, reseller_id: int) -> Wish:
    row = Wish.objects.select_for_update().filter(pk=wish_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    return row
