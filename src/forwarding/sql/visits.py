"""Statements that count visitors and keep their wishes in order."""

from datetime import datetime

from db import sql


def count_view(*, forward_id: int, visitor: str, now: datetime) -> None:
    """Insert a visit, and add one view where the visitor is new; nothing for a stopped forward."""
    sql.execute(
        """
        WITH first_visit AS (
            INSERT INTO forwarding_visit (forward_id, visitor, seen_at)
            SELECT id, %(visitor)s, %(now)s FROM forwarding_forward WHERE id = %(forward)s AND stopped_at IS NULL
            ON CONFLICT (visitor) DO NOTHING
            RETURNING forward_id
        )
        UPDATE forwarding_forward f SET views = f.views + 1 FROM first_visit v WHERE f.id = v.forward_id
        """,
        {"forward": forward_id, "visitor": visitor, "now": now},
    )


def lock_visitor(*, visitor: str) -> None:
    """Hold an advisory lock until the transaction ends, so that the wishes of one visitor are counted one after the other."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0))", {"lock": f"forwarding.wish:{visitor}"})
