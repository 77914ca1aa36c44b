"""The draw of scarce goods: ops mark them in a draft, resellers enter, and a job draws and gives their units out (SALE-25)."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from accounts.rules import SYSTEM, Actor, Role, require_roles
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.models import Draw, DrawEntry, Sale, SaleItem, WaitingRoom
from flashsales.rules import Phase, SaleState
from flashsales.rules.draw import (
    DEFAULT_ORDER_MINUTES,
    MAX_DRAWN_ITEMS,
    MAX_ENTRY_MINUTES,
    MAX_ORDER_MINUTES,
    MIN_ENTRY,
    MIN_ORDER_MINUTES,
    SOURCE,
    Drawn,
    award,
    can_be_drawn,
    commitment_to,
    digest_of_entries,
    rank_entries,
)
from flashsales.rules.head_start import opens_to_all_at
from flashsales.selectors.offers import get_offers, read_quantity_terms
from flashsales.services.locking import lock_draft, record_change
from flashsales.services.reserving import reserve_for_waiting
from flashsales.services.units import NoSuchItem, OverLimit, SaleNotLive
from flashsales.services.waiting_room import DrawWithWaitingRoom
from flashsales.sql import draws as statements
from flashsales.sql.waiting import lock_items, lock_items_of_sale
from jobs.batches import run_each
from kernel.refusal import Conflict, Invalid, Missing
from membership.selectors.people import require_buyer, require_reseller

_MAX_EVENTS = 1000


class InvalidDraw(Invalid):
    code = "flashsales.invalid_draw"
    zh = "报名分钟数须为 0 至 {max_entry}，下单分钟数须为 {min_order} 至 {max_order}"
    en = "Entries close 0 to {max_entry} minutes after the opening, and winners have {min_order} to {max_order} minutes"
    max_entry: int = MAX_ENTRY_MINUTES
    min_order: int = MIN_ORDER_MINUTES
    max_order: int = MAX_ORDER_MINUTES


class NothingToDraw(Invalid):
    code = "flashsales.nothing_to_draw"
    zh = "请写明抽签的款号或条码，最多 {max_items} 个 SKU"
    en = "Name the style numbers or barcodes that are drawn, of at most {max_items} SKUs"
    max_items: int = MAX_DRAWN_ITEMS


class UnknownGoods(Invalid):
    code = "flashsales.unknown_drawn_goods"
    zh = "专场里没有这些款号或条码：{codes_text}"
    en = "The sale has no goods with these style numbers or barcodes: {codes_text}"
    codes: list[str]
    codes_text: str


class TermsNotDrawable(Conflict):
    code = "flashsales.terms_not_drawable"
    zh = "按整手或混码起批的款不能抽签，中签的一个尺码没法单独下单：{goods}"
    en = "Goods that are ordered in packs or with sizes mixed cannot be drawn, a size that is won could not be ordered: {goods}"
    goods: str


class NoTimeToEnter(Conflict):
    code = "flashsales.no_time_to_enter"
    zh = "抽签报名从预告到截止至少要 {minutes} 分钟，请把预告提前，或延长报名"
    en = "Resellers may enter the draw for at least {minutes} minutes from the preview on; begin it earlier, or let entries close later"
    minutes: int = MIN_ENTRY // timedelta(minutes=1)


class NoTimeToOrder(Conflict):
    code = "flashsales.no_time_to_order"
    zh = "抽签后到专场结束不够 {minutes} 分钟下单，请让报名早点截止，或缩短下单时间"
    en = "The sale ends before winners have their {minutes} minutes; let entries close earlier, or give them less time"
    minutes: int


class NotDrawn(Conflict):
    code = "flashsales.not_drawn"
    zh = "{item} 不用抽签，开抢后可以直接抢"
    en = "{item} is not given out by a draw; grab it when the sale is open"
    item_id: int
    item: str


class NotTakingEntries(Conflict):
    """`opens_at` and `closes_at` are the times between which entries were or are taken."""

    code = "flashsales.not_taking_entries"
    zh = "{item} 的抽签不在报名时间"
    en = "The draw of {item} takes no entries now"
    item_id: int
    item: str
    opens_at: datetime
    closes_at: datetime


class InvalidEntryUnits(Invalid):
    code = "flashsales.invalid_entry_units"
    zh = "{item} 报名件数须为 1 至 {max_units} 件，且符合起批要求"
    en = "Enter for 1 to {max_units} units of {item}, in the quantities in which it is ordered"
    item_id: int
    item: str
    max_units: int


class NoSuchDrawEntry(Missing):
    code = "flashsales.no_such_draw_entry"
    zh = "没有这条抽签报名（{number}）"
    en = "There is no entry {number} of yours in a draw"
    number: int


@atomic_with_retry
def set_draw(
    *,
    actor: Actor,
    sale_id: int,
    entry_minutes: int | None,
    order_minutes: int = DEFAULT_ORDER_MINUTES,
    codes: Collection[str] = (),
    now: datetime,
) -> None:
    """Let the goods of a draft that style numbers or barcodes name be given out by a draw; (None) takes the draw back.

    Entries close `entry_minutes` after the opening for all. Refuses a sale that is no draft or has a waiting room, goods that it does
    not have, and goods of which a size cannot be ordered by itself.
    """
    require_roles(actor, Role.OPS)
    lock_draft(sale_id)
    items = SaleItem.objects.filter(sale_id=sale_id)
    items.filter(is_drawn=True).update(is_drawn=False)
    if entry_minutes is None:
        Draw.objects.filter(sale_id=sale_id).delete()
        record_change(actor, "set_draw", sale_id, {"entry_minutes": None}, now)
        return
    if not (0 <= entry_minutes <= MAX_ENTRY_MINUTES and MIN_ORDER_MINUTES <= order_minutes <= MAX_ORDER_MINUTES):
        raise InvalidDraw
    if WaitingRoom.objects.filter(sale_id=sale_id).exists():
        raise DrawWithWaitingRoom
    found = statements.find_items_by_codes(sale_id=sale_id, codes=sorted(set(codes)))
    if found.unknown:
        raise UnknownGoods(codes=found.unknown, codes_text="、".join(found.unknown))
    if not 0 < len(found.item_ids) <= MAX_DRAWN_ITEMS:
        raise NothingToDraw
    items.filter(pk__in=found.item_ids).update(is_drawn=True)
    _require_drawable(sale_id, now)
    times = {"entry_minutes": entry_minutes, "order_minutes": order_minutes}
    Draw.objects.update_or_create(sale_id=sale_id, defaults=times)
    record_change(actor, "set_draw", sale_id, {**times, "skus": len(found.item_ids)}, now)


def open_draw(row: Sale, *, now: datetime) -> None:
    """At the publication of a sale, hold the units that its draw gives out, and commit to a seed. Its items have their units."""
    draw = Draw.objects.filter(sale=row).first()
    if draw is None:
        return
    draw.opens_at, draw.closes_at = _times(row, draw, now)
    if refusal := _time_refusal(row, draw, now):
        raise refusal
    _require_drawable(row.pk, now)
    # Sizes that were added to a style which is drawn as a whole are drawn with it, and are counted only here.
    if not 0 < statements.hold_for_draw(sale_id=row.pk) <= MAX_DRAWN_ITEMS:
        raise NothingToDraw
    draw.seed = secrets.token_hex(32)
    draw.commitment = commitment_to(draw.seed)
    draw.save(update_fields=["opens_at", "closes_at", "seed", "commitment"])


def check_draw_times(*, sale_id: int, now: datetime) -> NoTimeToEnter | NoTimeToOrder | None:
    """Why a draft could not be published now because of the times of its draw, if that is so."""
    draw = Draw.objects.select_related("sale").filter(pk=sale_id, sale__state=SaleState.DRAFT.value).first()
    return None if draw is None else _time_refusal(draw.sale, draw, now)


def _times(row: Sale, draw: Draw, now: datetime) -> tuple[datetime, datetime]:
    """From when until when entries are taken in a sale that is published now."""
    closes_at = opens_to_all_at(row.starts_at, row.opening_delays) + timedelta(minutes=draw.entry_minutes)
    return max(row.preview_at, now), closes_at


def _time_refusal(row: Sale, draw: Draw, now: datetime) -> NoTimeToEnter | NoTimeToOrder | None:
    opens_at, closes_at = _times(row, draw, now)
    if closes_at - opens_at < MIN_ENTRY:
        return NoTimeToEnter()
    if closes_at + timedelta(minutes=draw.order_minutes) > row.ends_at:
        return NoTimeToOrder(minutes=draw.order_minutes)
    return None


def require_drawable_styles(*, style_ids: Collection[int], now: datetime) -> None:
    """Refuse the quantity terms that these styles have now, where a size of a sale that is not over is drawn and could not be ordered."""
    items = SaleItem.objects.filter(style_id__in=style_ids, is_drawn=True, sale__closed_at=None)
    sales = items.exclude(sale__state=SaleState.CANCELLED.value).order_by("sale_id").values_list("sale_id", flat=True)
    for sale_id in sales.distinct():
        _require_drawable(sale_id, now)


@atomic_with_retry
def enter(*, actor: Actor, item_id: int, units: int, now: datetime) -> int:
    """Enter the draw of an item, or change the units of the entry that she has; its number. It costs nothing and orders nothing.

    Refuses goods that are not drawn or not sold to her tier, a draw that takes no entries now, and units beyond her purchase limits, the
    units that are drawn or the quantity terms. Her place in a waiting room is not asked for.
    """
    buyer = require_buyer(actor, now)
    found = SaleItem.objects.filter(pk=item_id, sale__state=SaleState.PUBLISHED.value).first()
    if found is None or not statements.lock_draw_to_enter(sale_id=found.sale_id):
        raise NoSuchItem(item_id=item_id)
    # Read under the lock: what is drawn or called off from now on waits for this entry.
    offer = get_offers(item_ids=[item_id], tier=buyer.tier.value, reseller_id=buyer.id, at=now)[item_id]
    if offer.price_fen is None:
        raise NoSuchItem(item_id=item_id)
    draw = Draw.objects.get(sale_id=found.sale_id)
    if not found.is_drawn:
        raise NotDrawn(item_id=item_id, item=offer.description)
    if offer.phase not in (Phase.PREVIEW, Phase.LIVE):
        raise SaleNotLive(sale_id=offer.sale_id, title=offer.sale_title, phase=offer.phase.value)
    _require_taking_entries(draw, item_id, offer.description, is_held=offer.draw_units > 0, now=now)
    terms = offer.quantity_terms
    if not 1 <= units <= found.planned or (terms is not None and not terms.allows(units)):
        raise InvalidEntryUnits(item_id=item_id, item=offer.description, max_units=found.planned)
    for limit, taken in ((offer.item_limit, offer.item_taken), (offer.sale_limit, offer.sale_taken)):
        if limit is not None and units > limit - taken:
            raise OverLimit(item_id, offer.description, limit, taken, max(limit - taken, 0))
    return statements.write_entry(sale_id=found.sale_id, item_id=item_id, reseller_id=buyer.id, units=units, now=now)


@atomic_with_retry
def withdraw_entry(*, actor: Actor, number: int, now: datetime) -> None:
    """Take her entry out of a draw that still takes entries. Idempotent. Refuses an entry that is not hers."""
    me = require_reseller(actor)
    row = DrawEntry.objects.filter(pk=number, reseller_id=me.id).first()
    if row is None:
        raise NoSuchDrawEntry(number=number)
    statements.lock_draw_to_enter(sale_id=row.draw_id)
    row.refresh_from_db()
    if row.withdrawn_at is not None:
        return
    item = SaleItem.objects.select_related("sku__style").get(pk=row.item_id)
    name = " ".join(filter(None, (item.sku.style.style_no, item.sku.colour, item.sku.size)))
    draw = Draw.objects.get(pk=row.draw_id)
    _require_taking_entries(draw, row.item_id, name, is_held=item.draw_units > 0, now=now)
    DrawEntry.objects.filter(pk=number).update(withdrawn_at=now)


def hold_draws(*, now: datetime) -> int:
    """Draw what is due, and give the units out; how many draws and items. It may run at any time, repeatedly and concurrently.

    The order is drawn in one transaction for the whole sale; then the units of each item are given out in one of its own. What a worker
    leaves undone in between, the next one does.
    """
    due = Draw.objects.filter(drawn_at=None, closes_at__lte=now, sale__closed_at=None).order_by("closes_at")
    drawn = run_each(lambda sale_id: _draw(sale_id, now), list(due.values_list("pk", flat=True)), job="flashsales.draw")
    waiting = SaleItem.objects.filter(draw_units__gt=0, sale__draw__drawn_at__isnull=False, sale__closed_at=None)
    items = list(waiting.order_by("pk").values_list("pk", flat=True))
    return drawn + run_each(lambda item_id: _give_out(item_id, now), items, job="flashsales.give_out")


def call_off_draw(row: Sale, *, now: datetime) -> None:
    """Make the units available that wait for the draw of a sale which ends now, so that they return; tell those who entered."""
    if not statements.lock_draw(sale_id=row.pk):
        return
    # All of them, since the caller changes others too, and a grab locks several in this order.
    lock_items_of_sale(sale_id=row.pk)
    item_ids = list(SaleItem.objects.filter(sale=row, draw_units__gt=0).order_by("pk").values_list("pk", flat=True))
    if not item_ids:
        return
    statements.release_from_draw(item_ids=item_ids)
    entries = DrawEntry.objects.filter(item__in=item_ids, withdrawn_at=None).select_related("item__sku__style")
    drafts = []
    for entry in entries.order_by("pk"):
        sku = entry.item.sku
        goods = " ".join(filter(None, (sku.style.style_no, sku.colour, sku.size)))
        drafts.append(_event(EventKind.DRAW_CALLED_OFF, entry.pk, entry.reseller_id, goods=goods, sale_id=row.pk))
    _publish(drafts, now)


@atomic_with_retry
def _draw(sale_id: int, now: datetime) -> bool:
    """Fix the order of all entries of a sale and let its seed be known; False where that is done, or its sale is over."""
    statements.lock_draw(sale_id=sale_id)
    draw = Draw.objects.select_related("sale").get(pk=sale_id)
    is_over = (
        draw.sale.closed_at is not None or draw.sale.state != SaleState.PUBLISHED.value or draw.sale.ends_at <= now
    )
    if is_over or draw.drawn_at is not None or draw.closes_at is None or draw.closes_at > now:
        return False
    entries = statements.find_drawn(sale_id=sale_id)
    ranks = rank_entries(entries, seed=draw.seed)
    statements.write_ranks(numbers=list(ranks), ranks=list(ranks.values()))
    draw.drawn_at, draw.entries_digest = now, digest_of_entries(entries)
    draw.save(update_fields=["drawn_at", "entries_digest"])
    record_change(SYSTEM, "draw", sale_id, {"entries": len(entries)}, now)
    return True


@atomic_with_retry
def _give_out(item_id: int, now: datetime) -> bool:
    """Reserve the units of a drawn item for its entries in their order; the rest is available. False where that is done."""
    lock_items(item_ids=[item_id])
    item = SaleItem.objects.select_related("sale").get(pk=item_id)
    if not item.draw_units or item.sale.closed_at is not None or item.sale.ends_at <= now:
        return False
    ranked = statements.find_ranked(item_id=item_id)
    statements.insert_waiting_entries(item_id=item_id, source=SOURCE)
    statements.release_from_draw(item_ids=[item_id])
    while reserve_for_waiting(item_ids=[item_id], now=now):  # One reading of the queue sees a part of a long one.
        continue
    got = {each.number: each.units for each in statements.find_reserved(item_id=item_id)}
    drawn = [Drawn(row.number, row.item_id, row.units) for row in ranked]
    terms = read_quantity_terms(ranked[0].quantity_terms) if ranked else None
    won = award(item.draw_units, drawn, got, terms=terms)
    statements.write_won(
        numbers=[each.number for each in won],
        won_units=[each.units for each in won],
        limit_units=[each.limit_units for each in won],
    )
    drafts = []
    for row, each in zip(ranked, won, strict=True):
        if not each.units:
            kind = EventKind.DRAW_NOT_WON if each.limit_units is None else EventKind.DRAW_PASSED_OVER
            data = {"goods": row.goods, "rank": row.rank, "sale_id": item.sale_id}
            drafts.append(_event(kind, row.number, row.reseller_id, **data))
    _publish(drafts, now)
    return True


def _event(kind: EventKind, number: int, reseller_id: int, **data: Any) -> EventDraft:
    return EventDraft(kind, number, reseller_id=reseller_id, data=data)


def _publish(drafts: list[EventDraft], now: datetime) -> None:
    for first in range(0, len(drafts), _MAX_EVENTS):
        publish(drafts[first : first + _MAX_EVENTS], now=now)


def _require_taking_entries(draw: Draw, item_id: int, name: str, *, is_held: bool, now: datetime) -> None:
    if draw.opens_at is None or draw.closes_at is None:
        raise NoSuchItem(item_id=item_id)
    if draw.drawn_at is not None or not is_held or not draw.opens_at <= now < draw.closes_at:
        raise NotTakingEntries(item_id=item_id, item=name, opens_at=draw.opens_at, closes_at=draw.closes_at)


def _require_drawable(sale_id: int, now: datetime) -> None:
    """Refuse marked goods of which a size cannot be ordered by itself."""
    rows = statements.find_drawn_items(sale_id=sale_id, reseller_id=None, at=now)
    bound = sorted({row.style_no for row in rows if not can_be_drawn(read_quantity_terms(row.quantity_terms))})
    if bound:
        raise TermsNotDrawable(goods="、".join(bound[:20]))
