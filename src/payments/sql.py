"""The SQL of payments: advisory locks. They are taken before any row is locked."""

from db import sql

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))"


def lock_payer(reseller_id: int) -> None:
    """Let the payments that a reseller starts wait for each other until the transaction ends: a key starts one, and they are counted."""
    sql.execute(_LOCK, {"name": f"payments.payer:{reseller_id}"})


def lock_event(provider: str, event_id: str) -> None:
    """Let copies of one callback wait for each other until the transaction ends."""
    sql.execute(_LOCK, {"name": f"payments.event:{provider}:{event_id}"})
