"""The check of the books for orders: invariants 2 and 3, and the orders' side of 1."""

from kernel.books import Breach
from wire import sql

_CHECKS: list[tuple[int, str, str, str]] = [
    (
        2,
        "orders_order",
        "an order without lines",
        "SELECT o.id FROM orders_order o WHERE NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = o.id)",
    ),
    (
        3,
        "orders_order",
        "its total is not the sum of its lines",
        """SELECT o.id FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
           GROUP BY o.id HAVING o.total_fen <> sum(l.units * l.price_fen)""",
    ),
    (
        3,
        "orders_orderline",
        "its price is not that of its tier on the frozen list",
        """SELECT l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
           JOIN pricing_pricelistrow p ON p.id = l.price_row_id
           JOIN flashsales_sale s ON s.id = l.sale_id
           JOIN pricing_pricelist t ON t.id = p.price_list_id
           WHERE p.price_list_id <> s.price_list_id OR p.sku_id <> l.sku_id OR p.tier <> o.tier
              OR l.price_fen > p.wholesale_fen OR l.price_fen < p.lowest_fen
              OR (l.price_fen <> p.wholesale_fen AND t.terms -> 'resolved' -> 'ladder' = 'null'::jsonb)
              OR p.brand_payable_fen <> l.payable_fen""",
    ),
    (
        3,
        "orders_orderline",
        "no rung of its sale's markdown ladder gives its price (PRICE-10)",
        # Rungs are counted, not instants: the end of the sale may have been moved since.
        """SELECT l.id FROM orders_orderline l
           JOIN pricing_pricelistrow p ON p.id = l.price_row_id
           JOIN pricing_pricelist t ON t.id = p.price_list_id
           JOIN flashsales_sale s ON s.id = l.sale_id
           CROSS JOIN LATERAL (SELECT (t.terms #>> '{resolved,ladder,last_minutes}')::int AS last,
                                      (t.terms #>> '{resolved,ladder,every_minutes}')::int AS every) AS ladder
           WHERE l.price_fen <> p.wholesale_fen AND ladder.last IS NOT NULL AND NOT EXISTS (
               SELECT FROM generate_series(0, (ladder.last - 1) / ladder.every) AS rung
               WHERE l.price_fen = pricing_price_at(p.wholesale_fen, p.lowest_fen, t.terms, s.ends_at,
                                                    s.ends_at - make_interval(mins => ladder.last - rung * ladder.every)))""",
    ),
    (
        3,
        "orders_order",
        "what its wallet paid, less refunds, is not what its lines say",
        """SELECT o.id FROM orders_order o
           JOIN (SELECT order_id, sum(units * price_fen) AS paid_fen FROM orders_orderline GROUP BY 1) l ON l.order_id = o.id
           LEFT JOIN ledger_posting p ON p.key = 'payment:order:' || o.id
           LEFT JOIN (SELECT e.posting_id, sum(e.amount_fen) AS wallet_fen FROM ledger_entry e
                      JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'wallet' GROUP BY 1) w ON w.posting_id = p.id
           WHERE coalesce(-w.wallet_fen, 0) <> CASE WHEN o.state = 'paid' THEN l.paid_fen ELSE 0 END""",
    ),
    (
        3,
        "orders_orderline",
        "more was refunded than paid",
        "SELECT id FROM orders_orderline WHERE refunded_units > units",
    ),
    (
        2,
        "orders_orderline",
        "a paid line without a consignment",
        """SELECT l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
           WHERE (o.state = 'paid') <> (l.consignment_id IS NOT NULL)""",
    ),
    (
        1,
        "flashsales_saleitem",
        "its held units are not those of its unpaid orders",
        """SELECT i.id FROM flashsales_saleitem i
           LEFT JOIN (SELECT l.item_id, sum(l.units) AS units FROM orders_orderline l
                      JOIN orders_order o ON o.id = l.order_id AND o.state = 'unpaid' GROUP BY 1) h ON h.item_id = i.id
           WHERE i.held <> coalesce(h.units, 0)""",
    ),
    (
        1,
        "flashsales_itemtally",
        "it is not what the reseller's orders hold or bought of the item",
        """SELECT t.id FROM flashsales_itemtally t
           LEFT JOIN (SELECT l.item_id, o.reseller_id, sum(l.units) AS units FROM orders_orderline l
                      JOIN orders_order o ON o.id = l.order_id AND o.state <> 'cancelled' GROUP BY 1, 2) h
                  ON h.item_id = t.item_id AND h.reseller_id = t.reseller_id
           WHERE t.units > coalesce(h.units, 0)""",
    ),
]


def breaches() -> list[Breach]:
    """Orders whose lines, prices, payments or held units do not add up (BOOKS-1, BOOKS-2, BOOKS-3)."""
    return [
        Breach(invariant, table, row["id"], what)
        for invariant, table, what, statement in _CHECKS
        for row in sql.rows(statement, {})
    ]
