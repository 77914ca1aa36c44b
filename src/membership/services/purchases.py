"""Growth of orders that are paid now, as one read and one write: the way of payments. `growth.credit_purchases` gives the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from db.together import Write
from kernel.period import month_of, month_period, previous_month
from membership.models import Reseller
from membership.rules.invitations import RewardState
from membership.rules.tier_evaluation import GrowthSums
from membership.rules.tiers import (
    DEFAULT_TABLE,
    GrowthKind,
    Tier,
    TierTable,
    growth_of,
    table_in_force,
    tier_with_pending,
)
from membership.selectors.histories import NoSuchReseller
from membership.selectors.people import invitation_terms
from membership.services.growth import credit_purchases
from membership.services.growth_entries import record_tier_change
from membership.services.rewards import await_reward
from membership.services.rollover import delay_rollover_until_commit
from membership.sql.growth import LockedGrowth, NewPurchases, lock_growth, purchases_write


@dataclass(frozen=True, slots=True)
class PreparedPurchases:
    """Growth that is to be written: `writes` run with other writes of the transaction, then `complete` does what is seldom due."""

    writes: tuple[Write, ...]
    reseller_id: int
    before: Tier
    after: Tier
    month: date
    at: datetime
    rewarding: tuple[int, int] | None
    """The order that her inviter's reward is to wait for, and its amount in fen."""

    def complete(self, *, now: datetime) -> None:
        """Record a change of her tier, and let the reward of her inviter wait for her first order that is large enough."""
        if self.after == self.before and self.rewarding is None:
            return
        reseller = Reseller.objects.get(pk=self.reseller_id)
        reseller.rolled_over_through = self.month
        if self.after != self.before:
            record_tier_change(reseller, self.before, self.at)
        if self.rewarding is not None:
            order_id, amount_fen = self.rewarding
            await_reward(reseller, order_id=order_id, paid_fen=amount_fen, now=now)


def prepare_purchases(*, reseller_id: int, amounts_fen: Mapping[int, int], now: datetime) -> PreparedPurchases:
    """Lock a member and compute the growth of orders that nobody has paid before (GROWTH-1, GROWTH-2); amounts by the id of the order.

    Where a roll-over of hers is due, or was carried out for a later month, the growth is written at once and nothing is left to write.
    """
    delay_rollover_until_commit(now)
    locked, month = lock_growth(reseller_id=reseller_id), month_of(now)
    if locked is None:
        raise NoSuchReseller(reseller_id=reseller_id)
    before = Tier(locked.tier)
    if locked.rolled_over_through != month:
        credit_purchases(reseller_id=reseller_id, amounts_fen=amounts_fen, now=now)
        return PreparedPurchases((), reseller_id, before, before, month, now, None)
    table = table_in_force(_tables(locked), month)
    milli = [growth_of(amount_fen, table) for amount_fen in amounts_fen.values()]
    new = NewPurchases(
        reseller_id=reseller_id,
        month=month,
        at=max(now, month_period(month).starts_at, locked.last_entry_at or now),
        kind=GrowthKind.PURCHASE.value,
        order_ids=list(amounts_fen),
        amounts_fen=list(amounts_fen.values()),
        milli=milli,
        tier=max(before, _tier_reached(locked, sum(milli), month, table)).value,
    )
    rewarding = _rewarding_order(locked, new)
    return PreparedPurchases((purchases_write(new),), reseller_id, before, Tier(new.tier), month, new.at, rewarding)


def _tables(locked: LockedGrowth) -> list[TierTable]:
    entered = [
        TierTable(
            from_month=date.fromisoformat(row["from_month"]),
            thresholds=tuple(row["thresholds_milli"]),
            keep_amounts=tuple(row["keep_amounts_milli"]),
            keep_bonuses=tuple(row["keep_bonuses_milli"]),
            window_months=row["window_months"],
            fen_per_growth=row["fen_per_growth"],
            unpaid_limits_fen=tuple(row["unpaid_limits_fen"]),
        )
        for row in locked.tables
    ]
    return [DEFAULT_TABLE, *entered]


def _tier_reached(locked: LockedGrowth, milli: int, month: date, table: TierTable) -> Tier:
    """The tier that her growth reaches with `milli` more of this month, which is pending (GROWTH-6)."""
    oldest = month
    for _ in range(table.window_months - 1):
        oldest = previous_month(oldest)
    window = [each for each in locked.months if oldest <= date.fromisoformat(each[0]) <= month]
    sums = GrowthSums(
        total=locked.growth_milli + milli,
        window=sum(new for _, new, _ in window) + milli,
        pending_total=locked.pending_milli + milli,
        pending_window=sum(pending for *_, pending in window) + milli,
    )
    settled = max(Tier(locked.settled_tier), sums.settled_tier_reached(table))
    return tier_with_pending(settled, settled=settled, reached=sums.tier_reached(table))


def _rewarding_order(locked: LockedGrowth, new: NewPurchases) -> tuple[int, int] | None:
    """The first of these orders that her inviter's reward can wait for; None where it waits for another or is decided."""
    if locked.invited_by_id is None or locked.reward_state not in (None, RewardState.VOID.value):
        return None
    smallest_fen = invitation_terms().min_order_fen
    orders = zip(new.order_ids, new.amounts_fen, new.milli, strict=True)
    return next(((order_id, fen) for order_id, fen, milli in orders if milli and fen >= smallest_fen), None)
