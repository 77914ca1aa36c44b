"""Partitions of the growth ledger, one per month, opened ahead. Entries of a month without a partition go to the default partition."""

import logging
import time
from datetime import date, datetime

from django.db import OperationalError, transaction

from kernel.period import month_of, next_month
from membership.sql.partitions import create_partition, is_opened, partition_name

_log = logging.getLogger(__name__)
MONTHS_AHEAD = 2
MAX_TRIES = 20
PAUSE_SECONDS = 0.5
_RETRIED = ("55P03", "57014")  # lock_not_available, query_canceled


def open_months(*, now: datetime, since: date | None = None, tries: int = MAX_TRIES) -> list[str]:
    """Open the partitions from `since` (the present month) to two months ahead; returns the names of the new ones.

    Opening one locks every table that payments write, for a moment. It waits for each no longer than `LOCK_TIMEOUT`, gives way and tries
    again; a month that could not be opened is left to the next run, weeks before its first entry. A month that already has entries in
    the default partition stays there: moving them is not worth a lock on the ledger.
    """
    month = since or month_of(now)
    last = month_of(now)
    for _ in range(MONTHS_AHEAD):
        last = next_month(last)
    opened = []
    while month <= last:
        if not is_opened(month) and _open_with_retries(month, tries):
            opened.append(partition_name(month))
        month = next_month(month)
    return opened


def _open_with_retries(month: date, tries: int) -> bool:
    for attempt in range(tries):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        try:
            with transaction.atomic():
                create_partition(month)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _RETRIED:
                raise
        else:
            return True
    _log.warning("the partition of %s could not be opened: payments were under way at every try", month)
    return False
