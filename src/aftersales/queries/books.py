"""The check of the books for after-sales: refunds are what lines and wallets say, cases ask no more than can be refunded (invariant 3)."""

from kernel.books import Breach
from wire import sql


def breaches() -> list[Breach]:
    lines = sql.rows(
        """
        SELECT l.id, l.refunded_units, coalesce(r.units, 0) AS units FROM orders_orderline l
        LEFT JOIN (SELECT line_id, sum(units) AS units FROM aftersales_refund GROUP BY 1) r ON r.line_id = l.id
        WHERE l.refunded_units <> coalesce(r.units, 0)
        """,
        {},
    )
    amounts = sql.rows(
        """
        SELECT r.id FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id
        LEFT JOIN ledger_posting p ON p.key = 'refund:' || r.id
        LEFT JOIN (SELECT e.posting_id, sum(e.amount_fen) AS fen FROM ledger_entry e
                   JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'wallet' GROUP BY 1) w ON w.posting_id = p.id
        WHERE r.amount_fen <> r.units * l.price_fen OR r.amount_fen <> coalesce(w.fen, 0)
        """,
        {},
    )
    cases = sql.rows(
        """
        SELECT c.id FROM aftersales_case c JOIN aftersales_refund r ON r.id = c.refund_id
        WHERE r.line_id <> c.line_id OR r.units <> c.units OR r.reason NOT IN ('returned', 'refund_only')
        UNION ALL
        SELECT c.id FROM aftersales_case c
        JOIN orders_orderline l ON l.id = c.line_id JOIN orders_order o ON o.id = l.order_id
        WHERE c.reseller_id <> o.reseller_id OR c.brand_id <> l.brand_id
        """,
        {},
    )
    after_shipping = sql.rows(
        """
        SELECT r.id FROM aftersales_refund r LEFT JOIN aftersales_case c ON c.refund_id = r.id
        WHERE (c.id IS NULL) <> (r.reason IN ('changed_mind', 'out_of_stock'))
        """,
        {},
    )
    asked = sql.rows(
        """
        SELECT l.id, l.units - l.refunded_units AS kept, c.units FROM orders_orderline l
        JOIN (SELECT line_id, sum(units) AS units FROM aftersales_case WHERE ended_at IS NULL GROUP BY 1) c ON c.line_id = l.id
        WHERE c.units > l.units - l.refunded_units
        """,
        {},
    )
    settled = sql.rows(
        """
        SELECT c.id FROM aftersales_case c JOIN orders_orderline l ON l.id = c.line_id
        JOIN settlement_statement t ON t.sale_id = l.sale_id AND t.state <> 'drawn'
        WHERE c.ended_at IS NULL AND NOT (c.state = 'agreed' AND c.due_at <= t.settled_at)
        """,
        {},
    )
    return [
        *(
            Breach(
                3, "orders_orderline", row["id"], f"{row['refunded_units']} units refunded, refunds say {row['units']}"
            )
            for row in lines
        ),
        *(
            Breach(3, "aftersales_refund", row["id"], "its amount is not what went back to the wallet")
            for row in amounts
        ),
        *(Breach(3, "aftersales_case", row["id"], "it is not about what was refunded or bought") for row in cases),
        *(
            Breach(3, "aftersales_refund", row["id"], "a refund after shipping without its case, or one before with it")
            for row in after_shipping
        ),
        *(
            Breach(
                3,
                "orders_orderline",
                row["id"],
                f"open cases ask for {row['units']} units, {row['kept']} can be refunded",
            )
            for row in asked
        ),
        *(Breach(3, "aftersales_case", row["id"], "it is open, and its sale is settled") for row in settled),
    ]
