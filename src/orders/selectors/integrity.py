"""Integrity checks of orders: lines, prices, sale windows and consignments (INTEGRITY-2, 3, 4, 7), with those of the other modules."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from collections.abc import Iterator

from accounts.selectors import audit_entries_sql
from flashsales.selectors.freight import FREIGHT_TERMS
from flashsales.selectors.openings import opens_at_sql
from flashsales.selectors.waiting_room import NEW_TICKETS, is_admitted_sql
from inventory.selectors.integrity import movement_ids_sql
from kernel.integrity import Check, ComputedCheck, Read, Violation, fault_check, sum_check
from membership.selectors.tier_status import tier_at
from orders.selectors.erasure import ERASURE_CHECKS
from orders.selectors.event_checks import CHANGED_EVENTS, EVENT_CHECKS
from orders.selectors.lines import LINES
from orders.selectors.parcel_checks import PARCEL_CHECKS
from orders.selectors.payment_checks import PAYMENT_CHECKS
from orders.selectors.unit_checks import GROWTH_CHECKS, UNIT_CHECKS
from orders.selectors.upload_checks import CHANGED_UPLOADS, UPLOAD_CHECKS

CLOCK_TOLERANCE = "1 minute"
"""How much later than the instant that it read a request may commit, such as a grab that waited while ops ended the sale."""

_IN_PLACE_OF_OTHERS = "^(exchange|substitute):"
"""Sources of lines that took the place of others, with their freight."""

_LATE_PAYMENTS = audit_entries_sql("orders.pay_late", "order")

_JOIN_SALES = """
JOIN (SELECT DISTINCT order_id, sale_id FROM orders_orderline WHERE changed_orders(order_id)) l ON l.order_id = o.id
JOIN flashsales_sale s ON s.id = l.sale_id
"""
"""Adds to each order `o` the sales `s` of its lines."""

_JOIN_FROZEN_PRICES = """
JOIN orders_order o ON o.id = l.order_id
JOIN flashsales_sale s ON s.id = l.sale_id
LEFT JOIN pricing_pricelistrow p ON p.id = l.price_row_id
LEFT JOIN pricing_pricelist t ON t.id = p.price_list_id
"""
"""Adds to each order line `l` its order `o`, its sale `s`, its frozen price `p` and the price list `t` of that."""

_ORDERS_AT_OTHER_TIER = """
WITH held AS (
    SELECT reseller_id, after AS tier, at AS since, lead(at) OVER (PARTITION BY reseller_id ORDER BY at, id) AS until
    FROM membership_tierchange
    UNION ALL
    SELECT r.id, 0, r.joined_at, (SELECT min(c.at) FROM membership_tierchange c WHERE c.reseller_id = r.id)
    FROM membership_reseller r
)
SELECT o.id, o.placed_at, o.tier, o.reseller_id FROM orders_order o
WHERE changed_orders(o.id) AND NOT EXISTS (
    SELECT FROM held WHERE held.reseller_id = o.reseller_id AND held.tier = o.tier
       AND o.placed_at >= held.since - %(clocks)s::interval
       AND (held.until IS NULL OR o.placed_at <= held.until + %(clocks)s::interval))
ORDER BY o.id LIMIT 1000
"""


def _find_orders_at_other_tier(read: Read) -> Iterator[Violation]:
    """Orders at the prices of a tier that their reseller did not have. Membership checks the recorded tiers. Where a monthly roll-over is
    due and not recorded yet, the tier is computed here."""
    for order in read(_ORDERS_AT_OTHER_TIER, {"clocks": CLOCK_TOLERANCE}):
        if tier_at(order["reseller_id"], order["placed_at"]) != order["tier"]:
            what = f"it was placed at {order['placed_at']} with the prices of tier {order['tier']}, which its reseller did not have then"
            yield Violation(4, "orders_order", order["id"], what, "orders.tier")


_ORDERS = (
    Check(
        "orders.lines",
        2,
        "orders_order",
        "it has no lines",
        """
        SELECT o.id FROM orders_order o
        WHERE changed_orders(o.id) AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = o.id)
        """,
    ),
    sum_check(
        "orders.total",
        3,
        "orders_order",
        "its total is {total_fen} fen, its lines and their freight cost {expected}",
        "total_fen",
        "SELECT order_id, units * price_fen + freight_fen FROM orders_orderline WHERE changed_orders(order_id)",
        "changed_orders(t.id)",
    ),
    sum_check(
        "orders.freight",
        3,
        "orders_order",
        "its freight is {freight_fen} fen, that of its lines is {expected}",
        "freight_fen",
        "SELECT order_id, freight_fen FROM orders_orderline WHERE changed_orders(order_id)",
        "changed_orders(t.id)",
    ),
    Check(
        "orders.freight_terms",
        3,
        "orders_order",
        "its lines of sale {sale_id} to recipient {recipient_id} pay {freight_fen} fen of freight, the terms of the sale ask {due}",
        f"""
        SELECT g.order_id AS id, g.sale_id, g.recipient_id, g.freight_fen, d.due FROM (
            SELECT l.order_id, l.sale_id, l.recipient_id, sum(l.units) AS units, sum(l.units * l.price_fen) AS goods_fen,
                   sum(l.freight_fen) AS freight_fen, max(l.province) AS province
            FROM orders_orderline l WHERE changed_orders(l.order_id) AND l.source !~ '{_IN_PLACE_OF_OTHERS}' GROUP BY 1, 2, 3
        ) AS g LEFT JOIN {FREIGHT_TERMS} f ON f.sale_id = g.sale_id
        CROSS JOIN LATERAL (SELECT CASE WHEN f.sale_id IS NULL OR g.units >= f.free_from_units OR g.goods_fen >= f.free_from_fen THEN 0
            ELSE f.first_fen + (g.units - 1) * f.further_fen END + coalesce((SELECT sum((s ->> 'amount_fen')::bigint)
                FROM jsonb_array_elements(f.surcharges) AS s WHERE s ->> 'province' = g.province), 0) AS due) AS d
        WHERE g.freight_fen <> d.due
        """,
    ),
    Check(
        "orders.delivery",
        3,
        "orders_orderline",
        "its province is {province}, and its sale {sale_id} delivers there: {delivers}, asks for one: {asks}",
        f"""
        SELECT l.id, l.province, l.sale_id, coalesce(l.province <> ALL(f.no_delivery), true) AS delivers,
               coalesce(f.surcharges <> '[]' OR f.no_delivery <> '{{}}', false) AS asks
        FROM orders_orderline l LEFT JOIN {FREIGHT_TERMS} f ON f.sale_id = l.sale_id
        WHERE changed_orders(l.order_id) AND (l.province = ANY(f.no_delivery)
            OR (l.province <> '') <> coalesce(f.surcharges <> '[]' OR f.no_delivery <> '{{}}', false))
        """,
    ),
    Check(
        "orders.state",
        2,
        "orders_order",
        "it is {state}, placed at {placed_at}, to be paid before {pay_before}, paid at {paid_at}, cancelled at {cancelled_at}",
        """
        SELECT o.id, o.state, o.placed_at, o.pay_before, o.paid_at, o.cancelled_at FROM orders_order o
        WHERE changed_orders(o.id) AND NOT coalesce(o.pay_before > o.placed_at AND CASE o.state
            WHEN 'unpaid' THEN o.paid_at IS NULL AND o.cancelled_at IS NULL
            WHEN 'paid' THEN o.paid_at >= o.placed_at AND (o.cancelled_at IS NULL OR o.cancelled_at < o.paid_at)
            WHEN 'cancelled' THEN o.paid_at IS NULL AND o.cancelled_at >= o.placed_at
            ELSE false END, false)
        """,
    ),
    # A late payment holds the units again and is recorded in the audit log.
    Check(
        "orders.paid_in_time",
        2,
        "orders_order",
        "it had to be paid before {pay_before}, was paid at {paid_at}, and no late payment is recorded",
        f"""
        SELECT o.id, o.pay_before, o.paid_at FROM orders_order o
        WHERE changed_orders(o.id) AND o.state = 'paid' AND (o.paid_at >= o.pay_before OR o.cancelled_at IS NOT NULL)
          AND NOT EXISTS (SELECT FROM {_LATE_PAYMENTS} t WHERE t.subject_id = o.id AND t.at = o.paid_at)
        """,
    ),
    Check(
        "orders.given_up",
        7,
        "orders_orderline",
        "its units were given up ({given_up}), and money that came late paid for them",
        f"""
        SELECT l.id, l.given_up FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        JOIN {_LATE_PAYMENTS} t ON t.subject_id = o.id AND t.at = o.paid_at
        WHERE changed_orders(o.id) AND o.state = 'paid' AND l.given_up <> ''
        """,
    ),
    # A sale that ops end early ends at the instant of their request. A grab that ran at that time is accepted.
    Check(
        "orders.window",
        2,
        "orders_order",
        "it was placed at {placed_at} for tier {tier}, outside of sale {sale_id}: {opened_at} to {ends_at}",
        f"""
        SELECT o.id, o.placed_at, o.tier, s.id AS sale_id, {opens_at_sql("o.tier")} AS opened_at, s.ends_at
        FROM orders_order o {_JOIN_SALES}
        WHERE (o.placed_at < {opens_at_sql("o.tier")} OR o.placed_at >= s.ends_at)
          AND NOT EXISTS (
              SELECT FROM {audit_entries_sql("flashsales.end_early", "sale")} t
              WHERE t.subject_id = s.id AND t.at = s.ends_at
                AND o.placed_at >= {opens_at_sql("o.tier")} AND o.placed_at < s.ends_at + %(clocks)s::interval)
        """,
        {"clocks": CLOCK_TOLERANCE},
    ),
    # Units that took the place of others need no ticket (SALE-24).
    Check(
        "orders.admitted",
        2,
        "orders_order",
        "it was placed at {placed_at}; the waiting room of its sale {sale_id} had not admitted its reseller by then",
        f"""
        SELECT o.id, o.placed_at, l.sale_id
        FROM (SELECT DISTINCT order_id, sale_id FROM orders_orderline
              WHERE changed_orders(order_id) AND source !~ '{_IN_PLACE_OF_OTHERS}') l
        JOIN orders_order o ON o.id = l.order_id
        WHERE NOT {is_admitted_sql(sale="l.sale_id", reseller="o.reseller_id", at="o.placed_at")}
        """,
    ),
    Check(
        "orders.sale",
        2,
        "orders_order",
        "it is {state}, and its sale {sale_id} is {sale_state}",
        f"""
        SELECT o.id, o.state, s.id AS sale_id, s.state AS sale_state FROM orders_order o {_JOIN_SALES}
        WHERE s.state = 'draft' OR (s.state <> 'published' AND o.state <> 'cancelled')
        """,
    ),
    ComputedCheck("orders.tier", _find_orders_at_other_tier),
)

_LINES = (
    fault_check(
        "orders.line_rows",
        7,
        "orders_orderline",
        """l
        LEFT JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN flashsales_saleitem i ON i.id = l.item_id
        LEFT JOIN flashsales_sale s ON s.id = l.sale_id
        LEFT JOIN inventory_sku k ON k.id = l.sku_id
        LEFT JOIN orders_recipient r ON r.id = l.recipient_id
        """,
        """
        WHEN o.id IS NULL THEN 'there is no order ' || l.order_id
        WHEN i.sale_id IS DISTINCT FROM l.sale_id THEN 'its sale item ' || l.item_id || ' is not of its sale ' || l.sale_id
        WHEN i.sku_id IS DISTINCT FROM l.sku_id THEN 'its sale item ' || l.item_id || ' is not of its SKU ' || l.sku_id
        WHEN s.brand_id IS DISTINCT FROM l.brand_id THEN 'its sale ' || l.sale_id || ' is not of its brand ' || l.brand_id
        WHEN k.brand_id IS DISTINCT FROM l.brand_id THEN 'its SKU ' || l.sku_id || ' is not of its brand ' || l.brand_id
        WHEN r.reseller_id IS DISTINCT FROM o.reseller_id
            THEN 'its recipient ' || l.recipient_id || ' is not of its reseller ' || o.reseller_id
        """,
        "changed_orders(l.order_id)",
    ),
    fault_check(
        "orders.consignment",
        2,
        "orders_orderline",
        "l JOIN orders_order o ON o.id = l.order_id LEFT JOIN orders_consignment c ON c.id = l.consignment_id",
        """
        WHEN o.state = 'paid' AND c.id IS NULL THEN 'it is paid and has no consignment'
        WHEN o.state <> 'paid' AND l.consignment_id IS NOT NULL
            THEN 'its order is ' || o.state || ', and it has the consignment ' || l.consignment_id
        WHEN c.order_id <> l.order_id THEN 'its consignment ' || c.id || ' is of order ' || c.order_id
        WHEN c.brand_id <> l.brand_id THEN 'its consignment ' || c.id || ' is of brand ' || c.brand_id
        WHEN c.recipient_id <> l.recipient_id THEN 'its consignment ' || c.id || ' goes to recipient ' || c.recipient_id
        """,
        "changed_orders(l.order_id)",
    ),
    fault_check(
        "orders.price",
        3,
        "orders_orderline",
        f"l {_JOIN_FROZEN_PRICES}",
        """
        WHEN p.id IS NULL THEN 'there is no frozen price ' || l.price_row_id
        WHEN p.price_list_id IS DISTINCT FROM s.price_list_id THEN 'its frozen price is not of the list of sale ' || s.id
        WHEN p.sku_id <> l.sku_id THEN 'its frozen price is of SKU ' || p.sku_id
        WHEN p.tier <> o.tier THEN 'its frozen price is of tier ' || p.tier || ', the order of tier ' || o.tier
        WHEN l.price_fen > p.wholesale_fen OR l.price_fen < p.lowest_fen
            THEN 'it costs ' || l.price_fen || ' fen, the frozen price is ' || p.wholesale_fen || ' down to ' || p.lowest_fen
        WHEN l.price_fen <> p.wholesale_fen AND t.terms -> 'resolved' -> 'markdown_schedule' = 'null'::jsonb
            THEN 'it costs ' || l.price_fen || ' fen, the frozen price is ' || p.wholesale_fen
        WHEN l.payable_fen <> p.brand_payable_fen
            THEN 'the brand gets ' || l.payable_fen || ' fen of it, ' || p.brand_payable_fen || ' by the frozen price'
        WHEN l.labelling <> p.labelling THEN 'its label is ' || l.labelling || ', ' || p.labelling || ' by the frozen price'
        WHEN l.retail_floor_fen IS DISTINCT FROM p.retail_floor_fen
            THEN 'its floor is ' || coalesce(l.retail_floor_fen::text, 'none') || ', '
                 || coalesce(p.retail_floor_fen::text, 'none') || ' by the frozen price'
        WHEN l.commission_fen <> l.price_fen - l.payable_fen
            THEN 'the platform gets ' || l.commission_fen || ' fen of it, not ' || l.price_fen - l.payable_fen
        """,
        "changed_orders(l.order_id)",
    ),
    # Steps are counted, not instants: the end of the sale may have been moved since.
    Check(
        "orders.markdown",
        3,
        "orders_orderline",
        "no step of its sale's markdown schedule gives its price (PRICE-10)",
        f"""
        SELECT l.id FROM orders_orderline l {_JOIN_FROZEN_PRICES}
        CROSS JOIN LATERAL (SELECT (t.terms #>> '{{resolved,markdown_schedule,last_minutes}}')::int AS last,
                                   (t.terms #>> '{{resolved,markdown_schedule,every_minutes}}')::int AS every) AS schedule
        WHERE changed_orders(l.order_id) AND l.price_fen <> p.wholesale_fen AND schedule.last IS NOT NULL AND NOT EXISTS (
            SELECT FROM generate_series(0, (schedule.last - 1) / schedule.every) AS step
            WHERE l.price_fen = pricing_price_at(p.wholesale_fen, p.lowest_fen, t.terms, s.ends_at,
                                                 s.ends_at - make_interval(mins => schedule.last - step * schedule.every)))
        """,
    ),
    Check(
        "orders.refunded_units",
        3,
        "orders_orderline",
        "{refunded_units} units are refunded of {units} that were paid",
        f"""
        SELECT l.id, l.refunded_units, l.units FROM {LINES} l
        WHERE changed_orders(l.order_id) AND l.refunded_units > CASE WHEN l.order_state = 'paid' THEN l.units ELSE 0 END
        """,
    ),
)

_CONSIGNMENTS = (
    fault_check(
        "orders.consignment_rows",
        7,
        "orders_consignment",
        """c
        LEFT JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN orders_recipient r ON r.id = c.recipient_id
        LEFT JOIN (SELECT consignment_id, sum(units - shipped_units - cancelled_units + resending_units) AS left_units,
                          sum(shipped_units) AS shipped_units
                   FROM orders_orderline WHERE changed_orders(order_id) GROUP BY 1) l ON l.consignment_id = c.id
        """,
        """
        WHEN o.state IS DISTINCT FROM 'paid' THEN 'its order ' || c.order_id || ' is not paid'
        WHEN l.consignment_id IS NULL THEN 'it has no lines'
        WHEN r.reseller_id IS DISTINCT FROM o.reseller_id
            THEN 'its recipient ' || c.recipient_id || ' is not of its reseller ' || o.reseller_id
        WHEN c.ship_by < o.paid_at THEN 'it had to be shipped by ' || c.ship_by || ', and was paid at ' || o.paid_at
        WHEN (c.state = 'shipped') <> (c.shipped_at IS NOT NULL)
            THEN 'it is ' || c.state || ', shipped at ' || coalesce(c.shipped_at::text, 'no time')
        WHEN c.shipped_at < o.paid_at THEN 'it was shipped at ' || c.shipped_at || ', before it was paid at ' || o.paid_at
        WHEN c.state <> CASE WHEN l.left_units > 0 AND l.shipped_units > 0 THEN 'partly_shipped' WHEN l.left_units > 0 THEN 'to_ship'
                             WHEN l.shipped_units > 0 THEN 'shipped' ELSE 'cancelled' END
            THEN 'it is ' || c.state || ', ' || l.shipped_units || ' units are shipped, ' || l.left_units || ' to be shipped'
        """,
        "changed_orders(c.order_id)",
    ),
)

CHECKS = (
    *ERASURE_CHECKS,
    *_ORDERS,
    *_LINES,
    *_CONSIGNMENTS,
    *PARCEL_CHECKS,
    *PAYMENT_CHECKS,
    *UNIT_CHECKS,
    *GROWTH_CHECKS,
    *UPLOAD_CHECKS,
    *EVENT_CHECKS,
)

CHANGED_IDS = {
    "payments": "SELECT t.payment_id FROM orders_orderpayment t WHERE new(t)",
    "orders": f"""
        SELECT o.id FROM orders_order o WHERE new(o)
        UNION SELECT l.order_id FROM orders_orderline l WHERE new(l)
        UNION SELECT r.order_id FROM orders_receivedpayment r WHERE new(r)
        UNION SELECT t.order_id FROM orders_orderpayment t WHERE new(t)
        UNION SELECT t.order_id FROM orders_orderpayment t JOIN changed_payments c ON c.id = t.payment_id
        UNION SELECT c.order_id FROM orders_consignment c WHERE new(c)
        UNION SELECT c.order_id FROM orders_parcel p JOIN orders_consignment c ON c.id = p.consignment_id WHERE new(p)
        UNION SELECT l.order_id FROM orders_parcelline m JOIN orders_orderline l ON l.id = m.line_id WHERE new(m)
        UNION SELECT c.order_id FROM orders_parcelline m JOIN orders_parcel p ON p.id = m.parcel_id
              JOIN orders_consignment c ON c.id = p.consignment_id WHERE new(m)
        UNION SELECT l.order_id FROM orders_consignment c JOIN orders_orderline l ON l.consignment_id = c.id WHERE new(c)
        UNION SELECT l.order_id FROM orders_recipient r JOIN orders_orderline l ON l.recipient_id = r.id WHERE new(r)
        UNION SELECT l.order_id FROM flashsales_saleitem i JOIN orders_orderline l ON l.item_id = i.id WHERE new(i)
        UNION SELECT l.order_id FROM flashsales_sale s JOIN orders_orderline l ON l.sale_id = s.id WHERE new(s)
        UNION SELECT o.id FROM {NEW_TICKETS} t JOIN orders_order o ON o.reseller_id = t.reseller_id
              JOIN orders_orderline l ON l.order_id = o.id AND l.sale_id = t.sale_id
        UNION SELECT l.order_id FROM flashsales_itemtally t JOIN orders_orderline l ON l.item_id = t.item_id WHERE new(t)
        UNION SELECT l.order_id FROM pricing_pricelistrow p JOIN orders_orderline l ON l.price_row_id = p.id WHERE new(p)
        UNION SELECT l.order_id FROM pricing_pricelist t JOIN flashsales_sale s ON s.price_list_id = t.id
              JOIN orders_orderline l ON l.sale_id = s.id WHERE new(t)
        UNION SELECT o.id FROM membership_tierchange c JOIN orders_order o ON o.reseller_id = c.reseller_id WHERE new(c)
        UNION SELECT t.subject_id FROM {_LATE_PAYMENTS} t WHERE new(t)
    """,
    "movements": movement_ids_sql("SELECT 'order:' || id FROM changed_orders"),
    "items": "SELECT l.item_id FROM changed_orders o JOIN orders_orderline l ON l.order_id = o.id",
    "resellers": "SELECT o.reseller_id FROM orders_order o JOIN changed_orders c ON c.id = o.id",
    "order_uploads": CHANGED_UPLOADS,
    "events": CHANGED_EVENTS,
}

TABLES_WITHOUT_DELETES = ("orders_consignment", "orders_orderline", "orders_parcel")
