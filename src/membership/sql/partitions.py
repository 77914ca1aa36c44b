"""Statements that open the monthly partitions of the growth ledger."""

from datetime import date

from django.db import connection

from kernel.period import month_period

LOCK_TIMEOUT = "150ms"
"""Less than a payment waits before PostgreSQL looks for a deadlock."""
STATEMENT_TIMEOUT = "1s"
"""PostgreSQL scans the default partition for rows of the new month, and every payment waits meanwhile."""
_LOCKED_FIRST = (
    "membership_reseller",
    "membership_invitationreward",
    "accounts_person",
    "membership_growthcause",
)
"""What the ledger refers to, locked in the order in which payments touch it, before the ledger itself."""


def partition_name(month: date) -> str:
    return f"membership_growthentry_{month:%Y_%m}"


def create_partition(month: date) -> None:
    """Create the partition of a month; fails with SQLSTATE 55P03 or 57014 where the locks or the scan take too long."""
    period = month_period(month)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"
        )
        for table in _LOCKED_FIRST:
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("LOCK TABLE membership_growthentry IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"""CREATE TABLE {partition_name(month)} PARTITION OF membership_growthentry
                FOR VALUES FROM ('{period.starts_at.isoformat()}') TO ('{period.ends_at.isoformat()}')"""
        )


def is_opened(month: date) -> bool:
    """Whether a month has its partition already, or has entries in the default partition."""
    period = month_period(month)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT to_regclass(%(partition)s) IS NOT NULL
                   OR EXISTS (SELECT 1 FROM membership_growthentry_rest WHERE at >= %(starts_at)s AND at < %(ends_at)s)""",
            {"partition": partition_name(month), "starts_at": period.starts_at, "ends_at": period.ends_at},
        )
        (opened,) = cursor.fetchone()
    return bool(opened)
