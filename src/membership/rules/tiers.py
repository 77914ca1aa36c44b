"""Tiers, the entries of the growth ledger, and the versioned table that says what each tier requires."""

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

MILLI = 1000
"""Growth is counted in thousandths, so that a purchase of one fen gives one and a refund takes back exactly that (GROWTH-1)."""


class Tier(enum.IntEnum):
    TRIAL = 0
    VIP1 = 1
    VIP2 = 2
    VIP3 = 3
    VIP4 = 4
    VIP5 = 5

    @property
    def zh(self) -> str:
        return "体验会员" if self is Tier.TRIAL else f"VIP{self.value}"

    @property
    def en(self) -> str:
        return "Trial" if self is Tier.TRIAL else f"VIP{self.value}"

    @property
    def short_zh(self) -> str:
        """For columns of tables."""
        return "体验" if self is Tier.TRIAL else self.zh

    def label(self, language: str | None) -> str:
        return self.en if language == "en" else self.zh


TIER_COUNT = len(Tier)


class GrowthKind(enum.IntEnum):
    """Why an entry of the growth ledger was written (GROWTH-2)."""

    PURCHASE = 1
    REFUND = 2
    """Goods came back after they were shipped."""
    INVITATION = 3
    KEEP_BONUS = 4
    ADJUSTMENT = 5
    TIER_MATCH = 6
    """Ops matched the tier that she had elsewhere, for some months."""
    CANCELLATION = 7
    """She cancelled goods before they were shipped: they count for tiers as if never bought, at once."""
    SHIPMENT = 8
    """Goods were shipped: their growth is no longer pending. The entry itself has no growth."""
    SHORTAGE = 9
    """The brand could not ship goods: growth is taken back at once, the tier follows at the monthly roll-over."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the growth ledger.

    `at` is when it became known, `month` (first day, Shanghai) what it counts for: a refund counts for the month of its purchase
    (GROWTH-3). `tier` and `until` (first day of the first month that is not covered) belong to a tier match, which carries no growth.
    `pending_milli` is the change of the growth whose goods are not shipped yet; `order_id` names the order of an entry that has one.
    """

    at: datetime
    kind: GrowthKind
    milli: int
    month: date
    tier: Tier = Tier.TRIAL
    until: date | None = None
    pending_milli: int = 0
    order_id: int | None = None

    @property
    def may_raise(self) -> bool:
        """Whether growth, or growth of shipped goods, becomes more by it."""
        return self.milli > 0 or self.milli > self.pending_milli


DEFAULT_UNPAID_LIMITS_FEN = (2_000_00, 5_000_00, 10_000_00, 20_000_00, 35_000_00, 50_000_00)


@dataclass(frozen=True, slots=True)
class TierTable:
    """What VIP1 … VIP5 require, from a month on (GROWTH-4). All growth in milli, tuples in the order VIP1 … VIP5.

    `thresholds`: growth that reaches the tier. VIP1 counts all growth ever, the others that of the last `window_months` months, the
    present one included. `keep_amounts`: new growth in a month that keeps the tier. `keep_bonuses`: growth given for keeping it.
    `fen_per_growth`: paid goods that give one whole growth. `unpaid_limits_fen`: what trial, VIP1 … VIP5 may hold without having paid.
    """

    from_month: date
    thresholds: tuple[int, ...]
    keep_amounts: tuple[int, ...]
    keep_bonuses: tuple[int, ...]
    window_months: int = 3
    fen_per_growth: int = 1000
    unpaid_limits_fen: tuple[int, ...] = DEFAULT_UNPAID_LIMITS_FEN

    def faults(self) -> list[tuple[str, str]]:
        """Why this table is invalid, as (zh, en); empty for a valid one."""
        checks = [
            (self.from_month.day != 1, "等级表必须从某月一日起生效", "a table begins on the first of a month"),
            (
                {len(self.thresholds), len(self.keep_amounts), len(self.keep_bonuses)} != {5},
                "必须为 VIP1 至 VIP5 各给一个数",
                "one figure for each of VIP1 to VIP5",
            ),
            (
                _decreases(self.thresholds, strictly=True) or self.thresholds[:1] < (1,),
                "升级门槛必须大于零且逐级升高",
                "thresholds must be positive and rise from tier to tier",
            ),
            (_decreases(self.keep_amounts), "保级要求不能逐级降低", "keep amounts must not fall from tier to tier"),
            (_decreases(self.keep_bonuses), "保级奖励不能逐级降低", "keep bonuses must not fall from tier to tier"),
            (self.keep_amounts[:1] != (0,), "VIP1 无须保级", "VIP1 needs no keeping: a VIP never becomes trial"),
            (self.keep_bonuses[:1] != (0,), "VIP1 没有保级奖励", "VIP1 has no keep bonus: it is never lost"),
            (
                any(keep < 1 for keep in self.keep_amounts[1:]),
                "VIP2 及以上的保级要求必须大于零",
                "keep amounts from VIP2 up must be positive",
            ),
            (not 1 <= self.window_months <= 24, "计算月数须为 1 至 24", "the window is 1 to 24 months"),
            (
                len(self.unpaid_limits_fen) != len(Tier) or any(limit < 1 for limit in self.unpaid_limits_fen),
                "须为体验会员和 VIP1 至 VIP5 各给一个大于零的未付款上限",
                "unpaid limits are six amounts above zero, for trial and VIP1 to VIP5",
            ),
            (
                _decreases(self.unpaid_limits_fen),
                "未付款上限不能逐级降低",
                "unpaid limits must not fall from tier to tier",
            ),
            (not 1 <= self.fen_per_growth <= 1_000_000, "每点成长值的金额不合理", "fen per growth is out of range"),
        ]
        return [(zh, en) for broken, zh, en in checks if broken]

    def tier_reached(self, *, total_milli: int, window_milli: int) -> Tier:
        """The tier that growth alone reaches: all of it for VIP1, that of the window for the others (GROWTH-5)."""
        reached = (tier for tier in reversed(Tier) if tier >= Tier.VIP2 and window_milli >= self.threshold(tier))
        by_all_growth = Tier.VIP1 if total_milli >= self.threshold(Tier.VIP1) else Tier.TRIAL
        return next(reached, by_all_growth)

    def qualifying_tier(self, month_milli: int) -> Tier:
        """The highest tier whose keep amount a month's new growth meets; VIP1 requires none (GROWTH-7)."""
        return max(
            (tier for tier in Tier if tier >= Tier.VIP2 and month_milli >= self.keep_amount(tier)), default=Tier.VIP1
        )

    def kept_tier(self, earned: Tier, matched: Tier, month_milli: int) -> Tier:
        """The tier that a month's new growth keeps: the earned one, never below VIP1 once she has it, or a matched one (GROWTH-7,
        GROWTH-8, GROWTH-13)."""
        qualifying = self.qualifying_tier(month_milli)
        kept_match = min(matched, qualifying) if qualifying >= Tier.VIP2 else Tier.TRIAL
        return max(min(earned, qualifying), kept_match)

    def milli_missing(self, tier: Tier, *, total_milli: int, window_milli: int) -> int:
        """Growth still missing to reach a tier; 0 where it is reached (GROWTH-11)."""
        if tier is Tier.TRIAL:
            return 0
        return max(0, self.threshold(tier) - (total_milli if tier is Tier.VIP1 else window_milli))

    def threshold(self, tier: Tier) -> int:
        return self.thresholds[tier - 1]

    def keep_amount(self, tier: Tier) -> int:
        return self.keep_amounts[tier - 1]

    def unpaid_limit(self, tier: Tier) -> int:
        return self.unpaid_limits_fen[tier]

    def keep_bonus(self, tier: Tier) -> int:
        return 0 if tier is Tier.TRIAL else self.keep_bonuses[tier - 1]


def table_in_force(tables: Sequence[TierTable], month: date) -> TierTable:
    """The table that began last on or before a month; before the first of all, the first (GROWTH-4)."""
    begun = [table for table in tables if table.from_month <= month]
    return max(begun, key=_from_month) if begun else min(tables, key=_from_month)


def growth_of(amount_fen: int, table: TierTable) -> int:
    """The growth, in milli, that paid goods give: at ¥10 a growth, one milli per fen (GROWTH-1). Rounded down."""
    return amount_fen * MILLI // table.fen_per_growth


def growth_to_take_back(*, given_milli: int, paid_fen: int, refunded_before_fen: int, refund_fen: int) -> int:
    """What a refund takes back of the growth that its order gave. Refunds of the whole order take back exactly the whole (GROWTH-3)."""
    taken_back_before = given_milli * refunded_before_fen // paid_fen
    return given_milli * (refunded_before_fen + refund_fen) // paid_fen - taken_back_before


def pending_to_settle(*, pending_milli: int, unshipped_fen: int, settled_fen: int) -> int:
    """How much of an order's pending growth goes with goods that are shipped or will not be: all of it with the last of them."""
    return pending_milli * settled_fen // unshipped_fen if settled_fen < unshipped_fen else pending_milli


def tier_with_pending(tier: Tier, *, settled: Tier, reached: Tier) -> Tier:
    """The tier of a member who has `tier` when all her growth reaches `reached`: growth of goods that are not shipped yet raises by one
    step at most above the settled tier, which growth of shipped goods gave (GROWTH-6)."""
    return max(tier, Tier(min(reached, settled + 1)))


def whole_growth(milli: int) -> int:
    """Growth as people see it: whole, rounded down."""
    return milli // MILLI


def _decreases(figures: Sequence[int], *, strictly: bool = False) -> bool:
    return any(later < earlier or (strictly and later == earlier) for earlier, later in itertools.pairwise(figures))


def _from_month(table: TierTable) -> date:
    return table.from_month


DEFAULT_TABLE = TierTable(
    from_month=date(2000, 1, 1),
    thresholds=(50_000, 500_000, 2_000_000, 6_000_000, 20_000_000),
    keep_amounts=(0, 100_000, 400_000, 1_200_000, 4_000_000),
    keep_bonuses=(0, 10_000, 40_000, 120_000, 400_000),
)
"""In force until ops enters a table of its own: VIP1 at 50 growth, ¥500 of goods; the others at ¥5,000, ¥20,000, ¥60,000 and
¥200,000 in three months."""
