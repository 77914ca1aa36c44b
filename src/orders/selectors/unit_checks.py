"""Checks of units that orders hold, and of the movements and the growth that they caused (INTEGRITY-1, INTEGRITY-4, INTEGRITY-7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from kernel.integrity import Check, sum_check
from membership.rules.tiers import DEFAULT_TABLE
from orders.selectors.lines import LINES

UNIT_CHECKS = (
    sum_check(
        "orders.held",
        1,
        "flashsales_saleitem",
        "{held} units are held, its unpaid orders, its reservations and its draw hold {expected}",
        "held",
        f"""
        SELECT l.item_id, l.units FROM {LINES} l WHERE l.order_state = 'unpaid' AND changed_items(l.item_id)
        UNION ALL SELECT r.item_id, r.units FROM flashsales_reservation r WHERE r.ended_at IS NULL AND changed_items(r.item_id)
        UNION ALL SELECT i.id, i.draw_units FROM flashsales_saleitem i WHERE i.draw_units > 0 AND changed_items(i.id)
        """,
        "changed_items(t.id)",
    ),
    Check(
        "orders.sold_movement",
        7,
        "orders_order",
        "{units} units of SKU {sku_id} were paid, and {moved} were moved out as sold",
        f"""
        SELECT d.order_id AS id, d.sku_id, d.units, coalesce(-m.on_hand_delta, 0) AS moved
        FROM (SELECT l.order_id, l.sku_id, sum(l.units) AS units FROM {LINES} l
              WHERE l.order_state = 'paid' AND changed_orders(l.order_id) GROUP BY 1, 2) d
        LEFT JOIN inventory_movement m ON m.sku_id = d.sku_id AND m.kind = 'sold' AND m.cause = 'order:' || d.order_id
        WHERE d.units <> coalesce(-m.on_hand_delta, 0)
        """,
    ),
    Check(
        "orders.movement",
        7,
        "inventory_movement",
        "{units} units of SKU {sku_id} were {kind} for {cause}, which has no such lines in a {expected} order",
        f"""
        SELECT m.id, -m.allotted_delta AS units, m.sku_id, m.kind, m.cause, e.state AS expected
        FROM inventory_movement m
        CROSS JOIN LATERAL (SELECT CASE m.kind WHEN 'sold' THEN 'paid' ELSE 'cancelled' END AS state,
                            CASE WHEN m.cause ~ '^order:[0-9]{{1,18}}$' THEN split_part(m.cause, ':', 2)::bigint END AS order_id) e
        LEFT JOIN (SELECT 'order:' || l.order_id AS cause, l.sku_id, l.order_state, sum(l.units) AS units
                   FROM {LINES} l WHERE changed_orders(l.order_id) GROUP BY 1, 2, 3) d
               ON d.cause = m.cause AND d.sku_id = m.sku_id AND d.units = -m.allotted_delta AND d.order_state = e.state
        WHERE changed_movements(m.id) AND (m.kind = 'sold' OR (m.kind = 'return' AND m.cause LIKE 'order:%%')) AND d.sku_id IS NULL
              -- A movement may be looked at for its SKU's sake alone; then the lines of its order are not among those above.
              AND (e.order_id IS NULL OR changed_orders(e.order_id))
        """,
    ),
)

GROWTH_CHECKS = (
    Check(
        "orders.growth",
        7,
        "orders_order",
        "its goods are paid with {goods_fen} fen, which gives {due} growth; the ledger of reseller {reseller_id} has {booked}",
        """
        SELECT o.id, d.goods_fen, o.reseller_id, d.milli AS due, coalesce(e.milli::text, 'none') AS booked
        FROM orders_order o
        LEFT JOIN membership_growthentry e ON e.order_id = o.id AND e.kind = 1 AND e.reseller_id = o.reseller_id
        LEFT JOIN LATERAL (SELECT fen_per_growth FROM membership_tiertableversion t WHERE t.from_month <= e.month
                           ORDER BY t.from_month DESC LIMIT 1) t ON true
        CROSS JOIN LATERAL (SELECT o.total_fen - o.freight_fen AS goods_fen,
                            (o.total_fen - o.freight_fen) * 1000 / coalesce(t.fen_per_growth, %(fen_per_growth)s) AS milli) AS d
        WHERE changed_orders(o.id) AND o.state = 'paid' AND (e.amount_fen, e.milli) IS DISTINCT FROM (d.goods_fen, d.milli)
        """,
        {"fen_per_growth": DEFAULT_TABLE.fen_per_growth},
    ),
    Check(
        "orders.growth_entry",
        7,
        "membership_growthentry",
        "there is no paid order {order_id} of reseller {reseller_id}",
        """
        SELECT e.id, e.order_id, e.reseller_id FROM membership_growthentry e
        LEFT JOIN orders_order o ON o.id = e.order_id AND o.state = 'paid' AND o.reseller_id = e.reseller_id
        WHERE changed_resellers(e.reseller_id) AND e.order_id IS NOT NULL AND o.id IS NULL
        """,
    ),
    # Orders that were shipped before growth waited for it have no entry of their shipment, and none of their growth is pending.
    Check(
        "orders.growth_pending",
        4,
        "orders_order",
        "{to_ship} units of it are to be shipped, and {pending} growth of it is pending",
        f"""
        SELECT o.id, l.to_ship, e.pending FROM orders_order o
        JOIN (SELECT order_id, sum(pending_milli) AS pending FROM membership_growthentry
              WHERE order_id IS NOT NULL AND changed_resellers(reseller_id) GROUP BY 1) e ON e.order_id = o.id
        JOIN (SELECT l.order_id, sum(l.unshipped_units - l.resending_units) AS to_ship
              FROM {LINES} l WHERE changed_orders(l.order_id) GROUP BY 1) l ON l.order_id = o.id
        WHERE changed_orders(o.id) AND o.state = 'paid' AND (e.pending < 0 OR (l.to_ship = 0 AND e.pending <> 0))
        """,
    ),
)
