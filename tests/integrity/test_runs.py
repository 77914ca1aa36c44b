"""Runs that somebody requests or a schedule starts: one at a time, recorded with the rows that they name."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from accounts.rules import Actor, NotAllowed
from integrity.models import IntegrityRun
from integrity.selectors.runs import LEASE, get_last_run, get_open_run
from integrity.services import (
    MAX_STORED,
    RunInProgress,
    check_everything,
    request_run,
    run_requested,
    run_scheduled,
    to_store,
)
from kernel.integrity import Violation
from ledger.models import LedgerAccount
from tests.builders import HOUR, NOW, Marketplace

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_request_run_refuses_a_second_one_until_the_first_has_finished() -> None:
    market = Marketplace()
    view = request_run(actor=market.ops, now=NOW)
    assert (view.started_at, view.finished_at, get_open_run(NOW)) == (None, None, view)
    with pytest.raises(RunInProgress):
        request_run(actor=market.finance, now=NOW + HOUR)
    assert IntegrityRun.objects.count() == 1
    report = run_requested(now=NOW)
    assert report is not None
    assert (report.violation_count, report.everything) == (0, True)
    last = get_last_run()
    assert last is not None
    assert (last.id, last.started_at, last.violations, get_open_run(NOW)) == (view.id, NOW, [], None)
    assert request_run(actor=market.finance, now=NOW + HOUR).id != view.id


def test_request_run_refuses_everybody_but_ops_and_finance() -> None:
    with pytest.raises(NotAllowed):
        request_run(actor=Marketplace().clerk, now=NOW)
    assert IntegrityRun.objects.count() == 0


def test_run_requested_does_nothing_where_no_run_waits() -> None:
    assert run_requested(now=NOW) is None
    request_run(actor=Marketplace().ops, now=NOW)
    IntegrityRun.objects.update(started_at=NOW)
    assert run_requested(now=NOW) is None


def test_run_scheduled_checks_nothing_while_a_run_is_open() -> None:
    market = Marketplace()
    request_run(actor=market.ops, now=NOW)
    assert run_scheduled(everything=False, now=NOW + HOUR) is None
    run_requested(now=NOW + HOUR)
    report = run_scheduled(everything=False, now=NOW + HOUR)
    assert report is not None
    assert not report.everything


def test_a_run_whose_worker_died_blocks_others_only_until_its_lease_has_expired() -> None:
    market = Marketplace()
    lost = request_run(actor=market.ops, now=NOW)
    IntegrityRun.objects.update(started_at=NOW)
    assert run_scheduled(everything=True, now=NOW + LEASE - HOUR) is None
    assert get_open_run(NOW + LEASE) is None
    assert run_scheduled(everything=True, now=NOW + LEASE) is not None
    assert not IntegrityRun.objects.filter(pk=lost.id).exists()


def test_the_lease_of_a_run_that_waited_counts_from_its_claim() -> None:
    market = Marketplace()
    waited = request_run(actor=market.ops, now=NOW)
    claimed_at = NOW + LEASE - HOUR
    IntegrityRun.objects.update(started_at=claimed_at)
    assert run_scheduled(everything=True, now=NOW + LEASE) is None
    open_run = get_open_run(claimed_at + LEASE - HOUR)
    assert open_run is not None
    assert open_run.id == waited.id
    assert get_open_run(claimed_at + LEASE) is None
    assert run_scheduled(everything=True, now=claimed_at + LEASE) is not None
    assert not IntegrityRun.objects.filter(pk=waited.id).exists()


def test_a_run_that_nobody_claimed_blocks_others_until_its_lease_has_expired() -> None:
    lost = request_run(actor=Marketplace().ops, now=NOW)
    assert run_scheduled(everything=True, now=NOW + LEASE - HOUR) is None
    assert run_scheduled(everything=True, now=NOW + LEASE) is not None
    assert not IntegrityRun.objects.filter(pk=lost.id).exists()


def test_a_run_that_waited_is_as_long_as_its_checks_took() -> None:
    request_run(actor=Marketplace().ops, now=NOW)
    report = run_requested(now=NOW + HOUR)
    assert report is not None
    row = IntegrityRun.objects.get()
    assert row.finished_at == NOW + HOUR + timedelta(seconds=report.seconds)


def test_a_run_that_fails_leaves_no_open_run_behind() -> None:
    request_run(actor=Marketplace().ops, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE forwarding_wish RENAME TO forwarding_wish_away")
    try:
        with pytest.raises(Exception, match="forwarding_wish"):
            run_requested(now=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE forwarding_wish_away RENAME TO forwarding_wish")
    assert IntegrityRun.objects.count() == 0


def test_a_run_keeps_the_first_rows_by_name_and_counts_all() -> None:
    market = Marketplace()
    wallets = [market.reseller(wallet_fen=100).id for _ in range(3)]
    assert len(wallets) < MAX_STORED
    LedgerAccount.objects.filter(kind="wallet").update(balance_fen=F("balance_fen") + 1)
    report = check_everything(now=NOW)
    last = get_last_run()
    assert last is not None
    assert last.violation_count == report.violation_count == len(last.violations)
    assert {(each.code, each.table) for each in last.violations} >= {("ledger.balance", "ledger_account")}


def test_of_two_requests_at_once_one_is_refused() -> None:
    market = Marketplace()
    refused: list[Actor] = []
    together = threading.Barrier(2)

    def ask(actor: Actor) -> None:
        together.wait()
        try:
            request_run(actor=actor, now=NOW)
        except RunInProgress:
            refused.append(actor)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[actor]) for actor in (market.ops, market.finance)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), IntegrityRun.objects.count()) == (1, 1)


def test_a_run_stores_a_violation_of_every_broken_invariant() -> None:
    many = [Violation(1, "t", row_id, "w") for row_id in range(MAX_STORED + 5)]
    stored = to_store([*many, Violation(6, "t", 1, "w")])
    assert (len(stored), {each.invariant for each in stored}) == (MAX_STORED // 2 + 1, {1, 6})
