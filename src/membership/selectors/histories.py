"""What the law reads: tier tables and ledgers; and the tier that it gives now, whether the turn that is due has been carried out or not."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from db import sql
from kernel.period import month_of
from kernel.refusal import Missing
from membership.models import GrowthEntry, Reseller, TierTableVersion
from membership.rules.standing import History, outcome
from membership.rules.tiers import DEFAULT_TABLE, Entry, Kind, Tier, TierTable


@dataclass(eq=False)
class NoSuchReseller(Missing):
    code = "membership.no_such_reseller"
    zh = "没有这个代购（{reseller_id}）"
    en = "There is no reseller {reseller_id}"
    reseller_id: int


def tier_tables() -> list[TierTable]:
    """All versions of the tier table, the earliest first, beginning with the default of GROWTH-4."""
    return [DEFAULT_TABLE, *(table_of(row) for row in TierTableVersion.objects.order_by("from_month"))]


def table_of(row: TierTableVersion) -> TierTable:
    return TierTable(
        from_month=row.from_month,
        thresholds=tuple(row.thresholds_milli),
        keeps=tuple(row.keeps_milli),
        bonuses=tuple(row.bonuses_milli),
        window_months=row.window_months,
        fen_per_growth=row.fen_per_growth,
        unpaid_limits_fen=tuple(row.unpaid_limits_fen),
    )


def history_of(reseller_id: int) -> History:
    """All that is known of a reseller, as the law reads it."""
    found = histories_of([reseller_id])
    if not found:
        raise NoSuchReseller(reseller_id=reseller_id)
    return found[reseller_id]


def histories_of(reseller_ids: Collection[int]) -> dict[int, History]:
    """All that is known of resellers, by their ids."""
    entries: dict[int, list[Entry]] = {}
    for row in GrowthEntry.objects.filter(reseller__in=reseller_ids).order_by("at", "id").iterator(10_000):
        entries.setdefault(row.reseller_id, []).append(entry_of(row))
    joined = Reseller.objects.filter(pk__in=reseller_ids).values_list("pk", "joined_at")
    return {pk: History(joined_at, tuple(entries.get(pk, ()))) for pk, joined_at in joined}


def entry_of(row: GrowthEntry) -> Entry:
    return Entry(
        at=row.at,
        kind=Kind(row.kind),
        milli=row.milli,
        month=row.month,
        tier=Tier(row.tier or 0),
        until=row.until,
        pending_milli=row.pending_milli,
        order_id=row.order_id,
    )


_STORED = """
SELECT r.id, r.tier,
       r.turned_month >= %(month)s
       OR EXISTS (SELECT 1 FROM membership_monthturn t WHERE t.month >= %(month)s AND t.done_through_id >= r.id) AS turned
FROM membership_reseller r WHERE r.id = ANY(%(ids)s)
"""


def tiers_at(reseller_ids: Iterable[int], at: datetime) -> dict[int, Tier]:
    """The tier of each reseller as the rules give it at `at`, which is now or later than her last entry. Nothing is written (GROWTH-12).

    One statement for those whose turn has been carried out; the others, in the first minutes of a month, are judged by the law.
    """
    stored = sql.rows(_STORED, {"ids": list(reseller_ids), "month": month_of(at)})
    found = {row["id"]: Tier(row["tier"]) for row in stored}
    due = [row["id"] for row in stored if not row["turned"]]
    if due:
        tables = tier_tables()
        found |= {pk: outcome(history, tables, at).tier for pk, history in histories_of(due).items()}
    return found


def tier_now(reseller_id: int, at: datetime) -> Tier:
    """The tier of one reseller, as `tiers_at` has it."""
    found = tiers_at([reseller_id], at)
    if not found:
        raise NoSuchReseller(reseller_id=reseller_id)
    return found[reseller_id]
