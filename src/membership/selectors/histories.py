"""What the rules of tiers read: tier tables and ledgers; and the tier at present, whether a due roll-over has been carried out or not."""

from collections.abc import Collection, Iterable
from datetime import datetime

from kernel.period import month_of
from kernel.refusal import Missing
from membership.models import GrowthEntry, Reseller, TierTableVersion
from membership.rules.tier_evaluation import GrowthHistory
from membership.rules.tier_status import member_state
from membership.rules.tiers import DEFAULT_TABLE, Entry, GrowthKind, Tier, TierTable
from membership.sql.tiers import stored_tiers


class NoSuchReseller(Missing):
    code = "membership.no_such_reseller"
    zh = "没有这个代购（{reseller_id}）"
    en = "There is no reseller {reseller_id}"
    reseller_id: int


def tier_tables() -> list[TierTable]:
    """All versions of the tier table, the earliest first, beginning with the default of GROWTH-4."""
    return [DEFAULT_TABLE, *(table_from_row(row) for row in TierTableVersion.objects.order_by("from_month"))]


def table_from_row(row: TierTableVersion) -> TierTable:
    return TierTable(
        from_month=row.from_month,
        thresholds=tuple(row.thresholds_milli),
        keep_amounts=tuple(row.keep_amounts_milli),
        keep_bonuses=tuple(row.keep_bonuses_milli),
        window_months=row.window_months,
        fen_per_growth=row.fen_per_growth,
        unpaid_limits_fen=tuple(row.unpaid_limits_fen),
    )


def get_growth_history(reseller_id: int) -> GrowthHistory:
    """All that is known of a reseller, as the rules read it."""
    histories = growth_histories([reseller_id])
    if not histories:
        raise NoSuchReseller(reseller_id=reseller_id)
    return histories[reseller_id]


def growth_histories(reseller_ids: Collection[int]) -> dict[int, GrowthHistory]:
    """All that is known of resellers, by their ids."""
    entries: dict[int, list[Entry]] = {}
    for row in GrowthEntry.objects.filter(reseller__in=reseller_ids).order_by("at", "id").iterator(10_000):
        entries.setdefault(row.reseller_id, []).append(entry_from_row(row))
    joined = Reseller.objects.filter(pk__in=reseller_ids).values_list("pk", "joined_at")
    return {pk: GrowthHistory(joined_at, tuple(entries.get(pk, ()))) for pk, joined_at in joined}


def entry_from_row(row: GrowthEntry) -> Entry:
    return Entry(
        at=row.at,
        kind=GrowthKind(row.kind),
        milli=row.milli,
        month=row.month,
        tier=Tier(row.tier or 0),
        until=row.until,
        pending_milli=row.pending_milli,
        order_id=row.order_id,
    )


def tiers_at(reseller_ids: Iterable[int], at: datetime) -> dict[int, Tier]:
    """The tier of each reseller as the rules give it at `at`, which is now or later than her last entry. Nothing is written (GROWTH-12).

    One statement for members who are rolled over; the others, in the first minutes of a month, are evaluated by the rules.
    """
    stored = stored_tiers(reseller_ids=list(reseller_ids), month=month_of(at))
    tiers = {row.reseller_id: Tier(row.tier) for row in stored}
    due = [row.reseller_id for row in stored if not row.is_rolled_over]
    if due:
        tables = tier_tables()
        tiers |= {pk: member_state(history, tables, at).tier for pk, history in growth_histories(due).items()}
    return tiers


def get_tier(reseller_id: int, at: datetime) -> Tier:
    """The tier of one reseller, as `tiers_at` computes it."""
    tiers = tiers_at([reseller_id], at)
    if not tiers:
        raise NoSuchReseller(reseller_id=reseller_id)
    return tiers[reseller_id]
