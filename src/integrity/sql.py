"""The statements that find what changed since the last clean run, so that only that is checked (docs/decisions/0095).

Every row version of PostgreSQL carries the transaction that wrote it (`xmin`). A run records the oldest transaction that was open at its
snapshot. Whatever is written later, or was not committed yet, has that number or a later one. The next run therefore finds a row that
such a transaction commits after the run, whatever its clock said.

A check names the things that it reads (orders, sale items, SKUs …). CHANGED_IDS selects the ids of each kind: those whose own row
changed, and those of which a part, a cause or a counterpart changed. Each app has its share of these statements beside its checks.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from aftersales.selectors import integrity as aftersales
from analysis.selectors import integrity as analysis
from bank_statements.selectors import integrity as bank_statements
from closings.selectors import integrity as closings
from db import sql
from events import selectors as events
from flashsales.selectors import integrity as flashsales
from forwarding.selectors import integrity as forwarding
from inventory.selectors import integrity as inventory
from invoices.selectors import integrity as invoices
from ledger.selectors import integrity as ledger
from membership.selectors import integrity as membership
from notices.selectors import integrity as notices
from orders.selectors import integrity as orders
from payments.selectors import integrity as payments
from pricing.selectors import integrity as pricing
from settlement.selectors import integrity as settlement
from treasury.selectors import integrity as treasury

# Transaction numbers have 32 bits: one that is further back than half of them looks like a later one.
MAX_SPAN = 2_000_000_000

_NEW = re.compile(r"\bnew\((\w+)\)")
_CHANGED = re.compile(r"changed_(\w+)\(([\w.]+)\)")
_KIND = re.compile(r"\bchanged_(\w+)")

APPS = (
    events,
    ledger,
    payments,
    membership,
    inventory,
    pricing,
    flashsales,
    orders,
    aftersales,
    settlement,
    treasury,
    bank_statements,
    closings,
    invoices,
    forwarding,
    notices,
    analysis,
)
"""The modules of checks that tell what changed."""

# The order matters: a statement may use the table of ids of those before it.
CHANGED_KINDS = (
    "postings", "payments", "money_requests", "transfer_batches", "carrier_claims", "refunds", "resends", "orders", "movements", "skus",
    "items", "sales", "statements", "price_lists", "price_items", "price_rows", "resellers", "order_uploads", "cases", "events",
    "notices", "bank_statement_lines", "invoice_requests",
)  # fmt: skip

CHANGED_IDS = {
    kind: " UNION ".join(app.CHANGED_IDS[kind] for app in APPS if kind in app.CHANGED_IDS) for kind in CHANGED_KINDS
}

# Tables from which the service never deletes a row. Tables with an «insert … on conflict» are not among them: PostgreSQL counts an
# insertion that lost the conflict as a deletion.
TABLES_WITHOUT_DELETES = tuple(table for app in APPS for table in app.TABLES_WITHOUT_DELETES)


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


def kinds_named(statement: str) -> set[str]:
    """The kinds of ids that a statement reads, and those that their statements read."""
    kinds: set[str] = set()
    left = {statement}
    while left:
        found = {kind for kind in _KIND.findall(left.pop()) if kind in CHANGED_IDS} - kinds
        kinds |= found
        left |= {CHANGED_IDS[kind] for kind in found}
    return kinds


def load_changed_ids(since: Watermark, kinds: Collection[str] = CHANGED_KINDS) -> dict[str, int]:
    """Create temporary tables of the ids that changed since a watermark, until the end of the transaction; returns their counts.

    `kinds` holds with each kind those that its statement reads.
    """
    counts = {}
    with connection.cursor() as cursor:
        for name, statement in ((kind, CHANGED_IDS[kind]) for kind in CHANGED_KINDS if kind in kinds):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.changed_{name}")
            new = _NEW.sub(r"age(\1.xmin) <= age(%(watermark)s::text::xid)", statement)
            cursor.execute(
                f"CREATE TEMPORARY TABLE changed_{name} ON COMMIT DROP AS SELECT id FROM ({new}) AS ids(id) WHERE id IS NOT NULL",  # noqa: S608
                {"watermark": max(since.xid % 2**32, 3)},
            )
            counts[name] = cursor.rowcount
            cursor.execute(f"ANALYZE pg_temp.changed_{name}")
    return counts


def restrict_to_changes(statement: str, *, changes: bool) -> str:
    """The statement of a check for a run over everything, or over the ids that `load_changed_ids` has loaded."""
    return _CHANGED.sub(r"\2 IN (SELECT id FROM changed_\1)" if changes else "true", statement)
