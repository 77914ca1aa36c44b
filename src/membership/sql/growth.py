"""Statements that write growth: claim a cause, add to the monthly rollup."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db import sql
from db.together import Write


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


@dataclass(frozen=True, slots=True)
class LockedGrowth:
    """What the growth of a locked member is made of.

    `months` are lists of month (ISO date), growth and pending growth, `tables` the tier tables that were entered, as rows by column.
    `reward_state` is that of her inviter's reward, None where there is none.
    """

    tier: int
    settled_tier: int
    rolled_over_through: date
    growth_milli: int
    pending_milli: int
    last_entry_at: datetime | None
    invited_by_id: int | None
    reward_state: int | None
    months: list[tuple[str, int, int]]
    tables: list[dict[str, Any]]


def lock_growth(*, reseller_id: int) -> LockedGrowth | None:
    """Lock a member and read her growth; None where there is no such member."""
    rows = sql.rows("SELECT * FROM membership_lock_growth(%(reseller)s)", {"reseller": reseller_id})
    if not rows:
        return None
    [row] = rows
    parsed = {name: json.loads(row[name] or "[]") for name in ("months", "tables")}
    return LockedGrowth(**{**row, **parsed})


_INSERT_PURCHASES = """
growth_causes AS (
    INSERT INTO membership_growthcause (cause) SELECT 'order/' || p.order_id FROM unnest(%(growth_orders)s::bigint[]) AS p(order_id)
), growth_entries AS (
    INSERT INTO membership_growthentry (at, reseller_id, month, kind, milli, pending_milli, cause, amount_fen, order_id, reason)
    SELECT %(growth_at)s, %(growth_reseller)s, %(growth_month)s, %(growth_kind)s, p.milli, p.milli, 'order/' || p.order_id, p.amount_fen,
           p.order_id, ''
    FROM unnest(%(growth_orders)s::bigint[], %(growth_amounts)s::bigint[], %(growth_milli)s::bigint[])
         WITH ORDINALITY AS p(order_id, amount_fen, milli, position)
    ORDER BY p.position
), growth_months AS (
    INSERT INTO membership_growthmonth AS sums (reseller_id, month, new_milli, bonus_milli, pending_milli)
    VALUES (%(growth_reseller)s, %(growth_month)s, %(growth_sum)s, 0, %(growth_sum)s)
    ON CONFLICT (reseller_id, month) DO UPDATE
    SET new_milli = sums.new_milli + excluded.new_milli, pending_milli = sums.pending_milli + excluded.pending_milli
), grown AS (
    UPDATE membership_reseller r
    SET growth_milli = r.growth_milli + %(growth_sum)s, pending_milli = r.pending_milli + %(growth_sum)s,
        last_entry_at = %(growth_at)s, tier = %(growth_tier)s
    WHERE r.id = %(growth_reseller)s
)
"""


@dataclass(frozen=True, slots=True)
class NewPurchases:
    """Growth of orders that were paid at one instant: amounts in fen and growth in milli, by place as `order_ids`."""

    reseller_id: int
    month: date
    at: datetime
    kind: int
    order_ids: list[int]
    amounts_fen: list[int]
    milli: list[int]
    tier: int


def purchases_write(new: NewPurchases) -> Write:
    """The write of purchases of a locked member, with her sums and her tier. A cause that gave growth before violates its key."""
    return Write(
        _INSERT_PURCHASES,
        {
            "growth_orders": new.order_ids,
            "growth_amounts": new.amounts_fen,
            "growth_milli": new.milli,
            "growth_sum": sum(new.milli),
            "growth_at": new.at,
            "growth_reseller": new.reseller_id,
            "growth_month": new.month,
            "growth_kind": new.kind,
            "growth_tier": new.tier,
        },
    )
