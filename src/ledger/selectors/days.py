"""Closed days: what each kind of account did on them, and whether accounts still agree with their entries (LEDGER-2)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from db import sql
from db.rows import view_of
from kernel.refusal import Missing
from ledger.models import ClosedDay, KindDay, LedgerAccount
from ledger.rules import HELD, AccountKind, shown_fen
from web.pagination import Page, paginate


class NoSuchClosedDay(Missing):
    code = "ledger.no_such_closed_day"
    zh = "{day} 还没有关账"
    en = "The day {day} is not closed"
    day: date


@dataclass(frozen=True, slots=True)
class KindDayView:
    """All accounts of a kind on a day: opening + in − out = closing, in fen, as they are shown (LEDGER-5)."""

    kind: AccountKind
    day: date
    opening_fen: int
    in_fen: int
    out_fen: int
    closing_fen: int
    entries: int


@dataclass(frozen=True, slots=True)
class ClosedDayView:
    """A closed day; `summed_at` is None until it is added up."""

    id: int
    day: date
    closed_at: datetime
    summed_at: datetime | None
    postings: int


@dataclass(frozen=True, slots=True)
class BalanceDifference:
    """An account whose balance is not that of its last closed day and what moved it since, as they are shown (LEDGER-5)."""

    account_id: int
    kind: AccountKind
    owner_id: int
    balance_fen: int
    entries_fen: int


def list_closed_days(*, cursor: str = "", limit: int = 50) -> Page[ClosedDayView]:
    """The closed days, the latest first."""
    rows = ClosedDay.objects.all()
    return paginate(rows, name="ledger.closed_days", order=("-day",), cursor=cursor, limit=limit, view=_closed_day_view)


def get_closed_day(day: date) -> ClosedDayView:
    row = ClosedDay.objects.filter(day=day).first()
    if row is None:
        raise NoSuchClosedDay(day=day)
    return _closed_day_view(row)


def get_closed_day_by_id(closed_day_id: int) -> ClosedDayView:
    row = ClosedDay.objects.filter(pk=closed_day_id).first()
    if row is None:
        raise NoSuchClosedDay(day=date.min)
    return _closed_day_view(row)


def list_kind_days(days: Collection[date]) -> list[KindDayView]:
    """What each kind did on these days, in the order of days and then of `AccountKind`."""
    rows = [_kind_day_view(row) for row in KindDay.objects.filter(day__in=days)]
    order = list(AccountKind)
    return sorted(rows, key=lambda row: (row.day, order.index(row.kind)))


def balances_by_kind() -> dict[AccountKind, int]:
    """What all accounts of each kind hold now, in fen, as it is shown (LEDGER-5); kinds without an account are 0."""
    rows = sql.rows("SELECT kind, sum(balance_fen)::bigint AS fen FROM ledger_account GROUP BY 1", {})
    found = {AccountKind(row["kind"]): row["fen"] for row in rows}
    return {kind: shown_fen(kind, found.get(kind, 0)) for kind in AccountKind}


def list_accounts(kind: AccountKind, *, cursor: str = "", limit: int = 50) -> Page[LedgerAccount]:
    """The accounts of a kind that hold something, the largest first."""
    rows = LedgerAccount.objects.filter(kind=kind.value).exclude(balance_fen=0)
    return paginate(
        rows,
        name=f"ledger.accounts:{kind.value}",
        order=("-balance_fen", "-id"),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )


# The balance of an account that moved on the day, against its last closed balance and the entries since.
_DIFFERENCES = """
WITH last AS (
    SELECT c.ends_at, c.complete_through_id FROM ledger_closedday c WHERE c.day = %(day)s AND c.summed_at IS NOT NULL
), later AS (
    SELECT e.account_id, sum(e.amount_fen)::bigint AS fen
    FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id CROSS JOIN last
    WHERE e.id > last.complete_through_id AND p.at >= last.ends_at GROUP BY 1
)
SELECT a.id AS account_id, a.kind, a.owner_id, a.balance_fen, (d.closing_fen + coalesce(l.fen, 0))::bigint AS entries_fen
FROM ledger_accountday d JOIN ledger_account a ON a.id = d.account_id LEFT JOIN later l ON l.account_id = a.id
WHERE d.day = %(day)s AND a.balance_fen <> d.closing_fen + coalesce(l.fen, 0)
ORDER BY a.id LIMIT 1000
"""


def list_balance_differences(day: date) -> list[BalanceDifference]:
    """Accounts that moved on a closed day and whose present balance is not the sum of their entries; at most 1,000."""
    rows = sql.fetch(BalanceDifference, _DIFFERENCES, {"day": day})
    return [
        replace(row, balance_fen=shown_fen(row.kind, row.balance_fen), entries_fen=shown_fen(row.kind, row.entries_fen))
        for row in rows
    ]


def _kind_day_view(row: KindDay) -> KindDayView:
    kind = AccountKind(row.kind)
    moved = (row.out_fen, row.in_fen) if kind in HELD else (row.in_fen, row.out_fen)
    return view_of(
        KindDayView,
        row,
        opening_fen=shown_fen(kind, row.opening_fen),
        in_fen=moved[0],
        out_fen=moved[1],
        closing_fen=shown_fen(kind, row.closing_fen),
    )


def _closed_day_view(row: ClosedDay) -> ClosedDayView:
    return view_of(ClosedDayView, row)
