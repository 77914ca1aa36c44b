"""Where a reseller stands, stood and will stand: the law applied to her ledger."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.rules import Actor
from kernel.period import month_of, month_period
from membership.models import GrowthEntry, Notice, TierChange
from membership.rules.standing import Forecast, Standing, forecast, path, standing
from membership.rules.tiers import Kind, Tier, TierTable, table_in_force, whole_growth
from membership.selectors.histories import history_of, tier_tables
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class TierGives:
    """What a tier asks, as people see it: whole growth, and the yuan of goods (in fen) that give it."""

    tier: Tier
    threshold: int
    threshold_fen: int
    keep: int
    keep_fen: int
    bonus: int


@dataclass(frozen=True, slots=True)
class StandingView:
    """Her VIP page at an instant: the standing, the forecast of the next turn, and the table that both follow.

    Growth whole, rounded down; what is missing rounded up. `*_fen`: goods that would give that growth; `unpaid_limit_fen`: what her
    unpaid orders may add up to.
    """

    reseller_id: int
    standing: Standing
    forecast: Forecast
    growth: int
    counted: int
    month_growth: int
    next_needs: int | None
    next_needs_fen: int | None
    keep_needs: int
    keep_needs_fen: int
    tiers: list[TierGives]
    window_months: int
    unpaid_limit_fen: int

    @property
    def tier(self) -> Tier:
        return self.standing.tier


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the growth ledger as a person reads it. `growth_milli` exact, `amount_fen` the goods behind it."""

    id: int
    at: datetime
    kind: Kind
    growth_milli: int
    cause: str
    amount_fen: int | None
    order_id: int | None
    month: date
    reason: str
    tier: Tier | None
    until: date | None


@dataclass(frozen=True, slots=True)
class NoticeView:
    id: int
    kind: str
    at: datetime
    turn: date
    before: Tier
    after: Tier
    read_at: datetime | None

    @property
    def cancelled(self) -> bool:
        """A fall within a month: goods that gave the tier were cancelled before they were shipped."""
        return self.kind == Notice.FALLEN and self.at != month_period(self.turn).starts_at


def standing_at(reseller_id: int, at: datetime) -> Standing:
    """Where she stood at any instant, from the ledger alone."""
    return standing(history_of(reseller_id), tier_tables(), at)


def tier_at(reseller_id: int, at: datetime) -> Tier:
    """Which tier she had at any instant since she joined, from the ledger alone."""
    return path(history_of(reseller_id), tier_tables(), at)[-1][1]


def standing_view(reseller_id: int, at: datetime) -> StandingView:
    """What her VIP page shows at an instant."""
    history, tables = history_of(reseller_id), tier_tables()
    now = standing(history, tables, at)
    table = table_in_force(tables, month_of(at))
    next_needs = None if now.next_needs_milli is None else _whole_up(now.next_needs_milli)
    keep_needs = _whole_up(now.keep_needs_milli)
    return StandingView(
        reseller_id=reseller_id,
        standing=now,
        forecast=forecast(history, tables, at),
        growth=whole_growth(now.growth_milli),
        counted=whole_growth(now.counted_milli),
        month_growth=whole_growth(now.month_milli),
        next_needs=next_needs,
        next_needs_fen=None if next_needs is None else next_needs * table.fen_per_growth,
        keep_needs=keep_needs,
        keep_needs_fen=keep_needs * table.fen_per_growth,
        tiers=tiers_of(table),
        window_months=table.window_months,
        unpaid_limit_fen=table.unpaid_limit(now.tier),
    )


def tiers_of(table: TierTable) -> list[TierGives]:
    """What VIP1 … VIP5 ask in a table."""
    return [
        TierGives(
            tier=tier,
            threshold=_whole_up(table.threshold(tier)),
            threshold_fen=_whole_up(table.threshold(tier)) * table.fen_per_growth,
            keep=_whole_up(table.keep(tier)),
            keep_fen=_whole_up(table.keep(tier)) * table.fen_per_growth,
            bonus=whole_growth(table.bonus(tier)),
        )
        for tier in Tier
        if tier is not Tier.TRIAL
    ]


def tier_changes(reseller_id: int) -> list[tuple[datetime, Tier, Tier]]:
    """Every change of her tier that was carried out: (at, before, after), the oldest first."""
    rows = TierChange.objects.filter(reseller=reseller_id).order_by("at", "id").values_list("at", "before", "after")
    return [(at, Tier(before), Tier(after)) for at, before, after in rows]


def entries_of(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[EntryView]:
    """Her growth ledger, the newest entry first; without shipments, which carry no growth."""
    rows = GrowthEntry.objects.filter(reseller=reseller_id).exclude(kind=Kind.SHIPMENT)
    return paginate(rows, order=("-at", "-id"), cursor=cursor, limit=limit, view=_entry_view)


def notices_of(actor: Actor, reseller_id: int, *, size: int = 20) -> list[NoticeView]:
    """The latest notices about her tier."""
    rows = Notice.objects.filter(reseller=reseller_id, reseller__person=actor.own_id).order_by("-id")[:size]
    return [
        NoticeView(row.pk, row.kind, row.at, row.turn, Tier(row.before), Tier(row.after), row.read_at) for row in rows
    ]


def _entry_view(row: GrowthEntry) -> EntryView:
    return EntryView(
        id=row.pk,
        at=row.at,
        kind=Kind(row.kind),
        growth_milli=row.milli,
        cause=row.cause,
        amount_fen=row.amount_fen,
        order_id=row.order_id,
        month=row.month,
        reason=row.reason,
        tier=None if row.tier is None else Tier(row.tier),
        until=row.until,
    )


def _whole_up(milli: int) -> int:
    return -(-milli // 1000)
