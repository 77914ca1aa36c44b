"""The tier of a reseller, its forecast and its ledger: the rules of tiers applied to her growth."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

from accounts.rules import Actor
from db.rows import view_of
from kernel.period import month_of, month_period
from membership.models import GrowthEntry, Notice, TierChange
from membership.rules.tier_status import forecast_rollover, tier_changes, tier_status
from membership.rules.tiers import MILLI, GrowthKind, Tier, TierTable, table_in_force, whole_growth
from membership.selectors.histories import get_growth_history, tier_tables
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


@dataclass(frozen=True, slots=True)
class TierRequirementView:
    """What a tier requires, as people see it: whole growth, and the purchases (in fen) that give it."""

    tier: Tier
    threshold: int
    threshold_purchases_fen: int
    keep_amount: int
    keep_purchases_fen: int
    keep_bonus: int


@dataclass(frozen=True, slots=True)
class ForecastView:
    """What the next roll-over does if no growth is added. `keep_bonus` whole."""

    rollover_at: datetime
    tier: Tier
    keep_bonus: int


@dataclass(frozen=True, slots=True)
class MembershipView:
    """The tier of a member at an instant, the forecast of the next roll-over, and the table that both follow.

    Growth is whole: what she has is rounded down, what is missing is rounded up. `*_purchases_fen` are purchases that give that growth.
    `safe_until`: the roll-over that downgrades her if she adds no growth, None if none does. With `next_tier_needs_shipping` the next
    tier is reached only when goods are shipped. `tier_after_shipping`: her tier once everything that she has paid for is shipped.
    `unpaid_limit_fen`: what her unpaid orders may add up to; never less than her wallet.
    """

    tier: Tier
    since: datetime
    safe_until: datetime | None
    is_tier_matched: bool
    tier_after_shipping: Tier
    growth: int
    window_growth: int
    window_months: int
    month_growth: int
    next_tier: Tier | None
    growth_to_next_tier: int | None
    next_tier_purchases_fen: int | None
    next_tier_needs_shipping: bool
    growth_to_keep_tier: int
    keep_purchases_fen: int
    unpaid_limit_fen: int
    forecast: ForecastView
    tiers: list[TierRequirementView]


@dataclass(frozen=True, slots=True)
class GrowthEntryView:
    """An entry of the growth ledger. `kind` is the lower-case name of a `GrowthKind`, `amount_fen` the price of the goods behind it.

    `growth` has up to three decimals, and is negative where it was taken back.
    """

    response_properties: ClassVar = ("growth",)

    id: int
    at: datetime
    kind: str
    growth_milli: Annotated[int, PAGES_ONLY]
    amount_fen: int | None
    order_id: int | None
    month: date
    reason: str
    tier: Tier | None
    until: date | None

    @property
    def growth(self) -> str:
        whole, rest = divmod(abs(self.growth_milli), MILLI)
        figure = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
        return f"-{figure}" if self.growth_milli < 0 else figure


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice about her tier; `kind` is warning, downgraded or upgraded."""

    id: int
    kind: str
    at: datetime
    rollover_month: date
    before: Tier
    after: Tier
    read_at: datetime | None

    @property
    def is_after_cancellation(self) -> bool:
        """A downgrade within a month: goods that gave the tier were cancelled before they were shipped."""
        return self.kind == Notice.DOWNGRADED and self.at != month_period(self.rollover_month).starts_at


@dataclass(frozen=True, slots=True)
class TierTableView:
    """What the tiers require from a month on, in whole growth, in the order VIP1 … VIP5; the unpaid limits begin with trial."""

    from_month: date
    thresholds: list[int]
    keep_amounts: list[int]
    keep_bonuses: list[int]
    window_months: int
    fen_per_growth: int
    unpaid_limits_fen: list[int]


def tier_at(reseller_id: int, at: datetime) -> Tier:
    """Which tier she had at any instant since she joined, from the ledger alone."""
    return tier_changes(get_growth_history(reseller_id), tier_tables(), at)[-1][1]


def get_membership(reseller_id: int, at: datetime) -> MembershipView:
    """What her VIP page shows at an instant."""
    history, tables = get_growth_history(reseller_id), tier_tables()
    status, forecast = tier_status(history, tables, at), forecast_rollover(history, tables, at)
    table = table_in_force(tables, month_of(at))
    growth_to_next = None if status.milli_to_next_tier is None else _round_up_growth(status.milli_to_next_tier)
    growth_to_keep = _round_up_growth(status.milli_to_keep_tier)
    return view_of(
        MembershipView,
        status,
        growth=whole_growth(status.growth_milli),
        window_growth=whole_growth(status.window_milli),
        window_months=table.window_months,
        month_growth=whole_growth(status.month_milli),
        growth_to_next_tier=growth_to_next,
        next_tier_purchases_fen=None if growth_to_next is None else growth_to_next * table.fen_per_growth,
        growth_to_keep_tier=growth_to_keep,
        keep_purchases_fen=growth_to_keep * table.fen_per_growth,
        unpaid_limit_fen=table.unpaid_limit(status.tier),
        forecast=ForecastView(forecast.rollover_at, forecast.tier, whole_growth(forecast.bonus_milli)),
        tiers=tier_requirements(table),
    )


def tier_requirements(table: TierTable) -> list[TierRequirementView]:
    """What VIP1 … VIP5 require by a table."""
    return [
        TierRequirementView(
            tier=tier,
            threshold=_round_up_growth(table.threshold(tier)),
            threshold_purchases_fen=_round_up_growth(table.threshold(tier)) * table.fen_per_growth,
            keep_amount=_round_up_growth(table.keep_amount(tier)),
            keep_purchases_fen=_round_up_growth(table.keep_amount(tier)) * table.fen_per_growth,
            keep_bonus=whole_growth(table.keep_bonus(tier)),
        )
        for tier in Tier
        if tier is not Tier.TRIAL
    ]


def tier_table_view(table: TierTable) -> TierTableView:
    return TierTableView(
        from_month=table.from_month,
        thresholds=[whole_growth(milli) for milli in table.thresholds],
        keep_amounts=[whole_growth(milli) for milli in table.keep_amounts],
        keep_bonuses=[whole_growth(milli) for milli in table.keep_bonuses],
        window_months=table.window_months,
        fen_per_growth=table.fen_per_growth,
        unpaid_limits_fen=list(table.unpaid_limits_fen),
    )


def list_tier_tables() -> list[TierTableView]:
    """All versions of the tier table, the earliest first, beginning with the default."""
    return [tier_table_view(table) for table in tier_tables()]


def list_tier_changes(reseller_id: int) -> list[tuple[datetime, Tier, Tier]]:
    """Every change of her tier that was carried out: (at, before, after), the oldest first."""
    rows = TierChange.objects.filter(reseller=reseller_id).order_by("at", "id").values_list("at", "before", "after")
    return [(at, Tier(before), Tier(after)) for at, before, after in rows]


def list_growth_entries(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[GrowthEntryView]:
    """Her growth ledger, the newest entry first; without shipments, which carry no growth."""
    rows = GrowthEntry.objects.filter(reseller=reseller_id).exclude(kind=GrowthKind.SHIPMENT)
    return paginate(
        rows,
        name=f"membership.growth_entries:{reseller_id}",
        order=("-at", "-id"),
        cursor=cursor,
        limit=limit,
        view=_entry_view,
    )


def list_notices(actor: Actor, reseller_id: int, *, limit: int = 20) -> list[NoticeView]:
    """The latest notices about her tier."""
    rows = Notice.objects.filter(reseller=reseller_id, reseller__person=actor.own_id).order_by("-id")[:limit]
    return [
        NoticeView(row.pk, row.kind, row.at, row.rollover_month, Tier(row.before), Tier(row.after), row.read_at)
        for row in rows
    ]


def _entry_view(row: GrowthEntry) -> GrowthEntryView:
    return view_of(
        GrowthEntryView,
        row,
        kind=GrowthKind(row.kind).name.lower(),
        growth_milli=row.milli,
        tier=None if row.tier is None else Tier(row.tier),
    )


def _round_up_growth(milli: int) -> int:
    return -(-milli // MILLI)
