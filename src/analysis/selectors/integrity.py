"""The checks of analysis (ANALYSIS-1): kept figures are those that the order lines and sale items give.

Days and sales that have changed since the last refresh are left out: they are counted again by the next. So are all of them where the
last refresh was in another database, whose transactions have other numbers.
"""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from analysis.sql import truth
from kernel.integrity import Check
from orders.selectors.lines import LINES

_SAME_DATABASE = """(SELECT t.database FROM analysis_rollupstate t) = (SELECT y.system_identifier || '/' || d.oid
    FROM pg_control_system() y, pg_database d WHERE d.datname = current_database())"""
_SETTLED_DAY = f"{_SAME_DATABASE} AND {{day}} NOT IN (SELECT g.day FROM ({truth.CHANGED_DAYS}) g)"
_SETTLED_SALE = f"{_SAME_DATABASE} AND {{sale}} NOT IN (SELECT g.sale_id FROM ({truth.CHANGED_SALES}) g)"
_FIGURES = (
    "lines", "units", "sold_fen", "refunded_units", "refunded_fen", "shipped_units", "on_time_units", "late_units", "short_units",
    "returned_units", "commission_fen", "discount_fen", "brand_fen", "platform_fen", "claim_loss_fen", "brand_id",
)  # fmt: skip


def _columns(alias: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


def _differs(names: tuple[str, ...]) -> str:
    return f"({_columns('r', names)}) IS DISTINCT FROM ({_columns('e', names)})"


CHECKS = (
    Check(
        "analysis.sale_day",
        3,
        "analysis_saleday",
        "it says {units} units for {sold_fen} fen, {late_units} late, {refunded_fen} fen refunded, {platform_fen} kept;"
        " the lines say {true_units}, {true_sold}, {true_late}, {true_refunded}, {true_platform}",
        f"""
        SELECT r.id, r.units, r.sold_fen, r.late_units, r.refunded_fen, r.platform_fen, e.units AS true_units, e.sold_fen AS true_sold,
               e.late_units AS true_late, e.refunded_fen AS true_refunded, e.platform_fen AS true_platform
        FROM analysis_saleday r
        LEFT JOIN ({truth.sale_days("changed_sales(l.sale_id)")}) e ON e.day = r.day AND e.sale_id = r.sale_id
        WHERE changed_sales(r.sale_id) AND {_SETTLED_DAY.format(day="r.day")} AND {_differs(_FIGURES)}
        """,
    ),
    Check(
        "analysis.sale_day_missing",
        7,
        "flashsales_sale",
        "its lines that were paid on {day} have no figures",
        f"""
        SELECT l.sale_id AS id, {truth.DAY} AS day FROM {LINES} l
        LEFT JOIN analysis_saleday r ON r.day = {truth.DAY} AND r.sale_id = l.sale_id
        WHERE changed_sales(l.sale_id) AND l.order_state = 'paid' AND r.id IS NULL AND {_SETTLED_DAY.format(day=truth.DAY)}
        GROUP BY 1, 2
        """,
    ),
    Check(
        "analysis.refunds",
        3,
        "flashsales_sale",
        "refunds for {reason} {case_reason} of lines paid on {day}: {kept} units for {kept_fen} fen are kept, the refunds say {units}"
        " for {fen}",
        f"""
        SELECT coalesce(r.sale_id, e.sale_id) AS id, coalesce(r.day, e.day) AS day, coalesce(r.reason, e.reason) AS reason,
               coalesce(r.case_reason, e.case_reason) AS case_reason, r.units AS kept, r.amount_fen AS kept_fen, e.units,
               e.amount_fen AS fen
        FROM (SELECT * FROM analysis_saledayrefund WHERE changed_sales(sale_id)) r
        FULL JOIN ({truth.sale_day_refunds("changed_sales(l.sale_id)")}) e
            ON (e.day, e.sale_id, e.reason, e.case_reason) = (r.day, r.sale_id, r.reason, r.case_reason)
        WHERE {_SETTLED_DAY.format(day="coalesce(r.day, e.day)")} AND {_differs(("refunds", "units", "amount_fen", "brand_id"))}
        """,
    ),
    # Orders are not told apart by sale here: what the day sold by tiers is what it sold by sales.
    Check(
        "analysis.tier_day",
        3,
        "analysis_countedday",
        "{day}: tiers bought {units} units for {sold_fen} fen, {refunded_fen} refunded; sales sold {sale_units} for {sale_sold},"
        " {sale_refunded} refunded",
        f"""
        SELECT to_char(d.day, 'YYYYMMDD')::int AS id, d.day, t.*, s.*
        FROM analysis_countedday d
        LEFT JOIN LATERAL (SELECT sum(units) AS units, sum(sold_fen) AS sold_fen, sum(refunded_fen) AS refunded_fen,
                                  sum(discount_fen) AS discount_fen FROM analysis_tierday t WHERE t.day = d.day) t ON true
        LEFT JOIN LATERAL (SELECT sum(units) AS sale_units, sum(sold_fen) AS sale_sold, sum(refunded_fen) AS sale_refunded,
                                  sum(discount_fen) AS sale_discount FROM analysis_saleday s WHERE s.day = d.day) s ON true
        WHERE {_SETTLED_DAY.format(day="d.day")} AND (t.units, t.sold_fen, t.refunded_fen, t.discount_fen)
            IS DISTINCT FROM (s.sale_units, s.sale_sold, s.sale_refunded, s.sale_discount)
        """,
    ),
    # Who was active is known to the lines only; what they ordered, to the days as well.
    Check(
        "analysis.cohort",
        3,
        "analysis_cohortmonth",
        "{active} of {members} who joined in {joined_month} ordered {orders} times for {sold_fen} fen in {month}; the days say {day_orders}"
        " for {day_sold}",
        f"""
        SELECT r.id, r.active, r.members, r.joined_month, r.orders, r.sold_fen, r.month, e.orders AS day_orders, e.sold_fen AS day_sold
        FROM analysis_cohortmonth r
        LEFT JOIN (SELECT date_trunc('month', t.day)::date AS month, t.joined_month, sum(t.orders) AS orders, sum(t.sold_fen) AS sold_fen,
                          sum(t.refunded_fen) AS refunded_fen FROM analysis_tierday t GROUP BY 1, 2) e
            ON e.month = r.month AND e.joined_month = r.joined_month
        WHERE {_SAME_DATABASE} AND r.month NOT IN (SELECT date_trunc('month', g.day)::date FROM ({truth.CHANGED_DAYS}) g)
            AND (r.active > r.orders OR (r.orders, r.sold_fen, r.refunded_fen)
                IS DISTINCT FROM (e.orders, e.sold_fen, e.refunded_fen))
        """,
    ),
    Check(
        "analysis.sale_total",
        1,
        "flashsales_sale",
        "{kept_sold} of {kept} units are kept as sold from {kept_from} on, its items say {sold_units} of {offered_units} from {starts_on}",
        f"""
        SELECT coalesce(r.sale_id, e.sale_id) AS id, r.sold_units AS kept_sold, r.offered_units AS kept, r.starts_on AS kept_from,
               e.sold_units, e.offered_units, e.starts_on
        FROM (SELECT * FROM analysis_saletotal WHERE changed_sales(sale_id)) r
        FULL JOIN ({truth.sale_totals("changed_sales(s.id)")}) e ON e.sale_id = r.sale_id
        WHERE {_SETTLED_SALE.format(sale="coalesce(r.sale_id, e.sale_id)")}
            AND {_differs(("brand_id", "starts_on", "offered_units", "sold_units"))}
        """,
    ),
    Check(
        "analysis.sale_goods",
        1,
        "flashsales_sale",
        "size {size} of style {style_id}: {kept_sold} of {kept} units are kept as sold, its items say {sold_units} of {offered_units}",
        f"""
        SELECT coalesce(r.sale_id, e.sale_id) AS id, coalesce(r.style_id, e.style_id) AS style_id, coalesce(r.size, e.size) AS size,
               r.sold_units AS kept_sold, r.offered_units AS kept, e.sold_units, e.offered_units
        FROM (SELECT * FROM analysis_salegoods WHERE changed_sales(sale_id)) r
        FULL JOIN ({truth.sale_goods("changed_sales(s.id)")}) e ON (e.sale_id, e.style_id, e.size) = (r.sale_id, r.style_id, r.size)
        WHERE {_SETTLED_SALE.format(sale="coalesce(r.sale_id, e.sale_id)")} AND {_differs(("offered_units", "sold_units"))}
        """,
    ),
)

CHANGED_IDS = {
    "sales": """
        SELECT r.sale_id FROM analysis_saleday r WHERE new(r)
        UNION SELECT r.sale_id FROM analysis_saledayrefund r WHERE new(r)
        UNION SELECT r.sale_id FROM analysis_saletotal r WHERE new(r)
        UNION SELECT r.sale_id FROM analysis_salegoods r WHERE new(r)
        UNION SELECT l.sale_id FROM changed_orders o JOIN orders_orderline l ON l.order_id = o.id
    """,
}

TABLES_WITHOUT_DELETES: tuple[str, ...] = ()
"""The figures of a day are deleted and written again."""
