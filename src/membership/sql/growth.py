"""Statements that write growth: claim a cause, add to the monthly rollup."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from db import sql


def claim_cause(cause: str) -> bool:
    """Insert a cause, which gives growth once; False where it was inserted before."""
    return claim_causes([cause]) == {cause}


def claim_causes(causes: Sequence[str]) -> set[str]:
    """Insert causes, which give growth once; returns those that were not inserted before."""
    claimed = sql.column(
        """INSERT INTO membership_growthcause (cause) SELECT unnest(%(causes)s::text[])
           ON CONFLICT DO NOTHING RETURNING cause""",
        {"causes": sorted(causes)},
    )
    return set(claimed)


def add_pending_to_months(pending_milli: Mapping[tuple[int, date], int]) -> None:
    """Add pending growth to the sums of months, by reseller and month. They have sums already: of the purchases."""
    sql.execute(
        """UPDATE membership_growthmonth AS sums SET pending_milli = sums.pending_milli + a.pending_milli
           FROM unnest(%(resellers)s::bigint[], %(months)s::date[], %(pending)s::bigint[]) AS a(reseller_id, month, pending_milli)
           WHERE sums.reseller_id = a.reseller_id AND sums.month = a.month""",
        {
            "resellers": [reseller_id for reseller_id, _ in pending_milli],
            "months": [month for _, month in pending_milli],
            "pending": list(pending_milli.values()),
        },
    )


def save_growth(growth: Mapping[int, tuple[int, datetime | None, int]]) -> None:
    """Save pending growth, the instant of the last entry and the tier of members, by the id of the reseller."""
    sql.execute(
        """UPDATE membership_reseller r SET pending_milli = g.pending_milli, last_entry_at = g.last_entry_at, tier = g.tier
           FROM unnest(%(resellers)s::bigint[], %(pending)s::bigint[], %(last_entries)s::timestamptz[], %(tiers)s::int[])
               AS g(reseller_id, pending_milli, last_entry_at, tier)
           WHERE r.id = g.reseller_id""",
        {
            "resellers": list(growth),
            "pending": [pending_milli for pending_milli, _, _ in growth.values()],
            "last_entries": [last_entry_at for _, last_entry_at, _ in growth.values()],
            "tiers": [int(tier) for _, _, tier in growth.values()],
        },
    )


def add_to_month(
    *, reseller_id: int, month: date, new_milli: int = 0, bonus_milli: int = 0, pending_milli: int = 0
) -> None:
    """Add the growth of an entry to the sums of its month."""
    sql.execute(
        """INSERT INTO membership_growthmonth AS sums (reseller_id, month, new_milli, bonus_milli, pending_milli)
           VALUES (%(reseller_id)s, %(month)s, %(new_milli)s, %(bonus_milli)s, %(pending_milli)s)
           ON CONFLICT (reseller_id, month) DO UPDATE
           SET new_milli = sums.new_milli + excluded.new_milli,
               bonus_milli = sums.bonus_milli + excluded.bonus_milli,
               pending_milli = sums.pending_milli + excluded.pending_milli""",
        {
            "reseller_id": reseller_id,
            "month": month,
            "new_milli": new_milli,
            "bonus_milli": bonus_milli,
            "pending_milli": pending_milli,
        },
    )
