"""Statements about what a reseller shared before (FORWARD-22)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql


@dataclass(frozen=True, slots=True)
class RepeatedShare:
    """The last share of the same goods to the same channel. `styles` of them were shared within the hours, 0 for a storefront.

    `views` are those of the shared page in the channel from the day of the share on, `wishes` those that were left since.
    """

    forward_id: int
    is_storefront: bool
    shared_at: datetime
    shares: int
    styles: int
    views: int
    wishes: int


def find_repeated_share(
    *,
    reseller_id: int,
    forward_id: int,
    styles: Sequence[tuple[int, int]],
    channel: str,
    since: datetime,
    until: datetime,
    until_of_page: datetime,
) -> list[RepeatedShare]:
    """At most one row. Of a page without styles only shares of itself count; those of the page itself until `until_of_page`."""
    return sql.fetch(
        RepeatedShare,
        """
        WITH same AS (
            SELECT s.id, s.forward_id, s.shared_at, g.sale_id, g.style_id
            FROM forwarding_share s
            LEFT JOIN (forwarding_sharedstyle g
                       JOIN unnest(%(sales)s::bigint[], %(styles)s::bigint[]) AS w(sale_id, style_id)
                         ON w.sale_id = g.sale_id AND w.style_id = g.style_id) ON g.share_id = s.id
            WHERE s.reseller_id = %(reseller)s AND s.channel = %(channel)s AND s.shared_at > %(since)s
              AND s.shared_at <= CASE WHEN s.forward_id = %(forward)s THEN %(until_of_page)s ELSE %(until)s END
              AND (g.id IS NOT NULL OR (s.forward_id = %(forward)s AND cardinality(%(sales)s::bigint[]) = 0))
        ), last AS (
            SELECT forward_id, shared_at FROM same ORDER BY shared_at DESC, id DESC LIMIT 1
        )
        SELECT l.forward_id, f.sale_id IS NULL AS is_storefront, l.shared_at,
               (SELECT count(DISTINCT id) FROM same)::int AS shares,
               (SELECT count(DISTINCT (sale_id, style_id)) FILTER (WHERE style_id IS NOT NULL) FROM same)::int AS styles,
               coalesce((SELECT sum(c.views) FROM forwarding_viewcount c WHERE c.forward_id = l.forward_id AND c.channel = %(channel)s
                         AND c.date >= (l.shared_at AT TIME ZONE 'Asia/Shanghai')::date), 0)::int AS views,
               (SELECT count(*) FROM forwarding_wish w WHERE w.forward_id = l.forward_id AND w.channel = %(channel)s
                AND w.created_at >= l.shared_at)::int AS wishes
        FROM last l JOIN forwarding_forward f ON f.id = l.forward_id
        """,
        {
            "reseller": reseller_id,
            "forward": forward_id,
            "sales": [sale_id for sale_id, _ in styles],
            "styles": [style_id for _, style_id in styles],
            "channel": channel,
            "since": since,
            "until": until,
            "until_of_page": until_of_page,
        },
    )
