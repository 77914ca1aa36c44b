"""Accounts at any instant: what an account held, and its statement between two days of Shanghai (LEDGER-3).

Amounts are as they are shown: what the bank and the providers hold is positive, and grows by what comes in (LEDGER-5).
Closed days are added up by account, so a statement reads the entries of open days only, and those that it shows.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from db import sql
from kernel.period import day_period, shanghai_date
from kernel.refusal import Invalid
from ledger.models import Entry
from ledger.rules import HELD, AccountKind, AccountRef, PostingKind, shown_fen
from web.pagination import Page, decode_place, encode_place

MAX_DAYS = 366


class InvalidDays(Invalid):
    code = "ledger.invalid_days"
    zh = "起止日期不对：从 {first} 到 {last}，最多 {max_days} 天"
    en = "The days are wrong: from {first} to {last}, at most {max_days} days"
    first: date
    last: date
    max_days: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account from the start of `first` to the end of `last`: opening + in − out = closing, in fen. `entries`: how many there are."""

    kind: AccountKind
    owner_id: int
    first: date
    last: date
    opening_fen: int
    in_fen: int
    out_fen: int
    closing_fen: int
    entries: int


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What an account held at an instant, in fen."""

    kind: AccountKind
    owner_id: int
    at: datetime
    balance_fen: int


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """An entry of a statement, and the balance after it. `cause` names the row that caused it, like order:12."""

    id: int
    at: datetime
    kind: str
    cause: str
    note: str
    amount_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class _Sums:
    in_fen: int
    out_fen: int
    entries: int
    opening_fen: int


# Of a day that is closed the sums are kept. The entries of later days have higher ids than those through which the last closed day is
# complete; the index over account and id finds them.
_BALANCE = """
WITH account AS (
    SELECT id FROM ledger_account WHERE kind = %(kind)s AND owner_id = %(owner)s
), closed AS (
    SELECT c.day, c.ends_at, c.complete_through_id FROM ledger_closedday c
    WHERE c.summed_at IS NOT NULL AND c.ends_at <= %(at)s ORDER BY c.day DESC LIMIT 1
), later AS (
    SELECT min(c.last_entry_id) AS id FROM ledger_closedday c WHERE c.summed_at IS NOT NULL AND c.ends_at >= %(at)s
)
SELECT coalesce((
    SELECT d.closing_fen FROM ledger_accountday d JOIN account a ON a.id = d.account_id
    WHERE d.day <= (SELECT day FROM closed) ORDER BY d.day DESC LIMIT 1
), 0) + coalesce((
    SELECT sum(e.amount_fen) FROM ledger_entry e JOIN account a ON a.id = e.account_id JOIN ledger_posting p ON p.id = e.posting_id
    WHERE e.id > coalesce((SELECT complete_through_id FROM closed), 0)
      AND e.id <= coalesce((SELECT id FROM later), 9223372036854775807)
      AND p.at < %(at)s AND p.at >= coalesce((SELECT ends_at FROM closed), '-infinity')
), 0)::bigint AS balance_fen
"""

# The balance is read in the statement that reads the entries, at one snapshot, so that it fits them whatever is booked at this moment.
_SUMS = f"""
WITH account AS (
    SELECT id FROM ledger_account WHERE kind = %(kind)s AND owner_id = %(owner)s
), closed AS (
    SELECT c.day, c.ends_at, c.complete_through_id FROM ledger_closedday c
    WHERE c.summed_at IS NOT NULL AND c.ends_at <= %(ends_at)s ORDER BY c.day DESC LIMIT 1
), later AS (
    SELECT min(c.last_entry_id) AS id FROM ledger_closedday c WHERE c.summed_at IS NOT NULL AND c.ends_at >= %(ends_at)s
), parts AS (
    SELECT d.in_fen, d.out_fen, d.entries::bigint AS entries FROM ledger_accountday d JOIN account a ON a.id = d.account_id
    WHERE d.day >= %(first)s AND d.day <= (SELECT day FROM closed)
    UNION ALL
    SELECT coalesce(sum(e.amount_fen) FILTER (WHERE e.amount_fen > 0), 0), coalesce(-sum(e.amount_fen) FILTER (WHERE e.amount_fen < 0), 0),
           count(*)
    FROM ledger_entry e JOIN account a ON a.id = e.account_id JOIN ledger_posting p ON p.id = e.posting_id
    WHERE e.id > coalesce((SELECT complete_through_id FROM closed), 0)
      AND e.id <= coalesce((SELECT id FROM later), 9223372036854775807)
      AND p.at >= greatest(%(starts_at)s, (SELECT ends_at FROM closed)) AND p.at < %(ends_at)s
)
SELECT coalesce(sum(in_fen), 0)::bigint AS in_fen, coalesce(sum(out_fen), 0)::bigint AS out_fen,
       coalesce(sum(entries), 0)::bigint AS entries, ({_BALANCE}) AS opening_fen
FROM parts
"""  # noqa: S608 - composed of constants

_ENTRIES = """
WITH before AS (
    SELECT max(c.complete_through_id) AS id FROM ledger_closedday c WHERE c.summed_at IS NOT NULL AND c.ends_at <= %(starts_at)s
), after AS (
    SELECT min(c.last_entry_id) AS id FROM ledger_closedday c WHERE c.summed_at IS NOT NULL AND c.ends_at >= %(ends_at)s
)
SELECT e.id, p.at, p.kind, p.cause, p.note, e.amount_fen, {balance} AS balance_fen
FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id
WHERE e.account_id = (SELECT id FROM ledger_account WHERE kind = %(kind)s AND owner_id = %(owner)s)
  AND e.id > coalesce((SELECT id FROM before), 0) AND e.id <= least(%(below)s - 1, (SELECT id FROM after))
  AND p.at >= %(starts_at)s AND p.at < %(ends_at)s
ORDER BY e.id DESC LIMIT %(limit)s
"""
_FIRST_ENTRIES = _ENTRIES.format(balance=f"({_BALANCE})")
_NEXT_ENTRIES = _ENTRIES.format(balance="%(balance_fen)s::bigint")

_BEYOND = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _EntryRow:
    id: int
    at: datetime
    kind: str
    cause: str
    note: str
    amount_fen: int
    balance_fen: int
    """After the first entry of the page."""


def get_balance_at(account: AccountRef, *, at: datetime) -> int:
    """What an account held at an instant, in fen: the sum of its entries that are stamped earlier."""
    booked_fen = int(sql.value(_BALANCE, {"kind": account.kind.value, "owner": account.owner_id, "at": at}))
    return shown_fen(account.kind, booked_fen)


def get_account_balance(account: AccountRef, *, at: datetime) -> AccountBalance:
    """`get_balance_at` with what it is about."""
    return AccountBalance(account.kind, account.owner_id, at, get_balance_at(account, at=at))


def get_account_statement(account: AccountRef, *, first: date, last: date) -> AccountStatement:
    """The sums of an account from the start of one day to the end of another. Refuses days in the wrong order, and more than a year."""
    parameters = _parameters(account, first, last)
    sums = sql.fetch_one(_Sums, _SUMS, {**parameters, "first": first, "at": parameters["starts_at"]})
    opening_fen = shown_fen(account.kind, sums.opening_fen)
    in_fen, out_fen = (sums.out_fen, sums.in_fen) if account.kind in HELD else (sums.in_fen, sums.out_fen)
    return AccountStatement(
        kind=account.kind,
        owner_id=account.owner_id,
        first=first,
        last=last,
        opening_fen=opening_fen,
        in_fen=in_fen,
        out_fen=out_fen,
        closing_fen=opening_fen + in_fen - out_fen,
        entries=sums.entries,
    )


def sum_by_posting_kind(
    account: AccountRef, kinds: Collection[PostingKind], *, first: date, last: date
) -> dict[PostingKind, int]:
    """What postings of these kinds moved an account between two days, both included, in fen; without those that moved nothing."""
    named = _parameters(account, first, last)
    rows = Entry.objects.filter(
        account__kind=account.kind.value,
        account__owner_id=account.owner_id,
        posting__kind__in=[kind.value for kind in kinds],
        posting__at__gte=named["starts_at"],
        posting__at__lt=named["ends_at"],
    )
    sums = rows.values_list("posting__kind").annotate(fen=Sum("amount_fen"))
    return {PostingKind(kind): fen for kind, fen in sums}


def list_statement_entries(
    account: AccountRef, *, first: date, last: date, cursor: str = "", limit: int = 50
) -> Page[StatementEntry]:
    """The entries of a statement, the last first, each with the balance after it; the place of a page holds the balance too."""
    name, order = f"ledger.statement:{account.kind.value}:{account.owner_id}:{first}:{last}", ("-id",)
    parameters = {**_parameters(account, first, last), "limit": limit + 1}
    if cursor:
        below, balance_fen = decode_place(cursor, name=name, order=order, types=(int, int))
        rows = sql.fetch(_EntryRow, _NEXT_ENTRIES, {**parameters, "below": below, "balance_fen": balance_fen})
    else:
        parameters |= {"below": _BEYOND, "at": parameters["ends_at"]}
        rows = sql.fetch(_EntryRow, _FIRST_ENTRIES, parameters)
    balance_fen = rows[0].balance_fen if rows else 0
    shown = []
    for row in rows[:limit]:
        amount_fen, after_fen = (shown_fen(account.kind, fen) for fen in (row.amount_fen, balance_fen))
        shown.append(StatementEntry(row.id, row.at, row.kind, row.cause, row.note, amount_fen, after_fen))
        balance_fen -= row.amount_fen
    more = len(rows) > limit
    return Page(shown, encode_place((shown[-1].id, balance_fen), name=name, order=order) if more else None)


def default_days(now: datetime, *, days: int = 30) -> tuple[date, date]:
    """The last days up to today, which a statement shows where none are named."""
    today = shanghai_date(now)
    return today - timedelta(days=days - 1), today


@dataclass(frozen=True, slots=True)
class ChosenDays:
    """The days of a statement that a page shows; `refused` says why they are not those that its address names."""

    first: date
    last: date
    refused: InvalidDays | None = None


def choose_days(first: date | None, last: date | None, *, now: datetime) -> ChosenDays:
    """The days that an address names, for a page that shows the last month where it names none or senseless ones."""
    usual = default_days(now)
    chosen = first or usual[0], last or usual[1]
    if _are_valid(*chosen):
        return ChosenDays(*chosen)
    return ChosenDays(*usual, refused=InvalidDays(first=chosen[0], last=chosen[1], max_days=MAX_DAYS))


def _are_valid(first: date, last: date) -> bool:
    return 0 <= (last - first).days < MAX_DAYS


def _parameters(account: AccountRef, first: date, last: date) -> dict[str, object]:
    if not _are_valid(first, last):
        raise InvalidDays(first=first, last=last, max_days=MAX_DAYS)
    return {
        "kind": account.kind.value,
        "owner": account.owner_id,
        "starts_at": day_period(first).starts_at,
        "ends_at": day_period(last).ends_at,
    }
