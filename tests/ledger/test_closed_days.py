"""Days are closed and added up; statements and balances are sums of entries, whatever is closed (LEDGER-1, LEDGER-2, LEDGER-3)."""

import itertools
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.rules import SYSTEM
from kernel.period import SHANGHAI, day_period
from ledger.models import AccountDay, ClosedDay, Entry, Posting
from ledger.rules import CLEARING, AccountKind, AccountRef, EntryDraft, PostingKind, last_closable_day
from ledger.selectors.statements import (
    InvalidDays,
    get_account_statement,
    get_balance_at,
    list_statement_entries,
)
from ledger.services import LedgerBusy, close_due_days, post

WALLET = AccountRef(AccountKind.WALLET, 7)
MONDAY = date(2026, 11, 2)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant of the n-th day from Monday on, in Shanghai."""
    return datetime.combine(MONDAY, datetime.min.time(), SHANGHAI) + timedelta(days=day, hours=hour, minutes=minute)


def put(key: str, amount_fen: int, when: datetime) -> None:
    entries = [EntryDraft(WALLET, amount_fen), EntryDraft(CLEARING, -amount_fen)]
    post(kind=PostingKind.TOP_UP, key=key, cause="test:1", entries=entries, actor=SYSTEM, now=when)


def test_last_closable_day_waits_an_hour_after_midnight() -> None:
    assert last_closable_day(at(1, 0, 59)) == MONDAY - timedelta(days=1)
    assert last_closable_day(at(1, 1)) == MONDAY


@pytest.mark.django_db
def test_close_due_days_adds_up_each_day_once() -> None:
    put("a", 10_00, at(0))
    put("b", 5_00, at(0, 23))
    put("c", -4_00, at(2))
    assert close_due_days(now=at(3, 0, 30)) == [MONDAY, MONDAY + timedelta(days=1)]
    assert close_due_days(now=at(3, 1)) == [MONDAY + timedelta(days=2)]
    assert close_due_days(now=at(3, 2)) == []
    rows = AccountDay.objects.filter(account__kind="wallet").order_by("day")
    assert list(rows.values_list("day", "in_fen", "out_fen", "closing_fen", "entries")) == [
        (MONDAY, 15_00, 0, 15_00, 2), (MONDAY + timedelta(days=2), 0, 4_00, 11_00, 1),
    ]  # fmt: skip
    assert list(ClosedDay.objects.order_by("day").values_list("postings", flat=True)) == [2, 0, 1]


@pytest.mark.django_db
def test_a_closed_day_takes_no_posting() -> None:
    put("a", 10_00, at(0))
    close_due_days(now=at(1, 1))
    with pytest.raises(IntegrityError, match="into a closed day"), transaction.atomic():
        put("b", 5_00, at(0, 23, 59))
    assert (Posting.objects.count(), get_balance_at(WALLET, at=at(9))) == (1, 10_00)
    put("b", 5_00, at(1, 0))
    assert get_balance_at(WALLET, at=at(9)) == 15_00


@pytest.mark.django_db
def test_a_day_that_was_closed_and_not_added_up_is_added_up_by_the_next_run() -> None:
    put("a", 10_00, at(0))
    ClosedDay.objects.create(day=MONDAY, ends_at=day_period(MONDAY).ends_at, closed_at=at(1, 1))
    assert get_account_statement(WALLET, first=MONDAY, last=MONDAY).closing_fen == 10_00
    assert close_due_days(now=at(1, 2)) == [MONDAY]
    assert get_account_statement(WALLET, first=MONDAY, last=MONDAY).closing_fen == 10_00


@pytest.mark.django_db
def test_statement_opens_with_the_balance_and_closes_with_it() -> None:
    for number, (amount_fen, when) in enumerate([(10_00, at(0)), (5_00, at(1)), (-4_00, at(1, 23)), (1_00, at(2))]):
        put(str(number), amount_fen, when)
    tuesday = MONDAY + timedelta(days=1)
    for now in (at(0, 1), at(2, 1), at(9)):
        close_due_days(now=now)
        found = get_account_statement(WALLET, first=tuesday, last=tuesday)
        assert (found.opening_fen, found.in_fen, found.out_fen, found.closing_fen, found.entries) == (
            10_00, 5_00, 4_00, 11_00, 2,
        )  # fmt: skip
        first = list_statement_entries(WALLET, first=tuesday, last=tuesday, limit=1)
        second = list_statement_entries(WALLET, first=tuesday, last=tuesday, cursor=first.next_cursor or "", limit=1)
        assert [(each.amount_fen, each.balance_fen) for each in (*first.items, *second.items)] == [
            (-4_00, 11_00), (5_00, 15_00),
        ]  # fmt: skip
        assert second.next_cursor is None


@pytest.mark.django_db
def test_statement_refuses_days_in_the_wrong_order_and_more_than_a_year() -> None:
    for first, last in ((MONDAY, MONDAY - timedelta(days=1)), (MONDAY, MONDAY + timedelta(days=366))):
        with pytest.raises(InvalidDays):
            get_account_statement(WALLET, first=first, last=last)


moves = st.lists(st.tuples(st.integers(1, 9_00), st.integers(60, 4 * 24 * 60), st.integers(0, 60)), max_size=25)


@pytest.mark.django_db(transaction=False)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    moved=moves,
    closed=st.integers(0, 6),
    minute=st.integers(0, 6 * 24 * 60),
    days=st.tuples(st.integers(0, 5), st.integers(0, 3)),
)
def test_statements_and_balances_are_sums_of_entries(
    moved: list[tuple[int, int, int]], closed: int, minute: int, days: tuple[int, int]
) -> None:
    """A posting may be written up to an hour after its instant, so after one that is stamped later."""
    with transaction.atomic():
        for number, (amount_fen, written, delay) in enumerate(sorted(moved, key=lambda each: each[1])):
            put(str(number), amount_fen, at(0, 0, written - delay))
        close_due_days(now=at(closed, 1))
        instant = at(0, 0, minute)
        first = MONDAY + timedelta(days=days[0])
        last = first + timedelta(days=days[1])
        found = get_account_statement(WALLET, first=first, last=last)
        listed = list_statement_entries(WALLET, first=first, last=last, limit=100).items
        assert get_balance_at(WALLET, at=instant) == summed(None, instant)
        assert found.opening_fen == summed(None, day_period(first).starts_at)
        assert found.closing_fen == summed(None, day_period(last).ends_at)
        assert found.in_fen - found.out_fen == sum(each.amount_fen for each in listed)
        assert found.entries == len(listed)
        assert not listed or listed[0].balance_fen == found.closing_fen
        transaction.set_rollback(True)


def summed(start: datetime | None, end: datetime) -> int:
    rows = Entry.objects.filter(account__kind="wallet", posting__at__lt=end)
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_posting_that_is_being_made() -> None:
    """The control: the posting is open while the day is closed. Without the lock the day would be added up without it."""
    put("a", 10_00, at(0))
    is_posted, may_commit = threading.Event(), threading.Event()

    def late() -> None:
        try:
            with transaction.atomic():
                put("late", 5_00, at(0, 23, 59))
                is_posted.set()
                may_commit.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    assert is_posted.wait(20)
    with pytest.raises(LedgerBusy):
        close_due_days(now=at(1, 1))
    assert not ClosedDay.objects.exists()
    may_commit.set()
    thread.join()
    assert close_due_days(now=at(1, 1)) == [MONDAY]
    assert AccountDay.objects.get(account__kind="wallet").closing_fen == 15_00


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_booked", [False, True])
def test_a_posting_that_is_made_meanwhile_leaves_balances_that_fit(*, is_booked: bool) -> None:
    """The control: nothing is booked. Then a posting is committed after each statement that the reader runs."""
    put("a", 10_00, at(0))
    numbers = itertools.count()

    def book() -> None:
        put(f"late{next(numbers)}", 5_00, at(0, 13))
        connection.close()

    def run(execute: Callable[..., Any], *args: Any) -> Any:
        done = execute(*args)
        if is_booked:
            thread = threading.Thread(target=book)
            thread.start()
            thread.join()
        return done

    with connection.execute_wrapper(run):
        entries = list_statement_entries(WALLET, first=MONDAY, last=MONDAY).items
        statement = get_account_statement(WALLET, first=MONDAY, last=MONDAY)
    assert [(each.amount_fen, each.balance_fen) for each in entries] == [(10_00, 10_00)]
    booked_fen = 10_00 + (5_00 if is_booked else 0)
    assert (statement.in_fen, statement.closing_fen, statement.entries) == (booked_fen, booked_fen, 1 + is_booked)
