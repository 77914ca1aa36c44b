"""The statements that find what changed since the last clean run, so that only that is checked (docs/decisions/0095).

Every row version of PostgreSQL carries the transaction that wrote it (`xmin`). A run records the oldest transaction that was open at its
snapshot. Whatever is written later, or was not committed yet, has that number or a later one. The next run therefore finds a row that
such a transaction commits after the run, whatever its clock said.

A check names the things that it reads (orders, sale items, SKUs …). CHANGED_IDS selects the ids of each kind: those whose own row
changed, and those of which a part, a cause or a counterpart changed.
"""

import re
from dataclasses import dataclass

from django.db import connection

from db import sql

# Transaction numbers have 32 bits: one that is further back than half of them looks like a later one.
MAX_SPAN = 2_000_000_000

_NEW = re.compile(r"\bnew\((\w+)\)")
_CHANGED = re.compile(r"changed_(\w+)\(([\w.]+)\)")

# The order matters: a statement may use the table of ids of those before it.
CHANGED_IDS = {
    "postings": """
        SELECT p.id FROM ledger_posting p WHERE new(p)
        UNION SELECT e.posting_id FROM ledger_entry e WHERE new(e)
        UNION SELECT e.posting_id FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id WHERE new(a) AND a.kind = 'wallet'
        UNION SELECT p.id FROM accounts_auditentry t JOIN ledger_posting p
              ON p.key = CASE t.action WHEN 'orders.top_up' THEN 'top-up:' ELSE 'deposit:' END || (t.details->>'reference')
              WHERE new(t) AND t.action IN ('orders.top_up', 'brands.record_deposit')
        UNION SELECT p.id FROM settlement_statement t JOIN ledger_posting p ON p.key IN ('settlement:' || t.id, 'payout:' || t.id)
              WHERE new(t)
    """,
    "orders": """
        SELECT o.id FROM orders_order o WHERE new(o)
        UNION SELECT l.order_id FROM orders_orderline l WHERE new(l)
        UNION SELECT c.order_id FROM orders_consignment c WHERE new(c)
        UNION SELECT l.order_id FROM orders_consignment c JOIN orders_orderline l ON l.consignment_id = c.id WHERE new(c)
        UNION SELECT l.order_id FROM aftersales_refund r JOIN orders_orderline l ON l.id = r.line_id WHERE new(r)
        UNION SELECT l.order_id FROM aftersales_case k JOIN orders_orderline l ON l.id = k.line_id WHERE new(k)
        UNION SELECT l.order_id FROM aftersales_case k JOIN aftersales_refund r ON r.id = k.refund_id
              JOIN orders_orderline l ON l.id = r.line_id WHERE new(k)
        UNION SELECT l.order_id FROM orders_recipient r JOIN orders_orderline l ON l.recipient_id = r.id WHERE new(r)
        UNION SELECT l.order_id FROM flashsales_saleitem i JOIN orders_orderline l ON l.item_id = i.id WHERE new(i)
        UNION SELECT l.order_id FROM flashsales_sale s JOIN orders_orderline l ON l.sale_id = s.id WHERE new(s)
        UNION SELECT l.order_id FROM flashsales_itemtally t JOIN orders_orderline l ON l.item_id = t.item_id WHERE new(t)
        UNION SELECT l.order_id FROM pricing_pricelistrow p JOIN orders_orderline l ON l.price_row_id = p.id WHERE new(p)
        UNION SELECT l.order_id FROM pricing_pricelist t JOIN flashsales_sale s ON s.price_list_id = t.id
              JOIN orders_orderline l ON l.sale_id = s.id WHERE new(t)
        UNION SELECT o.id FROM membership_tierchange c JOIN orders_order o ON o.reseller_id = c.reseller_id WHERE new(c)
        UNION SELECT e.order_id FROM membership_growthentry e WHERE new(e)
        UNION SELECT t.subject_id FROM accounts_auditentry t WHERE new(t) AND t.subject_kind = 'order' AND t.action = 'orders.pay_late'
        UNION SELECT split_part(p.cause, ':', 2)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              WHERE p.cause ~ '^order:[0-9]{1,18}$'
        UNION SELECT split_part(p.key, ':', 3)::bigint FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              WHERE p.key ~ '^payment:order:[0-9]{1,18}$'
        UNION SELECT l.order_id FROM ledger_posting p JOIN changed_postings c ON c.id = p.id
              JOIN aftersales_refund r ON p.key = 'refund:' || r.id JOIN orders_orderline l ON l.id = r.line_id
        UNION SELECT split_part(m.cause, ':', 2)::bigint FROM inventory_movement m WHERE new(m) AND m.cause ~ '^order:[0-9]{1,18}$'
        UNION SELECT l.order_id FROM inventory_movement m JOIN aftersales_refund r ON m.cause = 'refund:' || r.id
              JOIN orders_orderline l ON l.id = r.line_id WHERE new(m)
    """,
    "movements": """
        SELECT m.id FROM inventory_movement m WHERE new(m)
        UNION SELECT m.id FROM inventory_movement m JOIN (
            SELECT 'order:' || id AS cause FROM changed_orders
            UNION SELECT 'refund:' || r.id FROM changed_orders o JOIN orders_orderline l ON l.order_id = o.id
                  JOIN aftersales_refund r ON r.line_id = l.id
            UNION SELECT 'sale:' || s.id FROM flashsales_sale s WHERE new(s)
        ) AS c ON c.cause = m.cause
        UNION SELECT m.id FROM flashsales_saleitem i JOIN inventory_movement m ON m.sku_id = i.sku_id AND m.cause = 'sale:' || i.sale_id
              WHERE new(i)
        UNION SELECT m.id FROM inventory_upload u JOIN inventory_movement m ON split_part(m.cause, ':', 2) = u.id::text
              WHERE new(u) AND u.applied_at_seq IS NOT NULL AND m.kind = 'upload'
        UNION SELECT m.id FROM inventory_sku s JOIN inventory_movement m ON m.sku_id = s.id WHERE new(s)
    """,
    "skus": """
        SELECT s.id FROM inventory_sku s WHERE new(s)
        UNION SELECT s.id FROM inventory_style t JOIN inventory_sku s ON s.style_id = t.id AND s.brand_id = t.brand_id WHERE new(t)
        UNION SELECT m.sku_id FROM inventory_movement m WHERE new(m)
        UNION SELECT i.sku_id FROM flashsales_saleitem i WHERE new(i)
        UNION SELECT c.sku_id FROM inventory_uploadchange c WHERE new(c)
        UNION SELECT c.sku_id FROM inventory_upload u JOIN inventory_uploadchange c
              ON c.id BETWEEN u.changes_from AND u.changes_to AND c.upload_id = u.id WHERE new(u) AND u.applied_at_seq IS NOT NULL
    """,
    "items": """
        SELECT i.id FROM flashsales_saleitem i WHERE new(i)
        UNION SELECT l.item_id FROM changed_orders o JOIN orders_orderline l ON l.order_id = o.id
        UNION SELECT t.item_id FROM flashsales_itemtally t WHERE new(t)
        UNION SELECT i.id FROM changed_skus s JOIN flashsales_saleitem i ON i.sku_id = s.id
        UNION SELECT i.id FROM flashsales_sale s JOIN flashsales_saleitem i ON i.sale_id = s.id WHERE new(s)
        UNION SELECT i.id FROM pricing_pricelistitem p JOIN flashsales_sale s ON s.price_list_id = p.price_list_id
              JOIN flashsales_saleitem i ON i.sale_id = s.id AND i.sku_id = p.sku_id WHERE new(p)
    """,
    "sales": """
        SELECT s.id FROM flashsales_sale s WHERE new(s)
        UNION SELECT i.sale_id FROM changed_items c JOIN flashsales_saleitem i ON i.id = c.id
        UNION SELECT t.sale_id FROM flashsales_saletally t WHERE new(t)
        UNION SELECT t.sale_id FROM settlement_statement t WHERE new(t)
        UNION SELECT s.id FROM pricing_pricelist t JOIN flashsales_sale s ON s.price_list_id = t.id WHERE new(t)
    """,
    "price_lists": """
        SELECT t.id FROM pricing_pricelist t WHERE new(t)
        UNION SELECT i.price_list_id FROM pricing_pricelistitem i WHERE new(i)
        UNION SELECT r.price_list_id FROM pricing_pricelistrow r WHERE new(r)
        UNION SELECT s.price_list_id FROM flashsales_sale s WHERE new(s)
        UNION SELECT s.price_list_id FROM flashsales_stylelisting h JOIN flashsales_sale s ON s.id = h.sale_id WHERE new(h)
    """,
    "price_items": """
        SELECT i.id FROM pricing_pricelistitem i WHERE new(i)
        UNION SELECT i.id FROM pricing_pricelistrow r
              JOIN pricing_pricelistitem i ON i.price_list_id = r.price_list_id AND i.sku_id = r.sku_id WHERE new(r)
        UNION SELECT i.id FROM pricing_pricelist t JOIN pricing_pricelistitem i ON i.price_list_id = t.id WHERE new(t)
    """,
    "price_rows": "SELECT r.id FROM pricing_pricelistrow r WHERE new(r)",
    "resellers": """
        SELECT r.id FROM membership_reseller r WHERE new(r)
        UNION SELECT e.reseller_id FROM membership_growthentry e WHERE new(e)
        UNION SELECT m.reseller_id FROM membership_growthmonth m WHERE new(m)
        UNION SELECT c.reseller_id FROM membership_tierchange c WHERE new(c)
        UNION SELECT w.inviter_id FROM membership_invitationreward w WHERE new(w)
        UNION SELECT w.invitee_id FROM membership_invitationreward w WHERE new(w)
        UNION SELECT o.reseller_id FROM orders_order o JOIN changed_orders c ON c.id = o.id
        UNION SELECT t.reseller_id FROM flashsales_saletally t WHERE new(t)
        UNION SELECT t.reseller_id FROM flashsales_itemtally t WHERE new(t)
        UNION SELECT r.id FROM membership_tiertableversion t CROSS JOIN membership_reseller r WHERE new(t)
    """,
}

# Tables from which the service never deletes a row. Tables with an «insert … on conflict» are not among them: PostgreSQL counts an
# insertion that lost the conflict as a deletion. A deletion in ledger_posting still shows, since its entries must be deleted before it.
TABLES_WITHOUT_DELETES = (
    "aftersales_case", "aftersales_refund", "flashsales_sale", "inventory_movement", "ledger_entry",
    "membership_growthentry", "membership_tierchange", "orders_consignment", "orders_orderline", "pricing_pricelist",
    "pricing_pricelistitem", "pricing_pricelistrow", "settlement_statement",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watermark:
    """The state that a run has seen: all transactions before `xid` were over.

    `database` names the cluster and database of these numbers. `removals` holds for each table of `TABLES_WITHOUT_DELETES`, and its
    partitions, how many rows were ever deleted and the file that it is stored in.
    """

    xid: int
    database: str
    removals: dict[str, list[int]]


def get_watermark() -> Watermark:
    """The watermark of the snapshot of the running transaction."""
    (row,) = sql.rows(
        """
        SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid,
               (SELECT system_identifier FROM pg_control_system()) || '/' || d.oid AS database
        FROM pg_database d WHERE d.datname = current_database()
        """,
        {},
    )
    removals = sql.rows(
        """
        SELECT c.oid::regclass::text AS name, pg_stat_get_tuples_deleted(c.oid) AS deleted, coalesce(pg_relation_filenode(c.oid), 0) AS file
        FROM pg_class c LEFT JOIN pg_inherits h ON h.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = h.inhparent
        WHERE c.relkind = 'r' AND coalesce(parent.relname, c.relname) = ANY(%(tables)s)
        """,
        {"tables": list(TABLES_WITHOUT_DELETES)},
    )
    return Watermark(row["xid"], row["database"], {each["name"]: [each["deleted"], each["file"]] for each in removals})


def reason_for_full_run(since: Watermark, present: Watermark) -> str:
    """Why a run over the changes since a watermark would miss something; "" where it would not."""
    if since.database != present.database:
        return "the last clean run was in another database, whose transactions have other numbers"
    if not 0 <= present.xid - since.xid < MAX_SPAN:
        return "the last clean run is too many transactions ago"
    deleted = [name for name, removed in since.removals.items() if present.removals.get(name) != removed]
    return f"rows of {', '.join(sorted(deleted))} were deleted since the last clean run" if deleted else ""


def load_changed_ids(since: Watermark) -> dict[str, int]:
    """Create temporary tables of the ids that changed since a watermark, until the end of the transaction; returns their counts."""
    counts = {}
    with connection.cursor() as cursor:
        for name, statement in CHANGED_IDS.items():
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.changed_{name}")
            new = _NEW.sub(r"age(\1.xmin) <= age(%(watermark)s::text::xid)", statement)
            cursor.execute(
                f"CREATE TEMPORARY TABLE changed_{name} ON COMMIT DROP AS SELECT id FROM ({new}) AS ids WHERE id IS NOT NULL",  # noqa: S608
                {"watermark": max(since.xid % 2**32, 3)},
            )
            counts[name] = cursor.rowcount
            cursor.execute(f"ANALYZE pg_temp.changed_{name}")
    return counts


def restrict_to_changes(statement: str, *, changes: bool) -> str:
    """The statement of a check for a run over everything, or over the ids that `load_changed_ids` has loaded."""
    return _CHANGED.sub(r"\2 IN (SELECT id FROM changed_\1)" if changes else "true", statement)
