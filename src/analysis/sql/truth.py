"""What the figures of analysis are by the tables that they are counted from: queries as text, for the writing and for the check of it.

A day is counted as of `analysis_countedday.counted_at`, so that a query gives the same rows again as long as no line of the day changes.
"""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from orders.selectors.lines import LINES

DAY = "(l.paid_at AT TIME ZONE 'Asia/Shanghai')::date"
# The deadline of what was paid: a resend gives a consignment that was shipped whole a later one.
DEADLINE = "coalesce(c.paid_ship_by, c.ship_by)"


def _paid_lines(where: str) -> str:
    """The paid lines of counted days; `where` names the day as `d.day`, the sale as `l.sale_id`."""
    return f"""
        FROM {LINES} l JOIN analysis_countedday d ON d.day = {DAY}
        WHERE l.order_state = 'paid' AND {where}
    """


def sale_days(where: str) -> str:
    """The columns of SaleDay without its id."""
    return f"""
        SELECT t.day, t.sale_id, t.brand_id, count(*)::int AS lines, sum(t.units)::int AS units,
               sum(t.units * t.price_fen)::bigint AS sold_fen, sum(t.refunded_units)::int AS refunded_units,
               sum(t.refunded_fen)::bigint AS refunded_fen, sum(t.shipped_units)::int AS shipped_units,
               sum(t.on_time_units)::int AS on_time_units,
               sum(t.shipped_units - t.on_time_units + CASE WHEN t.is_overdue THEN t.left_units ELSE 0 END)::int AS late_units,
               sum(t.short_units)::int AS short_units, sum(t.refunded_units - t.cancelled_units)::int AS returned_units,
               sum(t.units * (t.base_price_fen - t.payable_fen))::bigint AS commission_fen,
               sum(t.units * (t.base_price_fen - t.price_fen))::bigint AS discount_fen,
               sum(t.brand_fen)::bigint AS brand_fen, sum(t.platform_fen)::bigint AS platform_fen,
               sum(t.claim_loss_fen)::bigint AS claim_loss_fen
        FROM (
            SELECT p.*, coalesce(r.base_price_fen, p.price_fen) AS base_price_fen, {DEADLINE} < p.counted_at AS is_overdue,
                   least(p.shipped_units, coalesce(m.units, 0)) AS on_time_units, coalesce(k.fen, 0) AS claim_loss_fen
            FROM (SELECT l.*, d.day, d.counted_at, l.units - l.shipped_units - l.cancelled_units AS left_units
                  {_paid_lines(where)}) p
            LEFT JOIN orders_consignment c ON c.id = p.consignment_id
            LEFT JOIN pricing_pricelistrow r ON r.id = p.price_row_id
            LEFT JOIN LATERAL (SELECT sum(m.units) AS units FROM orders_parcelline m
                               WHERE m.line_id = p.id AND m.shipped_at <= {DEADLINE}) m ON p.shipped_units > 0
            LEFT JOIN (SELECT f.line_id, sum(k.amount_fen - k.paid_fen) AS fen FROM aftersales_carrierclaim k
                       JOIN aftersales_refund f ON f.id = k.refund_id WHERE k.ended_at IS NOT NULL GROUP BY 1) k ON k.line_id = p.id
        ) t GROUP BY 1, 2, 3
    """


def sale_day_refunds(where: str) -> str:
    """The columns of SaleDayRefund without its id."""
    return f"""
        SELECT p.day, p.sale_id, p.brand_id, f.reason, coalesce(k.reason, '') AS case_reason, count(*)::int AS refunds,
               sum(f.units)::int AS units, sum(f.amount_fen)::bigint AS amount_fen
        FROM (SELECT l.id, l.sale_id, l.brand_id, d.day {_paid_lines(where)}) p
        JOIN aftersales_refund f ON f.line_id = p.id LEFT JOIN aftersales_case k ON k.refund_id = f.id
        GROUP BY 1, 2, 3, 4, 5
    """


def tier_days(where: str) -> str:
    """The columns of TierDay without its id."""
    return f"""
        SELECT p.day, p.tier, date_trunc('month', m.joined_at AT TIME ZONE 'Asia/Shanghai')::date AS joined_month,
               count(DISTINCT p.order_id)::int AS orders, sum(p.units)::int AS units,
               sum(p.units * p.price_fen)::bigint AS sold_fen, sum(p.refunded_fen)::bigint AS refunded_fen,
               sum(p.units * (coalesce(r.base_price_fen, p.price_fen) - p.price_fen))::bigint AS discount_fen
        FROM (SELECT l.*, d.day {_paid_lines(where)}) p
        JOIN membership_reseller m ON m.id = p.reseller_id LEFT JOIN pricing_pricelistrow r ON r.id = p.price_row_id
        GROUP BY 1, 2, 3
    """


def sale_goods(where: str) -> str:
    """The columns of SaleGoods without its id; `where` names the sale as `s.id`."""
    return f"""
        SELECT s.id AS sale_id, i.style_id, coalesce(k.size, '') AS size, sum(i.allotted + i.returned)::int AS offered_units,
               sum(i.sold)::int AS sold_units
        FROM flashsales_sale s JOIN flashsales_saleitem i ON i.sale_id = s.id JOIN inventory_sku k ON k.id = i.sku_id
        WHERE s.state = 'published' AND {where} GROUP BY 1, 2, 3
    """


def sale_totals(where: str) -> str:
    """The columns of SaleTotal; `where` names the sale as `s.id`."""
    return f"""
        SELECT s.id AS sale_id, s.brand_id, (s.starts_at AT TIME ZONE 'Asia/Shanghai')::date AS starts_on,
               coalesce(sum(i.allotted + i.returned), 0)::int AS offered_units, coalesce(sum(i.sold), 0)::int AS sold_units
        FROM flashsales_sale s LEFT JOIN flashsales_saleitem i ON i.sale_id = s.id
        WHERE s.state = 'published' AND {where} GROUP BY 1, 2, 3
    """


PAID_DAYS = """
SELECT DISTINCT (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM orders_order o WHERE o.state = 'paid'
"""
"""All days on which an order was paid."""

_NEW = "age({0}.xmin) <= age((SELECT greatest((t.transaction_id + 1) % 4294967296, 3)::text::xid FROM analysis_rollupstate t))"

# Paying, shipping, refunding and resending write the line; only the end of a claim against a carrier does not.
_CHANGED_DAYS = """
SELECT (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM orders_order o
JOIN (SELECT l.order_id FROM orders_orderline l WHERE {lines}
      UNION SELECT l.order_id FROM aftersales_carrierclaim k JOIN aftersales_refund f ON f.id = k.refund_id
            JOIN orders_orderline l ON l.id = f.line_id WHERE {claims}) changed ON changed.order_id = o.id
WHERE o.state = 'paid'
"""
_CHANGED_SALES = """
SELECT i.sale_id FROM flashsales_saleitem i WHERE {items}
UNION SELECT s.id FROM flashsales_sale s WHERE {sales}
"""


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


CHANGED_DAYS = _CHANGED_DAYS.format(lines=_escaped(_NEW.format("l")), claims=_escaped(_NEW.format("k")))
"""The days of which a line has changed since the figures were last refreshed: rows that later transactions wrote (decision 290)."""
CHANGED_SALES = _CHANGED_SALES.format(items=_escaped(_NEW.format("i")), sales=_escaped(_NEW.format("s")))
"""The sales whose units or window have changed since then."""
DAYS_THAT_BECAME_LATE = """
SELECT d.day FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id
JOIN analysis_countedday d ON d.day = (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date
WHERE c.state IN ('to_ship', 'partly_shipped') AND c.ship_by >= d.counted_at AND c.ship_by < %(at)s
"""
"""The days of which a deadline passed since they were counted."""
