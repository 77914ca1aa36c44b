"""The statements that count figures again. Only services call them."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from collections.abc import Callable, Sequence
from datetime import date, datetime

from analysis.sql import truth
from db import sql

_OF_DAYS = {
    "analysis_saleday": truth.sale_days,
    "analysis_saledayrefund": truth.sale_day_refunds,
    "analysis_tierday": truth.tier_days,
}
_OF_SALES: dict[str, Callable[[str], str]] = {
    "analysis_salegoods": truth.sale_goods,
    "analysis_saletotal": truth.sale_totals,
}
_COLUMNS = {
    "analysis_saleday": "day, sale_id, brand_id, lines, units, sold_fen, refunded_units, refunded_fen, shipped_units, on_time_units,"
    " late_units, short_units, returned_units, commission_fen, discount_fen, brand_fen, platform_fen, claim_loss_fen",
    "analysis_saledayrefund": "day, sale_id, brand_id, reason, case_reason, refunds, units, amount_fen",
    "analysis_tierday": "day, tier, joined_month, orders, units, sold_fen, refunded_fen, discount_fen",
    "analysis_salegoods": "sale_id, style_id, size, offered_units, sold_units",
    "analysis_saletotal": "sale_id, brand_id, starts_on, offered_units, sold_units",
}
# The bounds let an index or a block range leave out the orders of other times.
_THESE_DAYS = """d.day = ANY(%(days)s::date[]) AND l.paid_at >= (%(first)s::date)::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND l.paid_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"""
_THESE_SALES = "s.id = ANY(%(sales)s::bigint[])"


def try_to_lock() -> bool:
    """Whether nobody else refreshes the figures; if so, nobody does until the transaction ends."""
    return bool(sql.value("SELECT pg_try_advisory_xact_lock(hashtext('analysis.refresh'))", {}))


def changed_days(*, at: datetime) -> set[date]:
    """The days of which a line has changed since the last refresh, or a deadline has passed."""
    return set(sql.column(f"{truth.CHANGED_DAYS} UNION {truth.DAYS_THAT_BECAME_LATE}", {"at": at}))


def changed_sales() -> set[int]:
    """The sales that have changed since the last refresh."""
    return set(sql.column(truth.CHANGED_SALES, {}))


def paid_days() -> set[date]:
    """All days on which an order was paid, and those that were ever counted."""
    return set(sql.column(f"{truth.PAID_DAYS} UNION SELECT day FROM analysis_countedday", {}))


def published_sales() -> set[int]:
    """All sales that were published, and those that were ever counted."""
    return set(sql.column("SELECT id FROM flashsales_sale UNION SELECT sale_id FROM analysis_saletotal", {}))


def count_days(days: Sequence[date], *, at: datetime) -> None:
    """Replace the figures of days, each table by one statement that reads the truth."""
    if not days:
        return
    sql.execute(
        "INSERT INTO analysis_countedday (day, counted_at) SELECT unnest(%(days)s::date[]), %(at)s"
        " ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at",
        {"days": list(days), "at": at},
    )
    given = {"days": list(days), "first": min(days), "last": max(days)}
    for table, query in _OF_DAYS.items():
        sql.execute(f"DELETE FROM {table} WHERE day = ANY(%(days)s::date[])", given)
        sql.execute(f"INSERT INTO {table} ({_COLUMNS[table]}) {query(_THESE_DAYS)}", given)


def count_sales(sale_ids: Sequence[int]) -> None:
    """Replace the units of sales."""
    if not sale_ids:
        return
    given = {"sales": list(sale_ids)}
    for table, query in _OF_SALES.items():
        sql.execute(f"DELETE FROM {table} WHERE sale_id = ANY(%(sales)s::bigint[])", given)
        sql.execute(f"INSERT INTO {table} ({_COLUMNS[table]}) {query(_THESE_SALES)}", given)
