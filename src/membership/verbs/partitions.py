"""Partitions of the growth ledger: one a month, opened ahead; what no month was opened for falls into the rest, never away."""

from datetime import date, datetime

from django.db import connection, transaction

from kernel.period import month_of, month_period, next_month

AHEAD = 2


@transaction.atomic
def open_months(*, now: datetime, since: date | None = None) -> list[str]:
    """Open the partitions from `since` (the present month) to two months ahead; gives the names of the new ones.

    A month that already has entries in the rest stays there: moving them is not worth a lock on the ledger.
    """
    month = since or month_of(now)
    last = month_of(now)
    for _ in range(AHEAD):
        last = next_month(last)
    opened = []
    while month <= last:
        name = _open(month)
        opened += [name] if name else []
        month = next_month(month)
    return opened


def _open(month: date) -> str | None:
    name = f"membership_growthentry_{month:%Y_%m}"
    period = month_period(month)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT to_regclass(%s) IS NOT NULL
                   OR EXISTS (SELECT 1 FROM membership_growthentry_rest WHERE at >= %s AND at < %s)""",
            [name, period.starts_at, period.ends_at],
        )
        (settled,) = cursor.fetchone()
        if settled:
            return None
        cursor.execute(
            f"""CREATE TABLE {name} PARTITION OF membership_growthentry
                FOR VALUES FROM ('{period.starts_at.isoformat()}') TO ('{period.ends_at.isoformat()}')"""
        )
    return name
