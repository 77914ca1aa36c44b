"""Reads of the daily close: comparisons and differences of closed days, and money in transit by its age."""

from dataclasses import dataclass
from datetime import date, datetime

from db import sql
from db.rows import view_of
from treasury.models import CloseDifference, DayComparison
from treasury.rules.closes import Compared, ComparisonState, DifferenceState
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class DayComparisonView:
    """A closed day compared with one thing; sums in fen, None where there is nothing to add."""

    day: date
    compared: Compared
    state: ComparisonState
    ledger_fen: int | None
    other_fen: int | None
    compared_at: datetime


@dataclass(frozen=True, slots=True)
class CloseDifferenceView:
    """A difference of a closed day. `explained_by` is "" until somebody said why it stands."""

    id: int
    day: date
    compared: Compared
    kind: str
    subject: str
    payment_id: int | None
    account_id: int | None
    ledger_fen: int | None
    other_fen: int | None
    state: DifferenceState
    found_at: datetime
    resolved_at: datetime | None
    explanation: str
    explained_by: str
    explained_at: datetime | None


def list_comparisons(days: list[date]) -> list[DayComparisonView]:
    """What came of the comparisons of these days, by day and in the order of `Compared`."""
    order = list(Compared)
    rows = [view_of(DayComparisonView, row) for row in DayComparison.objects.filter(day__in=days)]
    return sorted(rows, key=lambda row: (row.day, order.index(row.compared)))


def list_differences(
    *, day: date | None = None, state: str = "", cursor: str = "", limit: int = 50
) -> Page[CloseDifferenceView]:
    """Differences, the latest first: of one day, of one state, or all."""
    rows = CloseDifference.objects.select_related("explained_by")
    if day is not None:
        rows = rows.filter(day=day)
    if state:
        rows = rows.filter(state=state)
    return paginate(
        rows,
        name=f"treasury.differences:{day or ''}",
        order=("-day", "-id"),
        cursor=cursor,
        limit=limit,
        view=difference_view,
    )


def count_open_differences() -> int:
    return CloseDifference.objects.filter(state=DifferenceState.OPEN.value).count()


def difference_view(row: CloseDifference) -> CloseDifferenceView:
    return view_of(CloseDifferenceView, row, explained_by=row.explained_by.name if row.explained_by else "")


@dataclass(frozen=True, slots=True)
class TransitRow:
    """Money on its way, since when, and when it is expected: `kind` tells the account, `subject_id` the row that caused it.
    `is_waiting`: it left the wallet, and a second person has not approved it yet.

    `days` are whole days of age. `expected_at` is None where nothing says when it arrives.
    """

    kind: str
    subject_id: int
    owner_id: int
    number: str
    amount_fen: int
    since: datetime
    days: int
    expected_at: datetime | None
    is_waiting: bool


# When it arrives: providers pay refunds within three days, the bank a transfer within two after its approval.
_TRANSIT = """
SELECT * FROM (
    SELECT 'refund_in_transit' AS kind, r.payment_id AS subject_id, r.reseller_id AS owner_id, r.number, r.amount_fen,
           r.created_at AS since, floor(extract(epoch FROM %(at)s - r.created_at) / 86400)::int AS days,
           r.created_at + interval '3 days' AS expected_at, false AS is_waiting
    FROM payments_providerrefund r WHERE r.state NOT IN ('succeeded', 'failed')
    UNION ALL
    SELECT CASE m.kind WHEN 'withdrawal' THEN 'withdraw_in_transit' ELSE 'deposit_in_transit' END, m.id,
           coalesce(m.reseller_id, m.brand_id), m.id::text, m.amount_fen, coalesce(m.decided_at, m.entered_at),
           floor(extract(epoch FROM %(at)s - coalesce(m.decided_at, m.entered_at)) / 86400)::int,
           m.decided_at + interval '2 days', m.state = 'waiting'
    FROM treasury_moneyrequest m
    WHERE m.kind = 'withdrawal' AND m.state IN ('waiting', 'approved', 'in_batch')
       OR m.kind = 'deposit_return' AND m.state IN ('approved', 'in_batch')
) AS transit ORDER BY since LIMIT 1000
"""


def list_transit(*, at: datetime) -> list[TransitRow]:
    """Refunds to the source, withdrawals and returned deposits that have not arrived, the oldest first; at most 1,000."""
    return sql.fetch(TransitRow, _TRANSIT, {"at": at})
