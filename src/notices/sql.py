"""The SQL of notices: the lock of claims, and the figures of ops. One function per statement."""

from datetime import datetime

from db import sql
from notices.rules import NoticeFigure

_LOCK_CLAIMS = "SELECT pg_advisory_xact_lock(hashtext('notices.claim'))"

_FIGURES = """
SELECT (n.created_at AT TIME ZONE 'Asia/Shanghai')::date AS day, n.channel, n.state, split_part(n.why, ':', 1) AS why,
       count(*) AS notices, count(*) FILTER (WHERE n.sent_with_id IS NULL) AS messages
FROM notices_notice n WHERE n.created_at >= %(since)s
GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4
"""


def lock_claims() -> None:
    """One claim at a time, so that daily limits are counted right; held to the end of the transaction."""
    sql.execute(_LOCK_CLAIMS, {})


def figures(*, since: datetime) -> list[NoticeFigure]:
    """Notices written since an instant, by day, channel, state and reason; the newest day first."""
    return sql.fetch(NoticeFigure, _FIGURES, {"since": since})


def lock_choices(*, person_id: int) -> None:
    """One change of the choices of a person at a time; held to the end of the transaction."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('notices.choices'), %(person)s)", {"person": person_id})
