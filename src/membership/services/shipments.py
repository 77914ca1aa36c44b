"""Growth of shipped goods, settled for many orders in a number of statements that does not grow with them (GROWTH-6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kernel.period import month_of, month_period
from membership.models import GrowthEntry, MonthRollover, Reseller
from membership.rules.tiers import GrowthKind, Tier
from membership.selectors.histories import tier_tables
from membership.services.growth import OrderGrowth, order_growth_of, settle_shipment
from membership.services.growth_entries import record_tier_change, tiers_reached
from membership.services.rollover import delay_rollover_until_commit, roll_over_member
from membership.sql.growth import add_pending_to_months, claim_causes, save_growth


@dataclass(frozen=True, slots=True)
class ShippedAmount:
    """What a reseller paid for goods of one order that were shipped. `shipment` identifies the shipment, which counts once."""

    reseller_id: int
    order_id: int
    shipment: str
    amount_fen: int


@transaction.atomic
def settle_shipments(*, shipped: Sequence[ShippedAmount], now: datetime) -> None:
    """Settle the growth of many shipments, at most one per order, as `settle_shipment` does for one.

    Goods that were paid in an earlier month than the member is in are settled one by one: her earlier months are evaluated again then.
    """
    members = _lock_members({each.reseller_id for each in shipped}, now)
    growth_of = _load_order_growth({each.order_id for each in shipped})
    fresh: list[tuple[ShippedAmount, OrderGrowth]] = []
    for each in shipped:
        order = growth_of.get(each.order_id)
        if order is None:
            continue
        if order.purchase.month < members[each.reseller_id].rolled_over_through:
            settle_shipment(
                reseller_id=each.reseller_id,
                order_id=each.order_id,
                shipment=each.shipment,
                amount_fen=each.amount_fen,
                now=now,
            )
        else:
            fresh.append((each, order))
    if fresh:
        _settle_of_present_month(fresh, now)


def _settle_of_present_month(fresh: Sequence[tuple[ShippedAmount, OrderGrowth]], now: datetime) -> None:
    claimed = claim_causes([_cause(each) for each, _ in fresh])
    # Their rows are read again: those that were settled one by one have changed.
    members = _lock_members({each.reseller_id for each, _ in fresh}, now)
    before = {pk: Tier(row.tier) for pk, row in members.items()}
    entries, of_months = [], dict[tuple[int, date], int]()
    for each, order in fresh:
        if _cause(each) not in claimed:
            continue
        if not 0 <= each.amount_fen <= order.unshipped_fen:
            raise ValueError(
                f"{each.shipment} ships {each.amount_fen} fen of order {each.order_id}, which has {order.unshipped_fen} to ship"
            )
        row, pending = members[each.reseller_id], -order.pending_share(each.amount_fen)
        at = max(now, month_period(row.rolled_over_through).starts_at, row.last_entry_at or now)
        row.pending_milli, row.last_entry_at = row.pending_milli + pending, at
        key = (row.pk, order.purchase.month)
        of_months[key] = of_months.get(key, 0) + pending
        entries.append(_entry(row, each, order, pending, at))
    GrowthEntry.objects.bulk_create(entries)
    add_pending_to_months(of_months)
    reached = tiers_reached(list(members.values()), tier_tables())
    for row in members.values():
        row.tier = max(before[row.pk], reached[row.pk])
    save_growth(
        {row.pk: (row.pending_milli, row.last_entry_at, row.tier) for row in members.values()},
    )
    for row in members.values():
        if row.tier != before[row.pk] and row.last_entry_at is not None:
            record_tier_change(row, before[row.pk], row.last_entry_at)


def _entry(row: Reseller, each: ShippedAmount, order: OrderGrowth, pending_milli: int, at: datetime) -> GrowthEntry:
    return GrowthEntry(
        at=at,
        reseller=row,
        month=order.purchase.month,
        kind=GrowthKind.SHIPMENT,
        milli=0,
        pending_milli=pending_milli,
        cause=_cause(each),
        order_id=each.order_id,
        amount_fen=each.amount_fen,
    )


def _cause(each: ShippedAmount) -> str:
    return f"shipment/{each.shipment}"


def _lock_members(reseller_ids: Collection[int], now: datetime) -> dict[int, Reseller]:
    """The rows of members by id, locked in the order of their ids, with all roll-overs carried out that are due."""
    delay_rollover_until_commit(now)
    rows = Reseller.objects.select_for_update(no_key=True).filter(pk__any_of=reseller_ids).order_by("pk")
    members = {row.pk: row for row in rows}
    rollovers = list(MonthRollover.objects.order_by("month").values_list("month", "done_through_id"))
    for row in members.values():
        done = [month for month, through_id in rollovers if through_id >= row.pk]
        row.rolled_over_through = max([row.rolled_over_through, *done])
        if row.rolled_over_through < month_of(now):
            roll_over_member(row, month_of(now))
    return members


def _load_order_growth(order_ids: Collection[int]) -> dict[int, OrderGrowth]:
    """What the ledger holds of each order that gave growth."""
    rows: dict[int, list[GrowthEntry]] = {}
    for row in GrowthEntry.objects.filter(order_id__any_of=order_ids):
        if row.order_id is not None:
            rows.setdefault(row.order_id, []).append(row)
    found = {order_id: order_growth_of(entries) for order_id, entries in rows.items()}
    return {order_id: growth for order_id, growth in found.items() if growth is not None}
