"""Statements that count visitors and keep their wishes in order."""

from datetime import date, datetime

from db import sql
from forwarding.rules.channels import BuiltInChannel

BUILT_IN = [each.value for each in BuiltInChannel]
KNOWN_CHANNEL = """CASE WHEN %(channel)s = ANY(%(built_in)s)
                          OR EXISTS (SELECT FROM forwarding_sharechannel o WHERE o.reseller_id = f.reseller_id AND o.code = %(channel)s)
                     THEN %(channel)s ELSE '' END"""
"""The channel of an address of the reseller of `f`."""


def count_view(*, forward_id: int, visitor: str, channel: str, date: date, now: datetime) -> None:
    """Insert a visit, and add one view where the visitor is new, in all and by channel and day; nothing for a stopped forward.

    A channel that the forward's reseller does not have counts as none.
    """
    sql.execute(
        f"""
        WITH first_visit AS (
            INSERT INTO forwarding_visit (forward_id, visitor, seen_at)
            SELECT id, %(visitor)s, %(now)s FROM forwarding_forward WHERE id = %(forward)s AND stopped_at IS NULL
            ON CONFLICT (visitor) DO NOTHING
            RETURNING forward_id
        ), counted AS (
            UPDATE forwarding_forward f SET views = f.views + 1 FROM first_visit v WHERE f.id = v.forward_id RETURNING f.id, f.reseller_id
        )
        INSERT INTO forwarding_viewcount AS c (forward_id, channel, date, views)
        SELECT f.id, {KNOWN_CHANNEL}, %(date)s, 1 FROM counted f
        ON CONFLICT (forward_id, date, channel) DO UPDATE SET views = c.views + 1
        """,  # noqa: S608 - a constant
        {"forward": forward_id, "visitor": visitor, "channel": channel, "built_in": BUILT_IN, "date": date, "now": now},
    )


def known_channel(*, reseller_id: int, channel: str) -> str:
    """The channel where the reseller has it, removed or not; else ""."""
    return str(
        sql.value(
            f"SELECT {KNOWN_CHANNEL} FROM (SELECT %(reseller)s::bigint AS reseller_id) f",  # noqa: S608 - a constant
            {"reseller": reseller_id, "channel": channel, "built_in": BUILT_IN},
        )
    )


def lock_visitor(*, visitor: str) -> None:
    """Hold an advisory lock until the transaction ends, so that the wishes of one visitor are counted one after the other."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0))", {"lock": f"forwarding.wish:{visitor}"})
