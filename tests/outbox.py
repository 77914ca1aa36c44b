"""Reading the outbox of events while other workers test on the same server.

The outbox tells of nothing that an older transaction could still precede, and PostgreSQL knows the transactions of all databases
together. So a test of another worker, which is one long transaction, holds back the events of this one; it is waited for.
"""

import time
from datetime import datetime

from django.db import connection

from notices.services import delivery, outbox
from notices.services.delivery import Clock

_PATIENCE_SECONDS = 120
_IS_HELD_BACK = """
SELECT coalesce(max(transaction_id), 0) >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM events_event
"""


def wait_for_older_transactions() -> None:
    """Until every event that is committed can be read. Raises TimeoutError where a transaction stays open for too long."""
    until = time.monotonic() + _PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_IS_HELD_BACK)
            [is_held_back] = cursor.fetchone()
            if not is_held_back:
                return
            if time.monotonic() > until:
                raise TimeoutError("a transaction of another test holds the outbox back")
            time.sleep(0.02)


def write_notices(*, now: datetime, limit: int = outbox.BATCH) -> int:
    wait_for_older_transactions()
    return outbox.write_notices(now=now, limit=limit)


def deliver(*, clock: Clock) -> int:
    wait_for_older_transactions()
    return delivery.deliver(clock=clock)
