"""Figures are counted up to the oldest transaction that runs; other workers of pytest-xdist have transactions in the same server."""

import time
from datetime import datetime

from django.db import connection

from analysis.services import rollups
from analysis.services.rollups import Refreshed

_PATIENCE_SECONDS = 240
"""A property test of another worker is one transaction, of minutes where the machine has other work."""


def refresh(*, now: datetime) -> Refreshed | None:
    """`rollups.refresh` once no older transaction runs. Raises TimeoutError where one stays open for too long."""
    until = time.monotonic() + _PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::numeric >= pg_current_xact_id()::text::numeric"
            )
            [is_oldest] = cursor.fetchone()
            if is_oldest:
                break
            if time.monotonic() > until:
                raise TimeoutError("a transaction of another test holds the figures back")
            time.sleep(0.02)
    return rollups.refresh(now=now)
