"""The SQL of after-sales. Each function runs one statement."""

# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass

from db import sql

# Settlement stands above after-sales and imports it, so its table is read here and not its selector.
_IS_LINE_SETTLED = """
SELECT FROM settlement_statementitem WHERE line_id = %(line_id)s
"""


def is_line_settled(line_id: int) -> bool:
    """Whether the line is in a statement that was sent. From then on nothing of it is refunded (SETTLE-2)."""
    return bool(sql.rows(_IS_LINE_SETTLED, {"line_id": line_id}))


@dataclass(frozen=True, slots=True)
class EntryCause:
    """What an entry of an account is about."""

    entry_id: int
    order_id: int | None
    case_id: int | None
    goods: str
    picture: str
    style_no: str
    more_goods: int


@dataclass(frozen=True, slots=True)
class WalletCause(EntryCause):
    """The same, and the balance of the account after it."""

    balance_fen: int


# The cause of a payment is its order, that of a refund or resend its line.
_SHOWN = """
WITH shown AS MATERIALIZED (
    SELECT e.id, e.account_id, coalesce(r.line_id, s.line_id) AS line_id, coalesce(c.id, s.case_id) AS case_id,
           coalesce(l.order_id, CASE WHEN cause.kind = 'order' THEN cause.id END) AS order_id
    FROM ledger_entry e
    JOIN ledger_posting p ON p.id = e.posting_id
    CROSS JOIN LATERAL (
        SELECT split_part(p.cause, ':', 1) AS kind,
               CASE WHEN p.cause ~ '^[a-z_]+:[0-9]{1,18}$' THEN split_part(p.cause, ':', 2)::bigint END AS id
    ) cause
    LEFT JOIN aftersales_refund r ON r.id = cause.id AND cause.kind = 'refund'
    LEFT JOIN aftersales_resend s ON s.id = cause.id AND cause.kind IN ('resend', 'resend_short')
    LEFT JOIN aftersales_case c ON c.refund_id = r.id
    LEFT JOIN orders_orderline l ON l.id = coalesce(r.line_id, s.line_id)
    WHERE e.id = ANY(%(entries)s::bigint[])
)"""

_COLUMNS = """
       w.id AS entry_id, o.id AS order_id, w.case_id, coalesce(g.goods, '') AS goods, coalesce(g.picture, '') AS picture,
       coalesce(g.style_no, '') AS style_no, coalesce(greatest(g.kinds - 1, 0), 0)::int AS more_goods
FROM shown w
"""

_GOODS = """
LEFT JOIN orders_order o ON o.id = w.order_id
LEFT JOIN LATERAL (
    SELECT coalesce(nullif(y.name, ''), y.style_no) AS goods, y.picture, y.style_no, count(*) OVER () AS kinds
    FROM orders_orderline l JOIN inventory_sku k ON k.id = l.sku_id JOIN inventory_style y ON y.id = k.style_id
    WHERE l.order_id = w.order_id AND (w.line_id IS NULL OR l.id = w.line_id)
      AND (%(brand)s::bigint IS NULL OR l.brand_id = %(brand)s)
    ORDER BY l.id LIMIT 1
) g ON true
"""

_ENTRY_CAUSES = _SHOWN + " SELECT" + _COLUMNS + _GOODS

# Entries older than the page are added up once; of those on the page, and of others between them, a window adds up the rest.
_WALLET_CAUSES = (
    _SHOWN
    + """, spans AS (
    SELECT account_id, min(id) AS first_id, max(id) AS last_id FROM shown GROUP BY account_id
), balances AS (
    SELECT e.id, sum(e.amount_fen) OVER (PARTITION BY e.account_id ORDER BY e.id) + s.before_fen AS fen
    FROM (SELECT *, (SELECT coalesce(sum(o.amount_fen), 0) FROM ledger_entry o
                     WHERE o.account_id = spans.account_id AND o.id < spans.first_id) AS before_fen FROM spans) AS s
    JOIN ledger_entry e ON e.account_id = s.account_id AND e.id BETWEEN s.first_id AND s.last_id
)
SELECT b.fen::bigint AS balance_fen,"""
    + _COLUMNS
    + "JOIN balances b ON b.id = w.id"
    + _GOODS
)


def find_wallet_causes(entry_ids: Sequence[int]) -> list[WalletCause]:
    """What entries are about, with the running balances of their accounts."""
    return sql.fetch(WalletCause, _WALLET_CAUSES, {"entries": list(entry_ids), "brand": None}) if entry_ids else []


def find_entry_causes(entry_ids: Sequence[int], *, brand_id: int | None = None) -> list[EntryCause]:
    """What entries are about; of the goods of an order only those of a brand where it is given."""
    return sql.fetch(EntryCause, _ENTRY_CAUSES, {"entries": list(entry_ids), "brand": brand_id}) if entry_ids else []
