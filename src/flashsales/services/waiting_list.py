"""Asking for sold-out goods of a live sale, and taking that back (SALE-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from db.transactions import atomic_with_retry
from flashsales.models import Reservation, WaitingEntry
from flashsales.rules import Offer, Phase, Shortfall
from flashsales.rules.waiting import (
    MAX_LINES,
    MAX_WAITING_ENTRIES,
    MAX_WAITING_UNITS,
    WaitingEnd,
    is_valid_source,
    terms_allow_waiting,
)
from flashsales.selectors.offers import get_offers
from flashsales.services.reservations import end_reservation
from flashsales.services.units import shortfall_refusal
from flashsales.services.waiting_room import take_places_for
from flashsales.sql.waiting import lock_items
from kernel.refusal import Conflict, Invalid, Missing
from membership.selectors.people import require_buyer, require_reseller


class NoSuchWaitingEntry(Missing):
    code = "flashsales.no_such_waiting_entry"
    zh = "没有这条等补货记录（{entry_id}）"
    en = "There is no entry {entry_id} of yours on the waiting list"
    entry_id: int


class InvalidWaiting(Invalid):
    code = "flashsales.invalid_waiting"
    zh = "一次最多等 {lines} 个尺码，每个 1 至 {units} 件，同一个不要写两遍"
    en = "Ask for at most {lines} sizes at once, 1 to {units} units of each, and none of them twice"
    lines: int
    units: int


class NotSoldOut(Conflict):
    code = "flashsales.not_sold_out"
    zh = "{item} 还有 {available} 件，可以直接抢"
    en = "{available} units of {item} are left; order them now"
    item_id: int
    item: str
    available: int


class NeverEnough(Conflict):
    code = "flashsales.waiting_never_enough"
    zh = "{item} 按 {terms}，等 {units} 件到了也不能下单"
    en = "{item} is sold as {terms_en}; {units} units could not be ordered"
    item_id: int
    item: str
    units: int
    terms: str
    terms_en: str


class AlreadyWaiting(Conflict):
    code = "flashsales.already_waiting"
    zh = "您已经在等 {item} {units} 件；要改件数，先取消再重新排队"
    en = "You are waiting for {units} units of {item} already; to change that, withdraw it and ask again"
    item_id: int
    item: str
    units: int


class WaitingTooMuch(Conflict):
    code = "flashsales.waiting_too_much"
    zh = "最多同时等 {limit} 条，请先取消几条"
    en = "You may wait for {limit} entries at once; withdraw some of them first"
    limit: int


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Units of a sold-out item that a reseller waits for; `source` says for whom, such as `wish:7` or `recipient:3`."""

    item_id: int
    units: int
    source: str = ""


def ask_for(*, actor: Actor, lines: Sequence[WaitingLine], now: datetime) -> list[int]:
    """Put a reseller on the waiting list of sold-out items of live sales, all of them or none; returns the ids of the entries.

    The same line again is the same entry. Refuses goods that are left or given out by a draw, sales that are not live, units beyond her
    purchase limits, and units that the quantity terms of each size do not allow. In a sale with a waiting room she draws a ticket, as with
    a grab (SALE-24).
    """
    require_buyer(actor, now)
    _require_valid(lines)
    take_places_for(actor=actor, item_ids={line.item_id for line in lines}, now=now)
    return _ask_for(actor=actor, lines=lines, now=now)


@atomic_with_retry
def _ask_for(*, actor: Actor, lines: Sequence[WaitingLine], now: datetime) -> list[int]:
    buyer = require_buyer(actor, now)
    item_ids = sorted({line.item_id for line in lines})
    lock_items(item_ids=item_ids)
    offers = get_offers(item_ids=item_ids, tier=buyer.tier.value, reseller_id=buyer.id, at=now)
    waiting = WaitingEntry.objects.filter(reseller_id=buyer.id, ended_at=None)
    known = {(row.item_id, row.source): row for row in waiting.filter(item_id__in=item_ids)}
    entries, new = [], []
    for line in lines:
        offer = _require_sold_out(line, offers.get(line.item_id))
        entry = known.get((line.item_id, line.source))
        if entry is None:
            entry = WaitingEntry(
                item_id=line.item_id, reseller_id=buyer.id, units=line.units, source=line.source, asked_at=now
            )
            new.append(entry)
        elif entry.units != line.units:
            raise AlreadyWaiting(item_id=line.item_id, item=offer.description, units=entry.units)
        entries.append(entry)
    if waiting.count() + len(new) > MAX_WAITING_ENTRIES:
        raise WaitingTooMuch(limit=MAX_WAITING_ENTRIES)
    WaitingEntry.objects.bulk_create(new)
    return [entry.pk for entry in entries]


@atomic_with_retry
def withdraw(*, actor: Actor, entry_id: int, now: datetime) -> None:
    """Take an entry off the waiting list; what is reserved for it goes to the next. Idempotent. Refuses an entry that is not hers."""
    me = require_reseller(actor)
    own = WaitingEntry.objects.filter(pk=entry_id, reseller_id=me.id)
    item_ids = list(own.values_list("item_id", flat=True))
    if not item_ids:
        raise NoSuchWaitingEntry(entry_id=entry_id)
    lock_items(item_ids=item_ids)
    if own.filter(ended_at=None).update(ended_at=now, end=WaitingEnd.WITHDRAWN.value):
        for row in Reservation.objects.select_for_update().filter(entry_id=entry_id, ended_at=None):
            end_reservation(row, actor=actor, now=now)


def _require_valid(lines: Sequence[WaitingLine]) -> None:
    places = {(line.item_id, line.source) for line in lines}
    is_valid = (
        0 < len(lines) <= MAX_LINES
        and len(places) == len(lines)
        and all(0 < line.units <= MAX_WAITING_UNITS and is_valid_source(line.source) for line in lines)
    )
    if not is_valid:
        raise InvalidWaiting(lines=MAX_LINES, units=MAX_WAITING_UNITS)


def _require_sold_out(line: WaitingLine, offer: Offer | None) -> Offer:
    """The offer of an item of which she can take nothing now, and could take the units once they are back."""
    if offer is None or offer.price_fen is None:
        raise shortfall_refusal(line.item_id, None, Shortfall.NO_SUCH_ITEM)
    if offer.phase is not Phase.LIVE:
        raise shortfall_refusal(line.item_id, offer, Shortfall.NOT_LIVE)
    if offer.draw_units:
        raise shortfall_refusal(line.item_id, offer, Shortfall.SOLD_OUT)
    if offer.item_limit is not None and line.units > offer.item_limit - offer.item_taken:
        raise shortfall_refusal(line.item_id, offer, Shortfall.OVER_ITEM_LIMIT)
    if offer.sale_limit is not None and line.units > offer.sale_limit - offer.sale_taken:
        raise shortfall_refusal(line.item_id, offer, Shortfall.OVER_SALE_LIMIT)
    terms = offer.quantity_terms
    counts_each = terms if terms is not None and terms.per_sku else None
    if counts_each is not None and not terms_allow_waiting(offer, line.units):
        raise NeverEnough(line.item_id, offer.description, line.units, counts_each.zh, counts_each.en)
    left = offer.available if counts_each is None else counts_each.last_units(offer.available)
    if left:
        raise NotSoldOut(item_id=line.item_id, item=offer.description, available=left)
    return offer
