"""The statements that cohorts are counted from, and that read the kept ones."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from dataclasses import dataclass
from datetime import date

from db import sql
from orders.selectors.lines import LINES

_JOINED = "date_trunc('month', m.joined_at AT TIME ZONE 'Asia/Shanghai')::date"


@dataclass(frozen=True, slots=True)
class ResellerMonth:
    """What a reseller paid in a month; both months are their first days."""

    reseller_id: int
    joined_month: date
    month: date
    orders: int
    sold_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class MemberCount:
    joined_month: date
    members: int


def sum_reseller_months() -> list[ResellerMonth]:
    """The paid orders of each reseller by month."""
    return sql.fetch(
        ResellerMonth,
        f"""
        SELECT b.reseller_id, {_JOINED} AS joined_month, b.month, b.orders, b.sold_fen, b.refunded_fen FROM (
            SELECT l.reseller_id, date_trunc('month', l.paid_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
                   count(DISTINCT l.order_id)::int AS orders, sum(l.units * l.price_fen)::bigint AS sold_fen,
                   sum(l.refunded_fen)::bigint AS refunded_fen
            FROM {LINES} l WHERE l.order_state = 'paid' GROUP BY 1, 2
        ) b JOIN membership_reseller m ON m.id = b.reseller_id
        """,
        {},
    )


def count_members() -> list[MemberCount]:
    """How many resellers joined in each month."""
    return sql.fetch(
        MemberCount,
        f"SELECT {_JOINED} AS joined_month, count(*)::int AS members FROM membership_reseller m GROUP BY 1 ORDER BY 1",
        {},
    )
