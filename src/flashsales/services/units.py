"""What orders do to the units of sale items: hold, release and sell them, and reverse a sale.

`hold_units_sql` is a part of a statement, not a function that holds: orders adds its own inserts, so that one statement decrements the
available units and writes the order, or does neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from flashsales.rules import Offer, Phase, Shortfall, max_units_for
from flashsales.services.reserving import reserve_for_waiting
from flashsales.services.waiting_room import InWaitingRoom, NoTicket
from flashsales.sql import units as statements
from flashsales.sql.units import ChangedUnits
from inventory.rules import Move, MovementKind
from inventory.services.stock import NotEnoughStock, lock_and_read_free_units, move
from kernel.refusal import Conflict, Missing, Refusal


class SoldOut(Conflict):
    code = "flashsales.sold_out"
    zh = "手慢了：{item} 只剩 {available} 件"
    en = "Too late: {available} left of {item}"
    item_id: int
    item: str
    available: int


class OverLimit(Conflict):
    code = "flashsales.over_limit"
    zh = "超出限购：{item} 每人限 {limit} 件，您已有 {taken} 件，还可买 {available} 件"
    en = "Over the limit: {limit} of {item} each; you have {taken} and may take {available} more"
    item_id: int
    item: str
    limit: int
    taken: int
    available: int


class SaleNotLive(Conflict):
    code = "flashsales.not_live"
    zh = "专场「{title}」未开始或已结束"
    en = "The sale {title} has not started or has ended"
    sale_id: int
    title: str
    phase: str


class SaleOpensLaterForTier(SaleNotLive):
    """`opens_at`: when it opens for her tier (SALE-19)."""

    code = "flashsales.opens_later_for_tier"
    zh = "专场「{title}」{opens_at} 对您的等级开抢"
    en = "The sale {title} opens for your tier at {opens_at}"
    opens_at: datetime


class NoSuchItem(Missing):
    code = "flashsales.no_such_item"
    zh = "没有这件商品（{item_id}）"
    en = "There is no sale item {item_id}"
    item_id: int


class GivenOutByDraw(Conflict):
    """The units of the item wait for the draw of its sale, and can only be entered for (SALE-25)."""

    code = "flashsales.given_out_by_draw"
    zh = "{item} 由抽签分配，现在不能直接抢；请在抽签页报名，中签后再下单"
    en = "{item} is given out by a draw and cannot be grabbed now; enter the draw and order what you win"
    item_id: int
    item: str
    sale_id: int


@dataclass(frozen=True, slots=True)
class ItemUnits:
    """Units of one sale item that one order concerns."""

    item_id: int
    units: int


def hold_units_sql() -> str:
    """The common table expressions that hold units of sale items, for the statement of orders that also writes the order (ORDER-1).

    Before them: `requested_items(item_id, units)`. Parameters: `now`, `reseller`, and `opens_for`, the tier for which the sales must be
    open, or null where their windows decide (SALE-19). They yield `held(id, sale_id, sku_id, brand_id,
    price_list_id, markdown_ends_at)`; fewer rows than were requested mean that the caller must roll back.
    """
    return statements.HOLD_UNITS


def hold(*, reseller_id: int, lines: Sequence[ItemUnits], now: datetime) -> bool:
    """Hold units of items in live sales within her limits. Where it is False, the caller must roll back: some may have been held."""
    item_ids, units = _as_arrays(lines)
    held = statements.hold_units(item_ids=item_ids, units=units, reseller_id=reseller_id, now=now)
    return len(held) == len(set(item_ids))


def shortfall_refusal(item_id: int, offer: Offer | None, shortfall: Shortfall) -> Refusal:
    """The refusal that says why units of an item could not be held, with what is left or may still be taken."""
    if offer is None or shortfall is Shortfall.NO_SUCH_ITEM:
        return NoSuchItem(item_id=item_id)
    match shortfall:
        case Shortfall.NOT_LIVE if offer.room is not None:
            room = offer.room
            refusal = InWaitingRoom if room.admitted_from else NoTicket
            return refusal(room.wait_seconds, offer.sale_id, offer.sale_title, room.position)
        case Shortfall.NOT_LIVE if offer.opens_at is not None:
            return SaleOpensLaterForTier(offer.sale_id, offer.sale_title, offer.phase.value, offer.opens_at)
        case Shortfall.NOT_LIVE:
            return SaleNotLive(sale_id=offer.sale_id, title=offer.sale_title, phase=offer.phase.value)
        case Shortfall.OVER_ITEM_LIMIT:
            limit = offer.item_limit or 0
            max_units = max_units_for(available=offer.available, limits=[(limit, offer.item_taken)])
            return OverLimit(item_id, offer.description, limit, offer.item_taken, max_units)
        case Shortfall.OVER_SALE_LIMIT:
            limit = offer.sale_limit or 0
            return OverLimit(
                item_id, f"「{offer.sale_title}」", limit, offer.sale_taken, max(limit - offer.sale_taken, 0)
            )
        case _ if offer.draw_units:
            return GivenOutByDraw(item_id=item_id, item=offer.description, sale_id=offer.sale_id)
        case _:
            return SoldOut(item_id=item_id, item=offer.description, available=offer.available)


def require_live_sale(*, sale_id: int, title: str, at: datetime) -> None:
    """Lock a sale against its closing until the transaction ends; refuses one that is not live."""
    if not statements.lock_live_sale(sale_id=sale_id, at=at):
        raise SaleNotLive(sale_id=sale_id, title=title, phase=Phase.ENDED.value)


def release(*, reseller_id: int, lines: Sequence[ItemUnits], cause: str, actor: Actor, now: datetime) -> None:
    """Release held units: to the sale while it is not closed, else to free stock. In the sale they are reserved for who waits (SALE-13)."""
    changed = _release_or_sell(lines, held=-1, sold=0, returns_units=True)
    _lower_tallies(reseller_id, lines)
    _move(MovementKind.RETURN, [row for row in changed if not row.is_open], 0, -1, cause, actor, now)
    _reserve_returned(changed, now)


def unreserve(*, reseller_id: int, lines: Sequence[ItemUnits]) -> None:
    """Make units available again that are reserved for a reseller, for an order of hers that this transaction places.

    They are offered to nobody else: the items stay locked, and the caller reserves what the order leaves.
    """
    _release_or_sell(lines, held=-1, sold=0, returns_units=True)
    _lower_tallies(reseller_id, lines)


def sell(*, lines: Mapping[str, Sequence[ItemUnits]], actor: Actor, now: datetime) -> None:
    """Turn held units into sold ones; the SKUs' units on hand fall. `lines` by cause: the movements of several orders are told apart.

    One statement for any number of lines. The caller rolls back where it raises.
    """
    by_cause = [(cause, line) for cause, of_cause in lines.items() for line in of_cause]
    item_ids = [line.item_id for _, line in by_cause]
    counts = statements.sell_units(
        item_ids=item_ids,
        units=[line.units for _, line in by_cause],
        causes=[cause for cause, _ in by_cause],
        kind=MovementKind.SOLD.value,
        person_id=actor.person_id,
        now=now,
    )
    if counts.items != len(set(item_ids)) or counts.moved != counts.moves:
        raise LookupError(f"some sale items of {item_ids}, or their SKUs, do not exist")


def reverse_sale(
    *, reseller_id: int, lines: Sequence[ItemUnits], resellable: bool, cause: str, actor: Actor, now: datetime
) -> None:
    """Reverse the sale of units that were not shipped. `resellable`: the units exist and can be sold again; otherwise they are lost.

    Units that are on sale again are reserved for who waits for them (SALE-13).
    """
    changed = _release_or_sell(lines, held=0, sold=-1, returns_units=resellable)
    _lower_tallies(reseller_id, lines)
    if resellable:
        _move(MovementKind.CANCELLED, [row for row in changed if row.is_open], 1, 1, cause, actor, now)
        _move(MovementKind.CANCELLED, [row for row in changed if not row.is_open], 1, 0, cause, actor, now)
        _reserve_returned(changed, now)


@dataclass(frozen=True, slots=True)
class TakenUnits:
    """Units that left what the brand has; of them `units` came out of the sale item `item_id`, which is None where none did."""

    item_id: int | None
    units: int


def take_to_resend(*, sku_id: int, units: int, cause: str, actor: Actor, now: datetime) -> TakenUnits:
    """Take units of a SKU to send them to a customer again: free ones first, then available ones of its open sale (AFTER-18).

    The sale item is locked before the SKU, as a payment locks them. Raises NotEnoughStock where there are too few of both.
    """
    items = statements.lock_open_item(sku_id=sku_id)
    free_units = max(0, lock_and_read_free_units([sku_id])[sku_id])
    needed = max(0, units - free_units)
    item = next((each for each in items if each.available >= needed), None)
    if needed and item is None:
        raise NotEnoughStock
    if needed and item is not None:
        statements.take_out(item_id=item.item_id, units=needed)
    move(kind=MovementKind.RESENT, moves=[Move(sku_id, -units, -needed)], cause=cause, actor=actor, now=now)
    return TakenUnits(item.item_id if item is not None and needed else None, needed)


def _reserve_returned(changed: Sequence[ChangedUnits], now: datetime) -> None:
    reserve_for_waiting(item_ids=[row.item_id for row in changed if row.is_open], now=now)


def _release_or_sell(lines: Sequence[ItemUnits], *, held: int, sold: int, returns_units: bool) -> list[ChangedUnits]:
    item_ids, units = _as_arrays(lines)
    rows = statements.release_or_sell_units(
        item_ids=item_ids, units=units, held=held, sold=sold, returns_units=returns_units
    )
    if len(rows) != len(set(item_ids)):
        raise LookupError(f"some sale items of {item_ids} do not exist")
    return rows


def _lower_tallies(reseller_id: int, lines: Sequence[ItemUnits]) -> None:
    item_ids, units = _as_arrays(lines)
    statements.lower_tallies(item_ids=item_ids, units=units, reseller_id=reseller_id)


def _as_arrays(lines: Sequence[ItemUnits]) -> tuple[list[int], list[int]]:
    return [line.item_id for line in lines], [line.units for line in lines]


def _move(
    kind: MovementKind,
    rows: Sequence[ChangedUnits],
    on_hand: int,
    allotted: int,
    cause: str,
    actor: Actor,
    now: datetime,
) -> None:
    by_sku: dict[int, int] = {}
    for row in rows:
        by_sku[row.sku_id] = by_sku.get(row.sku_id, 0) + row.units
    moves = [Move(sku_id, on_hand * units, allotted * units) for sku_id, units in sorted(by_sku.items())]
    move(kind=kind, moves=moves, cause=cause, actor=actor, now=now)
