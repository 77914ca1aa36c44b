"""Partitions of the growth ledger: one a month, opened ahead; what no month was opened for falls into the rest, never away."""

import logging
import time
from datetime import date, datetime

from django.db import OperationalError, connection, transaction

from kernel.period import month_of, month_period, next_month

_log = logging.getLogger(__name__)
AHEAD = 2
TRIES = 20
PAUSE_SECONDS = 0.5
LOCK_TIMEOUT = "150ms"
WORK_TIMEOUT = "1s"
"""PostgreSQL reads the rest to see that it holds nothing of the new month, and everybody waits meanwhile."""
_GAVE_WAY = ("55P03", "57014")  # lock_not_available, query_canceled
_LOCKED_FIRST = (
    "membership_reseller",
    "membership_invitationreward",
    "accounts_person",
    "membership_growthcause",
)
"""What the ledger refers to, locked in the order in which payments come by, before the ledger itself."""


def open_months(*, now: datetime, since: date | None = None, tries: int = TRIES) -> list[str]:
    """Open the partitions from `since` (the present month) to two months ahead; gives the names of the new ones.

    Opening one needs every table that payments write, for a moment. It waits for each no longer than `LOCK_TIMEOUT`, less than a payment
    waits before it looks for a deadlock, gives way and tries again; a month that could not be opened is left to the next run, weeks
    before its first entry. A month that already has entries in the rest stays there: moving them is not worth a lock on the ledger.
    """
    month = since or month_of(now)
    last = month_of(now)
    for _ in range(AHEAD):
        last = next_month(last)
    opened = []
    while month <= last:
        if not _is_settled(month) and _open_patiently(month, tries):
            opened.append(_name(month))
        month = next_month(month)
    return opened


def _open_patiently(month: date, tries: int) -> bool:
    for attempt in range(tries):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        try:
            _create(month)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _GAVE_WAY:
                raise
        else:
            return True
    _log.warning("the partition of %s could not be opened: payments were under way at every try", month)
    return False


@transaction.atomic
def _create(month: date) -> None:
    period = month_period(month)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = '{WORK_TIMEOUT}'")
        for table in _LOCKED_FIRST:
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("LOCK TABLE membership_growthentry IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"""CREATE TABLE {_name(month)} PARTITION OF membership_growthentry
                FOR VALUES FROM ('{period.starts_at.isoformat()}') TO ('{period.ends_at.isoformat()}')"""
        )


def _is_settled(month: date) -> bool:
    """Whether a month is open already, or has entries in the rest."""
    period = month_period(month)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT to_regclass(%s) IS NOT NULL
                   OR EXISTS (SELECT 1 FROM membership_growthentry_rest WHERE at >= %s AND at < %s)""",
            [_name(month), period.starts_at, period.ends_at],
        )
        (settled,) = cursor.fetchone()
    return bool(settled)


def _name(month: date) -> str:
    return f"membership_growthentry_{month:%Y_%m}"
