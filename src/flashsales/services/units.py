"""What orders do to the units of sale items: hold, release, sell, and take back.

Holding is no service of its own but the first part of the grab's one statement (`HOLD`), which orders completes with its own inserts:
one durable round trip decrements the stock and writes the order, or does neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from db import sql
from flashsales.models import ItemTally, Sale, SaleItem, SaleTally
from flashsales.rules import Phase, max_units_for
from flashsales.selectors.sales import sale_view
from inventory.rules import Move, MovementKind
from inventory.services.stock import move
from kernel.refusal import Conflict, Missing, Refusal


@dataclass(eq=False)
class SoldOut(Conflict):
    code = "flashsales.sold_out"
    zh = "手慢了：{item} 只剩 {available} 件"
    en = "Too late: {available} left of {item}"
    item_id: int
    item: str
    available: int


@dataclass(eq=False)
class OverLimit(Conflict):
    code = "flashsales.over_limit"
    zh = "超出限购：{item} 每人限 {limit} 件，您已有 {taken} 件，还可买 {available} 件"
    en = "Over the limit: {limit} of {item} each; you have {taken} and may take {available} more"
    item_id: int
    item: str
    limit: int
    taken: int
    available: int


@dataclass(eq=False)
class SaleNotLive(Conflict):
    code = "flashsales.not_live"
    zh = "专场「{title}」未开始或已结束"
    en = "The sale {title} has not started or has ended"
    sale_id: int
    title: str
    phase: str


@dataclass(eq=False)
class NoSuchItem(Missing):
    code = "flashsales.no_such_item"
    zh = "没有这件商品（{item_id}）"
    en = "There are no such goods ({item_id})"
    item_id: int


@dataclass(frozen=True, slots=True)
class ItemUnits:
    """Units of one sale item that one order concerns."""

    item_id: int
    units: int


HOLD_UNITS = """
    live AS MATERIALIZED (
        SELECT i.id, i.sale_id, i.sku_id, i.limit_units, w.units, s.brand_id, s.price_list_id,
               coalesce(s.markdown_ends_at, s.ends_at) AS markdown_ends_at,
               s.limit_units AS sale_limit
        FROM requested_items w
        JOIN flashsales_saleitem i ON i.id = w.item_id
        JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE s.state = 'published' AND s.starts_at <= %(now)s AND %(now)s < s.ends_at
        ORDER BY i.id
        FOR UPDATE OF i
    ), sale_tally AS (
        INSERT INTO flashsales_saletally AS t (sale_id, reseller_id, units)
        SELECT sale_id, %(reseller)s, sum(units) FROM live GROUP BY sale_id, sale_limit
        HAVING sale_limit IS NULL OR sum(units) <= sale_limit
        ORDER BY sale_id
        ON CONFLICT (sale_id, reseller_id) DO UPDATE SET units = t.units + excluded.units
        WHERE t.units + excluded.units <= coalesce(
            (SELECT s.limit_units FROM flashsales_sale s WHERE s.id = t.sale_id), 2147483647)
        RETURNING sale_id
    ), item_tally AS (
        INSERT INTO flashsales_itemtally AS t (item_id, reseller_id, units)
        SELECT id, %(reseller)s, units FROM live WHERE limit_units IS NULL OR units <= limit_units
        ORDER BY id
        ON CONFLICT (item_id, reseller_id) DO UPDATE SET units = t.units + excluded.units
        WHERE t.units + excluded.units <= coalesce(
            (SELECT i.limit_units FROM flashsales_saleitem i WHERE i.id = t.item_id), 2147483647)
        RETURNING item_id
    ), held AS (
        UPDATE flashsales_saleitem i SET available = i.available - l.units, held = i.held + l.units
        FROM live l
        WHERE i.id = l.id AND i.available >= l.units
          AND l.sale_id IN (SELECT sale_id FROM sale_tally) AND l.id IN (SELECT item_id FROM item_tally)
        RETURNING i.id, i.sale_id, i.sku_id, l.brand_id, l.price_list_id, l.markdown_ends_at
    )
"""
"""Common table expressions that hold units. Before it: `requested_items(item_id, units)`. Parameters: `now`, `reseller`.

Gives `held(id, sale_id, sku_id, brand_id, price_list_id, markdown_ends_at)`: fewer rows than were requested means that the caller
must roll back.
Rows are locked in the order of their ids, so two grabs of the same items wait for each other instead of dying in each other's arms."""


def explain_failed_hold(*, reseller_id: int, requested: Sequence[ItemUnits], at: datetime) -> Refusal | None:
    """Why units could not be held, naming the goods and how many are left; None where nothing stands against it any more."""
    for each in requested:
        item = SaleItem.objects.select_related("sku__style").filter(pk=each.item_id).first()
        if item is None:
            return NoSuchItem(item_id=each.item_id)
        row = Sale.objects.select_related("brand").get(pk=item.sale_id)
        phase = sale_view(row, at=at).phase
        if phase is not Phase.LIVE:
            return SaleNotLive(sale_id=row.pk, title=row.title, phase=phase.value)
        name = f"{item.sku.style.style_no} {item.sku.colour} {item.sku.size}"
        if item.available < each.units:
            return SoldOut(item_id=item.pk, item=name, available=item.available)
        mine = ItemTally.objects.filter(item=item, reseller_id=reseller_id).first()
        taken = mine.units if mine else 0
        if item.limit_units is not None and taken + each.units > item.limit_units:
            left = max_units_for(available=item.available, limits=[(item.limit_units, taken)])
            return OverLimit(item_id=item.pk, item=name, limit=item.limit_units, taken=taken, available=left)
    return _over_sale_limit(reseller_id, requested)


def _over_sale_limit(reseller_id: int, wanted: Sequence[ItemUnits]) -> Refusal | None:
    units = {each.item_id: each.units for each in wanted}
    by_sale: dict[int, int] = {}
    first_item: dict[int, int] = {}
    for item_id, sale_id in SaleItem.objects.filter(pk__in=units).values_list("pk", "sale_id"):
        by_sale[sale_id] = by_sale.get(sale_id, 0) + units[item_id]
        first_item.setdefault(sale_id, item_id)
    for row in Sale.objects.filter(pk__in=by_sale).exclude(limit_units=None):
        assert row.limit_units is not None
        mine = SaleTally.objects.filter(sale=row, reseller_id=reseller_id).first()
        taken = mine.units if mine else 0
        if taken + by_sale[row.pk] > row.limit_units:
            left = max(row.limit_units - taken, 0)
            return OverLimit(
                item_id=first_item[row.pk], item=f"「{row.title}」", limit=row.limit_units, taken=taken, available=left
            )
    return None


def release(*, reseller_id: int, lines: Sequence[ItemUnits], cause: str, actor: Actor, now: datetime) -> None:
    """Give held units back: to the sale while it is not closed, else to free stock."""
    shifted = _shift(lines, held=-1, sold=0, back=True)
    _lower_tallies(reseller_id, lines)
    _move(MovementKind.RETURN, [row for row in shifted if not row.open], 0, -1, cause, actor, now)


def sell(*, lines: Sequence[ItemUnits], cause: str, actor: Actor, now: datetime) -> None:
    """Turn held units into sold ones: they leave what the brand has on hand."""
    shifted = _shift(lines, held=-1, sold=1, back=False)
    _move(MovementKind.SOLD, shifted, -1, -1, cause, actor, now)


def reverse_sale(
    *, reseller_id: int, lines: Sequence[ItemUnits], resellable: bool, cause: str, actor: Actor, now: datetime
) -> None:
    """Take back sold units that were not shipped. `there`: the goods exist and can be sold again; else they are gone for good."""
    shifted = _shift(lines, held=0, sold=-1, back=resellable)
    _lower_tallies(reseller_id, lines)
    if resellable:
        _move(MovementKind.CANCELLED, [row for row in shifted if row.open], 1, 1, cause, actor, now)
        _move(MovementKind.CANCELLED, [row for row in shifted if not row.open], 1, 0, cause, actor, now)


@dataclass(frozen=True, slots=True)
class _Shifted:
    sku_id: int
    units: int
    open: bool


# The sale is locked in share mode, so that it is either closed before (and the units go to free stock) or after (and takes them along).
_SHIFT = """
WITH lines AS (
    SELECT item_id, sum(units)::int AS units
    FROM unnest(%(items)s::bigint[], %(units)s::int[]) AS l(item_id, units) GROUP BY 1
), sales AS MATERIALIZED (
    SELECT s.id, s.closed_at IS NULL AS open FROM flashsales_sale s
    WHERE s.id IN (SELECT i.sale_id FROM flashsales_saleitem i JOIN lines l ON l.item_id = i.id)
    ORDER BY s.id FOR SHARE
), locked AS MATERIALIZED (
    SELECT i.id, l.units, s.open FROM flashsales_saleitem i JOIN lines l ON l.item_id = i.id JOIN sales s ON s.id = i.sale_id
    ORDER BY i.id FOR UPDATE OF i
)
UPDATE flashsales_saleitem i
SET held = i.held + %(held)s * l.units,
    sold = i.sold + %(sold)s * l.units,
    available = i.available + CASE WHEN %(back)s AND l.open THEN l.units ELSE 0 END,
    returned = i.returned + CASE WHEN %(back)s AND NOT l.open THEN l.units ELSE 0 END,
    allotted = i.allotted + (%(held)s + %(sold)s) * l.units + CASE WHEN %(back)s AND l.open THEN l.units ELSE 0 END
FROM locked l WHERE i.id = l.id
RETURNING i.sku_id, l.units, l.open
"""

_LOWER = """
WITH lines AS (
    SELECT item_id, sum(units)::int AS units
    FROM unnest(%(items)s::bigint[], %(units)s::int[]) AS l(item_id, units) GROUP BY 1
), items AS (
    UPDATE flashsales_itemtally t SET units = t.units - l.units
    FROM lines l WHERE t.item_id = l.item_id AND t.reseller_id = %(reseller)s
), sales AS (
    SELECT i.sale_id, sum(l.units)::int AS units FROM lines l JOIN flashsales_saleitem i ON i.id = l.item_id GROUP BY 1
)
UPDATE flashsales_saletally t SET units = t.units - s.units
FROM sales s WHERE t.sale_id = s.sale_id AND t.reseller_id = %(reseller)s
"""


def _shift(lines: Sequence[ItemUnits], *, held: int, sold: int, back: bool) -> list[_Shifted]:
    rows = sql.rows(_SHIFT, _as_arrays(lines) | {"held": held, "sold": sold, "back": back})
    assert len(rows) == len({line.item_id for line in lines}), "a sale item is missing"
    return [_Shifted(**row) for row in rows]


def _lower_tallies(reseller_id: int, lines: Sequence[ItemUnits]) -> None:
    sql.execute(_LOWER, _as_arrays(lines) | {"reseller": reseller_id})


def _as_arrays(lines: Sequence[ItemUnits]) -> dict[str, object]:
    return {"items": [line.item_id for line in lines], "units": [line.units for line in lines]}


def _move(
    kind: MovementKind, rows: Sequence[_Shifted], on_hand: int, allotted: int, cause: str, actor: Actor, now: datetime
) -> None:
    by_sku: dict[int, int] = {}
    for row in rows:
        by_sku[row.sku_id] = by_sku.get(row.sku_id, 0) + row.units
    moves = [Move(sku_id, on_hand * units, allotted * units) for sku_id, units in sorted(by_sku.items())]
    move(kind=kind, moves=moves, cause=cause, actor=actor, now=now)
