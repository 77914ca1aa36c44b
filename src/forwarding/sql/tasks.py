"""The statement that counts what waits for a reseller: on each page of hers it is the only one, so it reads the tables of other apps."""

from datetime import datetime

from db import sql
from flashsales.selectors.openings import opens_at_sql
from forwarding.rules.tasks import CELEBRATED_FOR, SHORT_FOR, CheaperStyle, TaskCounts

OPEN_WISH = """(w.state = 'new' OR w.state = 'ordered' AND (
                o.state = 'cancelled'
                OR EXISTS (SELECT FROM forwarding_wishline n WHERE n.wish_id = w.id AND n.was_ordered)
                   AND NOT EXISTS (SELECT FROM forwarding_wishline n WHERE n.wish_id = w.id AND n.order_line_id IS NOT NULL)))"""
"""Whether the wish `w`, with its order `o`, waits for an order: `selectors.wishes.OPEN_WISHES` in SQL."""
_IS_LIVE = "(s.state = 'published' AND s.starts_at <= %(at)s AND %(at)s < s.ends_at)"


def count_tasks(*, reseller_id: int, at: datetime) -> TaskCounts:
    """All counts of a reseller in one statement."""
    return sql.fetch_one(
        TaskCounts,
        f"""
        SELECT w.wishes, x.waiting_customers, x.reached_customers, u.orders AS unpaid_orders, u.units AS unpaid_units, u.pay_before,
               v.units AS reserved_units, v.until AS reserved_until, b.substitutes, b.short_lines, l.late_orders,
               (SELECT count(*) FROM aftersales_case c WHERE c.reseller_id = %(reseller)s AND c.state = 'approved')::int
                   AS cases_to_send,
               (SELECT count(*) FROM aftersales_faultreport c WHERE c.reseller_id = %(reseller)s AND c.state = 'open')::int
                   AS fault_reports,
               t.before AS tier_before, t.after AS tier_after,
               EXISTS (SELECT FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id AND e.amount_fen > 0
                       WHERE a.kind = 'wallet' AND a.owner_id = %(reseller)s) AS has_topped_up,
               EXISTS (SELECT FROM forwarding_retailprice p WHERE p.reseller_id = %(reseller)s) AS has_priced,
               EXISTS (SELECT FROM forwarding_forward f WHERE f.reseller_id = %(reseller)s) AS has_forwarded
        FROM (
            SELECT count(*)::int AS wishes FROM forwarding_wish w LEFT JOIN orders_order o ON o.id = w.order_id
            WHERE w.reseller_id = %(reseller)s AND {OPEN_WISH} AND (NOT w.is_waiting OR (
                SELECT bool_or({_IS_LIVE}) AND NOT bool_and({_IS_LIVE}) FROM forwarding_wishline h
                JOIN flashsales_saleitem i ON i.id = h.item_id JOIN flashsales_sale s ON s.id = i.sale_id WHERE h.wish_id = w.id
            ))
        ) AS w, (
            SELECT count(*)::int AS waiting_customers, coalesce(sum(g.is_there::int), 0)::int AS reached_customers
            FROM (
                SELECT w.id, bool_and(i.available + coalesce(r.units, 0) >= h.units) AS is_there
                FROM forwarding_wish w LEFT JOIN orders_order o ON o.id = w.order_id
                JOIN forwarding_wishline h ON h.wish_id = w.id
                JOIN flashsales_saleitem i ON i.id = h.item_id
                JOIN flashsales_sale s ON s.id = i.sale_id
                LEFT JOIN flashsales_reservation r
                       ON r.item_id = i.id AND r.reseller_id = w.reseller_id AND r.ended_at IS NULL AND r.until > %(at)s
                WHERE w.reseller_id = %(reseller)s AND w.is_waiting AND {OPEN_WISH}
                GROUP BY w.id HAVING bool_and({_IS_LIVE})
            ) AS g
        ) AS x, (
            SELECT count(DISTINCT o.id)::int AS orders, coalesce(sum(n.units), 0)::int AS units, min(o.pay_before) AS pay_before
            FROM orders_order o JOIN orders_orderline n ON n.order_id = o.id
            WHERE o.reseller_id = %(reseller)s AND o.state = 'unpaid' AND o.pay_before > %(at)s
        ) AS u, (
            SELECT coalesce(sum(r.units), 0)::int AS units, min(r.until) AS until FROM flashsales_reservation r
            WHERE r.reseller_id = %(reseller)s AND r.ended_at IS NULL AND r.until > %(at)s
        ) AS v, (
            SELECT count(DISTINCT r.line_id)::int AS short_lines,
                   count(s.id) FILTER (WHERE s.state = 'offered' AND s.expires_at > %(at)s)::int AS substitutes
            FROM aftersales_refund r
            JOIN orders_orderline n ON n.id = r.line_id
            JOIN orders_order o ON o.id = n.order_id AND o.reseller_id = %(reseller)s
            LEFT JOIN aftersales_substitute s ON s.refund_id = r.id
            WHERE r.reason = 'out_of_stock' AND r.at > %(short_since)s
        ) AS b, (
            SELECT count(DISTINCT o.id)::int AS late_orders FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id
            WHERE o.reseller_id = %(reseller)s AND c.state IN ('to_ship', 'partly_shipped') AND c.ship_by < %(at)s
        ) AS l LEFT JOIN LATERAL (
            SELECT n.before, n.after FROM membership_notice n
            WHERE n.reseller_id = %(reseller)s AND n.kind = 'upgraded' AND n.read_at IS NULL AND n.at > %(reached_since)s
            ORDER BY n.id DESC LIMIT 1
        ) AS t ON true
        """,  # noqa: S608 - a constant
        {"reseller": reseller_id, "at": at, "short_since": at - SHORT_FOR, "reached_since": at - CELEBRATED_FOR},
    )


def find_cheaper_styles(*, reseller_id: int, tier_before: int, tier_after: int, at: datetime) -> list[CheaperStyle]:
    """The styles that a reseller has priced and that cost less at the second tier, of sales that are live for it (SALE-19); the largest
    difference first."""
    return sql.fetch(
        CheaperStyle,
        f"""
        SELECT p.sale_id, p.style_id, y.style_no, y.name, price.before_fen, price.after_fen
        FROM forwarding_retailprice p
        JOIN flashsales_sale s ON s.id = p.sale_id
             AND s.state = 'published' AND {opens_at_sql("%(after)s::int")} <= %(at)s AND %(at)s < s.ends_at
        JOIN pricing_pricelist f ON f.id = s.price_list_id
        JOIN inventory_style y ON y.id = p.style_id
        JOIN flashsales_stylelisting b ON b.sale_id = p.sale_id AND b.style_id = p.style_id AND b.tier = %(before)s
        JOIN flashsales_stylelisting a ON a.sale_id = p.sale_id AND a.style_id = p.style_id AND a.tier = %(after)s
        CROSS JOIN LATERAL (
            SELECT pricing_price_at(b.from_price_fen, b.lowest_fen, f.terms, coalesce(s.markdown_ends_at, s.ends_at), %(at)s) AS before_fen,
                   pricing_price_at(a.from_price_fen, a.lowest_fen, f.terms, coalesce(s.markdown_ends_at, s.ends_at), %(at)s) AS after_fen
        ) AS price
        WHERE p.reseller_id = %(reseller)s AND price.after_fen < price.before_fen
        ORDER BY price.before_fen - price.after_fen DESC, p.id
        """,  # noqa: S608 - a constant
        {"reseller": reseller_id, "before": tier_before, "after": tier_after, "at": at},
    )
