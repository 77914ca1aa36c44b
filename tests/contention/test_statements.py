"""A statement that is sent while a case about one of its lines is being opened: the case counts, or is refused (SETTLE-2, SETTLE-9)."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Person
from aftersales.models.cases import Case
from aftersales.rules import CaseReason
from aftersales.services import cases
from aftersales.services.cases import SaleAlreadySettled
from db.transactions import one_snapshot
from flashsales.services.ending import close_ended
from kernel.refusal import Refusal
from settlement import sql
from settlement.models import Statement, StatementItem
from settlement.rules.periods import StatementKind
from settlement.selectors.statements import NoSuchStatement, get_statement, list_lines
from settlement.services import statements, terms
from settlement.services.statements import NothingReady, OpenCasesRemain
from tests.aftersales.purchases import DAY, SHIPPED, Purchase
from tests.builders import HOUR, NOW
from tests.contention.concurrency import run_concurrently, while_uncommitted
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
LATER = SHIPPED + 10 * DAY


def drawn(purchase: Purchase) -> int:
    close_ended(now=NOW + 48 * HOUR)
    finance = purchase.market.finance
    return statements.generate_statement(actor=finance, sale_id=purchase.sale_id, now=NOW + 48 * HOUR).id


def opening(purchase: Purchase) -> Callable[[], object]:
    return lambda: purchase.open_case(now=SHIPPED + 7 * DAY - HOUR)


def sending(purchase: Purchase, statement_id: int, now: datetime = SHIPPED + 7 * DAY) -> Callable[[], object]:
    finance = purchase.market.finance
    return lambda: statements.send(actor=finance, statement_id=statement_id, now=now)


def test_without_the_lock_a_case_would_be_open_in_a_statement_that_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    monkeypatch.setattr(statements, "lock_brand_against_cases", lambda brand_id: None)
    while_uncommitted(opening(purchase), sending(purchase, statement_id))
    assert "aftersales.open_case" in {each.code for each in all_violations()}


def test_a_case_that_is_being_opened_counts_against_sending() -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    answer = while_uncommitted(opening(purchase), sending(purchase, statement_id))
    assert isinstance(answer, OpenCasesRemain)
    assert not StatementItem.objects.exists()
    assert all_violations() == []


def test_a_case_is_refused_while_its_statement_is_being_sent() -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    answer = while_uncommitted(sending(purchase, statement_id), opening(purchase))
    assert isinstance(answer, SaleAlreadySettled)
    assert not Case.objects.exists()
    assert all_violations() == []


def test_a_statement_sent_by_many_at_once_is_sent_once() -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    answers = run_concurrently([sending(purchase, statement_id)] * 6)
    assert sum(not isinstance(each, Refusal) for each in answers) == 1
    assert StatementItem.objects.count() == 1
    assert all_violations() == []


def drawing(purchase: Purchase, day: date) -> Callable[[], object]:
    market = purchase.market
    return lambda: statements.generate_period_statement(
        actor=market.finance, brand_id=market.brand_id, kind=StatementKind.DELIVERY, day=day, now=LATER
    )


def by_delivery_date() -> Purchase:
    purchase = Purchase()
    market = purchase.market
    terms.enter_terms(
        actor=market.ops,
        brand_id=market.brand_id,
        kind=StatementKind.DELIVERY,
        from_date=NOW.date() + DAY,
        now=NOW,
    )
    close_ended(now=NOW + 48 * HOUR)
    return purchase


def test_a_period_drawn_by_many_at_once_has_one_statement() -> None:
    purchase = by_delivery_date()
    run_concurrently([drawing(purchase, SHIPPED.date())] * 6)
    assert Statement.objects.count() == 1
    assert all_violations() == []


def test_a_line_that_two_statements_could_have_is_in_one_of_them() -> None:
    purchase = by_delivery_date()
    drawing(purchase, SHIPPED.date())()
    row = Statement.objects.get()
    # Drafts of earlier versions could have the same lines.
    row.pk, row.first_date, row.last_date = None, SHIPPED.date() + DAY, SHIPPED.date() + DAY
    row.save()
    ids = Statement.objects.values_list("pk", flat=True)
    answers = run_concurrently([sending(purchase, each, now=LATER) for each in ids])
    [refused] = [each for each in answers if isinstance(each, Refusal)]
    assert isinstance(refused, NothingReady | NoSuchStatement)
    assert StatementItem.objects.count() == 1
    assert list(Statement.objects.values_list("state", "units")) == [("sent", 3)]
    assert all_violations() == []


def test_drafts_of_two_periods_that_are_drawn_at_once_share_no_line() -> None:
    purchase = by_delivery_date()
    days = [SHIPPED.date() + shift * DAY for shift in range(4)]
    run_concurrently([drawing(purchase, day) for day in days])
    drawn = [get_statement(each) for each in Statement.objects.values_list("pk", flat=True)]
    assert sum(view.totals.units for view in drawn) == 3
    for view in drawn:
        assert sum(line.units for line in list_lines(view).items) == view.totals.units
    assert all_violations() == []


def test_a_line_of_a_period_whose_case_is_being_opened_is_left_out() -> None:
    purchase = by_delivery_date()
    drawing(purchase, SHIPPED.date())()
    statement_id = Statement.objects.get().pk
    view = while_uncommitted(opening(purchase), sending(purchase, statement_id, now=LATER))
    assert isinstance(view, NothingReady)
    assert not StatementItem.objects.exists()
    assert all_violations() == []


@pytest.mark.parametrize("is_one_instant", [False, True])
def test_head_and_lines_of_a_draft_are_of_one_instant(is_one_instant: bool) -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    case_id = purchase.open_case(CaseReason.MISSING)

    def refund() -> None:
        cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + DAY)

    with one_snapshot() if is_one_instant else nullcontext():
        head = get_statement(statement_id)
        [answer] = run_concurrently([refund])
        assert not isinstance(answer, Exception)
        refunded_fen = sum(line.refunded_fen for line in list_lines(head).items)
    assert (head.totals.refunded_fen == refunded_fen) is is_one_instant
    assert get_statement(statement_id).totals.refunded_fen == purchase.price_fen


def test_pages_of_a_statement_write_nothing_where_they_read_at_one_instant() -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    market, places = purchase.market, ("", "print/", "workbook/")
    addresses = [(market.finance, f"/console/statements/{statement_id}/{place}") for place in places]
    addresses += [(market.clerk, f"/portal/statements/{statement_id}/{place}") for place in places[:2]]
    for actor, address in [*addresses, (market.clerk, f"/api/v1/statements/{statement_id}/workbook")]:
        client = Client()
        client.force_login(Person.objects.get(pk=actor.own_id))
        assert client.get(address).status_code == 200, address


def test_the_refund_of_a_case_that_ends_while_its_statement_is_sent_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    purchase = Purchase()
    statement_id = drawn(purchase)
    case_id = purchase.open_case(CaseReason.MISSING)
    write_items = sql.write_items

    def refund() -> None:
        try:
            cases.refund_only(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 7 * DAY)
        finally:
            connection.close()

    def write_and_refund(*scope: Any, **options: Any) -> sql.LineSums:
        sums = write_items(*scope, **options)
        thread = threading.Thread(target=refund)
        thread.start()
        thread.join(30)
        return sums

    monkeypatch.setattr(sql, "write_items", write_and_refund)
    with pytest.raises(OpenCasesRemain):
        sending(purchase, statement_id)()
    assert Case.objects.get().ended_at is not None
    monkeypatch.undo()
    sending(purchase, statement_id)()
    assert get_statement(statement_id).totals.refunded_fen == purchase.price_fen
    assert all_violations() == []
