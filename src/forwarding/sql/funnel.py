"""The statement that adds up what became of shared pages (FORWARD-21)."""

from dataclasses import dataclass
from datetime import date

from db import sql
from forwarding.rules.funnel import FunnelSpan
from forwarding.sql.profit import RETAIL_FEN, RETAIL_OF_LINE
from orders.selectors.lines import LINES

_KEYS = {
    FunnelSpan.DAY: "to_char({t}.date, 'YYYY-MM-DD')",
    FunnelSpan.CHANNEL: "{t}.channel",
    FunnelSpan.FORWARD: "{t}.forward_id::text",
}


@dataclass(frozen=True, slots=True)
class FunnelSums:
    """The sums of one group: `key` is a day, the code of a channel, or the id of a forward; "" in the sums of all groups."""

    key: str
    views: int
    wishes: int
    wished_units: int
    ordered: int
    ordered_units: int
    paid: int
    paid_units: int
    revenue_fen: int
    paid_fen: int


def find_funnel(
    *, reseller_id: int, span: FunnelSpan, first_date: date, last_date: date, forward_id: int | None, limit: int
) -> tuple[FunnelSums, list[FunnelSums]]:
    """By span, for the days within, both included: the views of these days, and the wishes of these days with what they became since.

    First come the sums of all, then at most `limit` groups, days and pages with the latest first. Of a page alone where it is given.
    """
    total, *groups = sql.fetch(
        FunnelSums,
        f"""
        WITH asked AS (
            SELECT w.id, w.forward_id, w.channel, (w.created_at AT TIME ZONE 'Asia/Shanghai')::date AS date, w.units
            FROM forwarding_wish w
            WHERE w.reseller_id = %(reseller)s AND (%(forward)s::bigint IS NULL OR w.forward_id = %(forward)s)
              AND w.created_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
              AND w.created_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
        ), answered AS (
            SELECT DISTINCT h.order_line_id FROM asked w JOIN forwarding_wishline h ON h.wish_id = w.id
            WHERE h.order_line_id IS NOT NULL
        ), lines AS (
            SELECT l.id, l.order_state <> 'cancelled' AS is_ordered, l.order_state = 'paid' AS is_paid, l.units, l.kept_units,
                   l.units * l.price_fen - l.refunded_fen AS net_fen, {RETAIL_FEN} AS retail_fen
            FROM answered a JOIN {LINES} l ON l.id = a.order_line_id
            JOIN orders_order o ON o.id = l.order_id
            JOIN flashsales_saleitem i ON i.id = l.item_id
            {RETAIL_OF_LINE}
        ), parts AS (
            SELECT h.wish_id, l.*,
                   least(sum(h.units) OVER (PARTITION BY l.id ORDER BY h.id) - h.units, l.units) AS before,
                   least(sum(h.units) OVER (PARTITION BY l.id ORDER BY h.id), l.units) AS upto
            FROM lines l JOIN forwarding_wishline h ON h.order_line_id = l.id
        ), shared AS (
            SELECT p.wish_id, p.is_ordered, p.is_paid, p.retail_fen,
                   CASE WHEN p.is_ordered THEN p.upto - p.before ELSE 0 END AS ordered_units,
                   p.kept_units * p.upto / p.units - p.kept_units * p.before / p.units AS kept_units,
                   p.net_fen * p.upto / p.units - p.net_fen * p.before / p.units AS net_fen
            FROM parts p
        ), became AS (
            SELECT s.wish_id, bool_or(s.is_ordered)::int AS ordered, sum(s.ordered_units) AS ordered_units,
                   bool_or(s.is_paid)::int AS paid, sum(s.kept_units) FILTER (WHERE s.is_paid) AS paid_units,
                   sum(s.kept_units * s.retail_fen) FILTER (WHERE s.is_paid) AS revenue_fen,
                   sum(s.net_fen) FILTER (WHERE s.is_paid AND s.retail_fen IS NOT NULL) AS paid_fen
            FROM shared s GROUP BY s.wish_id
        ), found AS (
            SELECT {_KEYS[span].format(t="c")} AS key, c.views, 0 AS wishes, 0 AS wished_units, 0 AS ordered, 0 AS ordered_units,
                   0 AS paid, 0 AS paid_units, 0 AS revenue_fen, 0 AS paid_fen
            FROM forwarding_viewcount c JOIN forwarding_forward f ON f.id = c.forward_id
            WHERE f.reseller_id = %(reseller)s AND (%(forward)s::bigint IS NULL OR f.id = %(forward)s)
              AND c.date BETWEEN %(first)s AND %(last)s
            UNION ALL
            SELECT {_KEYS[span].format(t="w")}, 0, 1,
                   coalesce((SELECT sum(h.units) FROM forwarding_wishline h WHERE h.wish_id = w.id), w.units),
                   b.ordered, b.ordered_units, b.paid, b.paid_units, b.revenue_fen, b.paid_fen
            FROM asked w LEFT JOIN became b ON b.wish_id = w.id
        )
        SELECT coalesce(key, '') AS key, coalesce(sum(views), 0)::bigint AS views, coalesce(sum(wishes), 0)::bigint AS wishes,
               coalesce(sum(wished_units), 0)::bigint AS wished_units,
               coalesce(sum(ordered), 0)::bigint AS ordered, coalesce(sum(ordered_units), 0)::bigint AS ordered_units,
               coalesce(sum(paid), 0)::bigint AS paid, coalesce(sum(paid_units), 0)::bigint AS paid_units,
               coalesce(sum(revenue_fen), 0)::bigint AS revenue_fen, coalesce(sum(paid_fen), 0)::bigint AS paid_fen
        FROM found GROUP BY GROUPING SETS ((key), ())
        ORDER BY grouping(key) DESC, {"found.key::bigint" if span is FunnelSpan.FORWARD else "found.key"} DESC LIMIT %(limit)s + 1
        """,  # noqa: S608 - constants
        {
            "reseller": reseller_id,
            "forward": forward_id,
            "first": first_date,
            "last": last_date,
            "limit": limit,
        },
    )
    return total, groups
