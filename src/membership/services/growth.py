"""Growth of orders: given for paid goods, settled with shipments, taken back with refunds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kernel.period import month_of
from kernel.refusal import Conflict
from membership.models import GrowthEntry, InvitationReward, Reseller
from membership.rules.invitations import RewardState
from membership.rules.tiers import (
    GrowthKind,
    Tier,
    TierTable,
    growth_of,
    growth_to_take_back,
    pending_to_settle,
    table_in_force,
    whole_growth,
)
from membership.selectors.histories import tier_tables
from membership.selectors.people import invitation_terms
from membership.services.growth_entries import (
    GrowthView,
    Purchase,
    add_growth_entry,
    add_purchases,
    current_growth_view,
    lock_member,
)
from membership.services.rewards import await_reward, move_reward, rewarded_inviter


class NothingToTakeBack(Conflict):
    code = "membership.nothing_to_take_back"
    zh = "订单 {order_id} 没有这么多成长值可以收回（¥{amount}）"
    en = "Order {order_id} did not give growth for ¥{amount} that could be taken back"
    order_id: int
    amount_fen: int


@transaction.atomic
def credit_purchase(*, reseller_id: int, order_id: int, amount_fen: int, now: datetime) -> GrowthView:
    """Give growth for a paid order: `credit_purchases` with one."""
    return credit_purchases(reseller_id=reseller_id, amounts_fen={order_id: amount_fen}, now=now)


@transaction.atomic
def credit_purchases(*, reseller_id: int, amounts_fen: Mapping[int, int], now: datetime) -> GrowthView:
    """Give growth for orders that were paid together, once per order (GROWTH-1, GROWTH-2). `amounts_fen` by the id of the order.

    Until its goods are shipped the growth is pending: it raises her by one step at most (GROWTH-6).
    """
    for amount_fen in amounts_fen.values():
        _require_amount(amount_fen)
    reseller = lock_member(reseller_id, now)
    tables, before = tier_tables(), Tier(reseller.tier)
    table = table_in_force(tables, month_of(now))
    purchases = [
        Purchase(order_id, amount_fen, growth_of(amount_fen, table)) for order_id, amount_fen in amounts_fen.items()
    ]
    if month_of(now) == reseller.rolled_over_through:
        entered = add_purchases(reseller, purchases, tables=tables, now=now)
    else:
        entered = [each for each in purchases if _enter_late_purchase(reseller, each, tables, now)]
    _await_first_reward(reseller, entered, now)
    milli = sum(each.milli for each in entered)
    return GrowthView(reseller.pk, before, Tier(reseller.tier), whole_growth(reseller.growth_milli), milli)


def _enter_late_purchase(reseller: Reseller, purchase: Purchase, tables: Sequence[TierTable], now: datetime) -> bool:
    """Enter a purchase of a month that was already rolled over, which is evaluated again; whether it was not entered before."""
    view = add_growth_entry(
        reseller,
        kind=GrowthKind.PURCHASE,
        milli=purchase.milli,
        pending_milli=purchase.milli,
        month=month_of(now),
        tables=tables,
        cause=f"order/{purchase.order_id}",
        now=now,
        order_id=purchase.order_id,
        amount_fen=purchase.amount_fen,
    )
    return bool(view.given_milli)


def _await_first_reward(reseller: Reseller, purchases: Sequence[Purchase], now: datetime) -> None:
    """Let the inviter's reward wait for the first of these orders that is large enough; a reward waits for one order."""
    first = next(
        (each for each in purchases if each.milli and each.amount_fen >= invitation_terms().min_order_fen), None
    )
    if first is not None:
        await_reward(reseller, order_id=first.order_id, paid_fen=first.amount_fen, now=now)


@transaction.atomic
def settle_shipment(*, reseller_id: int, order_id: int, shipment: str, amount_fen: int, now: datetime) -> GrowthView:
    """Settle the growth of goods that were shipped: it is no longer pending, and the tier that it reaches holds at once (GROWTH-6).

    `shipment` identifies the shipment, which counts once; `amount_fen` is what she paid for the goods in it.
    """
    reseller = lock_member(reseller_id, now)
    cause = f"shipment/{shipment}"
    order = _order_growth(reseller, order_id)
    if order is None or GrowthEntry.objects.filter(reseller=reseller, order_id=order_id, cause=cause).exists():
        # An order that cost nothing gave no growth; and a shipment counts once.
        return current_growth_view(reseller)
    if not 0 <= amount_fen <= order.unshipped_fen:
        raise ValueError(f"{cause} ships {amount_fen} fen of order {order_id}, which has {order.unshipped_fen} to ship")
    return add_growth_entry(
        reseller,
        kind=GrowthKind.SHIPMENT,
        milli=0,
        pending_milli=-order.pending_share(amount_fen),
        month=order.purchase.month,
        cause=cause,
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )


@transaction.atomic
def take_back(
    *, reseller_id: int, order_id: int, refund_id: int, amount_fen: int, kind: GrowthKind, now: datetime
) -> GrowthView:
    """Take back exactly the growth that the refunded part of an order gave, once per refund (GROWTH-3).

    `kind`: a CANCELLATION before shipping counts for tiers as if the goods had never been bought, at once; after a SHORTAGE of the brand
    and a REFUND of shipped goods her tier follows at the monthly roll-over. Refuses more than was paid for the order, or not yet shipped.
    """
    _require_amount(amount_fen)
    if kind not in (GrowthKind.CANCELLATION, GrowthKind.SHORTAGE, GrowthKind.REFUND):
        raise ValueError(f"growth is not taken back by an entry of kind {kind.name}")
    reseller = lock_member(reseller_id, now)
    cause = f"refund/{refund_id}"
    order = _order_growth(reseller, order_id)
    if order is None:
        raise NothingToTakeBack(order_id=order_id, amount_fen=amount_fen)
    if GrowthEntry.objects.filter(reseller=reseller, order_id=order_id, cause=cause).exists():
        return current_growth_view(reseller)
    is_unshipped = kind is not GrowthKind.REFUND
    if order.refunded_fen + amount_fen > order.paid_fen or (is_unshipped and amount_fen > order.unshipped_fen):
        raise NothingToTakeBack(order_id=order_id, amount_fen=amount_fen)
    if not amount_fen:
        return current_growth_view(reseller)
    milli = growth_to_take_back(
        given_milli=order.purchase.milli,
        paid_fen=order.paid_fen,
        refunded_before_fen=order.refunded_fen,
        refund_fen=amount_fen,
    )
    view = add_growth_entry(
        reseller,
        kind=kind,
        milli=-milli,
        pending_milli=-order.pending_share(amount_fen) if is_unshipped else 0,
        month=order.purchase.month,
        cause=cause,
        now=now,
        order_id=order_id,
        amount_fen=amount_fen,
    )
    inviter_id = rewarded_inviter(reseller, order_id=order_id)
    if inviter_id is not None:
        _take_back_reward(reseller, inviter_id, order_id=order_id, now=now)
    return view


def _take_back_reward(invitee: Reseller, inviter_id: int, *, order_id: int, now: datetime) -> None:
    """The order of a reward was refunded: take back growth that was granted, and let the invitee's next valid order take its place.

    The inviter is locked before the reward, in the order of `grant_due_rewards`.
    """
    inviter = lock_member(inviter_id, now)
    reward = InvitationReward.objects.select_for_update().get(invitee=invitee)
    if reward.order_id != order_id or reward.state not in (RewardState.WAITING, RewardState.GRANTED):
        return
    granted = GrowthEntry.objects.filter(reward=reward, milli__gt=0).order_by("-id").first()
    if reward.state == RewardState.GRANTED and granted is not None:
        add_growth_entry(
            inviter,
            kind=GrowthKind.INVITATION,
            milli=-granted.milli,
            month=granted.month,
            cause=f"reward/{reward.pk}/{order_id}/back",
            now=now,
            reward=reward,
        )
    move_reward(reward)


@dataclass(frozen=True, slots=True)
class OrderGrowth:
    """What the ledger holds of an order. `unshipped_fen`: neither shipped nor refunded; `pending_milli`: the growth of that."""

    purchase: GrowthEntry
    refunded_fen: int
    unshipped_fen: int
    pending_milli: int

    @property
    def paid_fen(self) -> int:
        return self.purchase.amount_fen or 0

    def pending_share(self, settled_fen: int) -> int:
        if not self.unshipped_fen:
            return self.pending_milli
        return pending_to_settle(
            pending_milli=self.pending_milli, unshipped_fen=self.unshipped_fen, settled_fen=settled_fen
        )


def _require_amount(amount_fen: int) -> None:
    if amount_fen < 0:
        raise ValueError(f"an order's growth is of no negative amount ({amount_fen} fen)")


def _order_growth(reseller: Reseller, order_id: int) -> OrderGrowth | None:
    return order_growth_of(list(GrowthEntry.objects.filter(reseller=reseller, order_id=order_id)))


def order_growth_of(rows: Sequence[GrowthEntry]) -> OrderGrowth | None:
    """What the entries of one order add up to; None for an order that gave no growth."""
    purchase = next((row for row in rows if row.kind == GrowthKind.PURCHASE), None)
    if purchase is None:
        return None
    sums = {kind: sum(row.amount_fen or 0 for row in rows if row.kind == kind) for kind in GrowthKind}
    refunded_unshipped = sums[GrowthKind.CANCELLATION] + sums[GrowthKind.SHORTAGE]
    return OrderGrowth(
        purchase=purchase,
        refunded_fen=sums[GrowthKind.REFUND] + refunded_unshipped,
        unshipped_fen=(purchase.amount_fen or 0) - sums[GrowthKind.SHIPMENT] - refunded_unshipped,
        pending_milli=sum(row.pending_milli for row in rows),
    )
