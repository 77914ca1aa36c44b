"""What a provider holds for the platform, by its age: the oldest money is paid out first, so what came last is left (LEDGER-4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db import sql
from kernel.period import shanghai_date
from ledger.rules import AccountKind

MAX_ENTRIES = 20_000
"""Entries of the account that are looked at; what is older than they are is one rest."""
PAID_OUT_AFTER = timedelta(days=1)
"""Providers pay out to our bank on the next day."""
BUCKETS = ((0, 0), (1, 3), (4, 7), (8, None))
"""Days of age, both ends included: today, 1 to 3, 4 to 7, more."""


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """Money that came into an account and is not paid out, or a part of it; `age` in whole days of Shanghai."""

    id: int
    at: datetime
    kind: str
    cause: str
    amount_fen: int
    left_fen: int
    age: int

    @property
    def expected_on(self) -> date:
        """The day on which the provider pays it out to our bank."""
        return shanghai_date(self.at + PAID_OUT_AFTER)


@dataclass(frozen=True, slots=True)
class AgedBalance:
    """What an account of a provider holds, the newest money first; `sums` in fen by place of `BUCKETS`, `rest_fen` is older."""

    kind: AccountKind
    held_fen: int
    sums: list[int]
    rest_fen: int
    entries: list[HeldEntry]


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    at: datetime
    kind: str
    cause: str
    amount_fen: int
    left_fen: int


_HELD = """
WITH account AS (
    SELECT id, -balance_fen AS held_fen FROM ledger_account WHERE kind = %(kind)s AND owner_id = 0
), newest AS (
    SELECT e.id, e.posting_id, -e.amount_fen AS amount_fen FROM ledger_entry e
    WHERE e.account_id = (SELECT id FROM account) AND e.amount_fen < 0 ORDER BY e.id DESC LIMIT %(limit)s
), added AS (
    SELECT n.*, sum(n.amount_fen) OVER (ORDER BY n.id DESC) - n.amount_fen AS newer_fen FROM newest n
)
SELECT n.id, p.at, p.kind, p.cause, n.amount_fen, least(n.amount_fen, a.held_fen - n.newer_fen)::bigint AS left_fen
FROM added n JOIN ledger_posting p ON p.id = n.posting_id CROSS JOIN account a
WHERE n.newer_fen < a.held_fen ORDER BY n.id DESC
"""


def get_aged_balance(kind: AccountKind, *, held_fen: int, at: datetime) -> AgedBalance:
    """What an account of a provider holds by its age at `at`. `held_fen`: what it holds now, 0 or below where it holds nothing."""
    rows = sql.fetch(_Row, _HELD, {"kind": kind.value, "limit": MAX_ENTRIES}) if held_fen > 0 else []
    today = shanghai_date(at)
    entries = [
        HeldEntry(
            row.id, row.at, row.kind, row.cause, row.amount_fen, row.left_fen, (today - shanghai_date(row.at)).days
        )
        for row in rows
    ]
    sums = [
        sum(each.left_fen for each in entries if each.age >= first and (last is None or each.age <= last))
        for first, last in BUCKETS
    ]
    return AgedBalance(kind, held_fen, sums, max(held_fen, 0) - sum(sums), entries)
