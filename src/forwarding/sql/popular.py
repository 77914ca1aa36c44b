"""The statement that counts what is forwarded."""

from dataclasses import dataclass
from datetime import datetime

from db import sql


@dataclass(frozen=True, slots=True)
class PopularPlace:
    """A style in a sale and how many resellers forwarded it."""

    sale_id: int
    style_id: int
    resellers: int


def find_popular_places(*, since: datetime, last: int, least: int, limit: int) -> list[PopularPlace]:
    """The styles that most resellers forwarded since an instant, by themselves or in a selection, among the last forwards."""
    return sql.fetch(
        PopularPlace,
        """
        WITH recent AS (
            SELECT f.id, f.reseller_id, f.sale_id, f.style_id
            FROM (SELECT * FROM forwarding_forward ORDER BY id DESC LIMIT %(last)s) f WHERE f.created_at >= %(since)s
        ), forwarded AS (
            SELECT reseller_id, sale_id, style_id FROM recent WHERE style_id IS NOT NULL AND sale_id IS NOT NULL
            UNION
            SELECT r.reseller_id, p.sale_id, p.style_id FROM recent r JOIN forwarding_forwardstyle p ON p.forward_id = r.id
        )
        SELECT sale_id, style_id, count(DISTINCT reseller_id) AS resellers FROM forwarded
        GROUP BY sale_id, style_id HAVING count(DISTINCT reseller_id) >= %(least)s
        ORDER BY resellers DESC, sale_id, style_id LIMIT %(limit)s
        """,
        {"since": since, "last": last, "least": least, "limit": limit},
    )
