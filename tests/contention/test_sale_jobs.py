"""Jobs of sales at the same instant as other work: what a job writes and its end are one transaction (SALE-21)."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from flashsales.job_models import SaleJob
from flashsales.models import Sale, SaleItem
from flashsales.rules import Phase
from flashsales.rules.filling import StockFilter
from flashsales.rules.sale_jobs import SaleJobStep
from flashsales.selectors.sale_jobs import SaleJobView, get_sale_job
from flashsales.selectors.sales import get_sale
from flashsales.services import planning, publishing, sale_jobs
from flashsales.services.locking import NotADraft, SaleHasOpenJob
from flashsales.services.sale_jobs import LEASE, cancel_job, request_fill, request_publication, run_job
from inventory.models import Movement, Sku
from kernel.refusal import Refusal
from pricing.models import PriceList
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_control_two_publications_without_a_lock_on_the_sale_would_both_find_a_draft() -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku())
    both = threading.Barrier(2)

    def look() -> object:
        with transaction.atomic():
            found = Sale.objects.get(pk=sale_id).state
            both.wait(20)
            return found

    assert run_concurrently([look, look]) == ["draft", "draft"]


def test_two_requests_at_once_make_one_job() -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku())

    def ask() -> object:
        return request_publication(actor=market.ops, sale_id=sale_id, now=NOW)

    answers = run_concurrently([ask] * 6)
    assert sum(isinstance(each, SaleJobView) for each in answers) == 1
    assert sum(isinstance(each, SaleHasOpenJob) for each in answers) == 5
    assert SaleJob.objects.count() == 1


def test_two_workers_do_a_job_once() -> None:
    market = Marketplace()
    sku = market.sku(units=9)
    sale_id = market.draft(sku)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    answers = run_concurrently([lambda: run_job(job_id=asked.id, clock=lambda: NOW)] * 4)
    assert sorted(map(bool, answers)) == [False, False, False, True]
    assert (Sku.objects.get(pk=sku).allotted, PriceList.objects.count()) == (9, 1)
    assert Movement.objects.filter(kind="allot").count() == 1
    assert all_violations() == []


def at_step(step: SaleJobStep, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What `act` gives, done by another session while a worker begins a step."""
    answers: list[object] = []

    def in_another_session() -> None:
        try:
            answers.append(act())
        except Refusal as refused:
            answers.append(refused)
        finally:
            connection.close()

    def write_step(key: str, name: str) -> None:
        if name == step.value and not answers:
            thread = threading.Thread(target=in_another_session)
            thread.start()
            thread.join(20)

    monkeypatch.setattr(sale_jobs, "write_step", write_step)
    return answers


def test_a_job_is_cancelled_while_a_worker_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Marketplace()
    sku = market.sku(units=9)
    sale_id = market.draft(sku)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    answers = at_step(SaleJobStep.LISTS, lambda: cancel_job(actor=market.ops, job_id=asked.id, now=NOW), monkeypatch)
    assert not run_job(job_id=asked.id, clock=lambda: NOW)
    [cancelled] = answers
    assert isinstance(cancelled, SaleJobView)
    assert get_sale_job(asked.id).state == "cancelled"
    assert (Sale.objects.get().state, Sku.objects.get().allotted, PriceList.objects.count()) == ("draft", 0, 0)
    assert all_violations() == []


def test_a_change_of_the_sale_is_refused_at_once_while_a_worker_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for the lock that the worker holds."""
    market = Marketplace()
    sku = market.sku(units=9)
    sale_id = market.draft()
    asked = request_fill(actor=market.ops, sale_id=sale_id, filters=StockFilter(), now=NOW)
    lines = [planning.PlannedUnits(sku, 1)]
    answers = at_step(
        SaleJobStep.WRITING,
        lambda: planning.add_items(actor=market.ops, sale_id=sale_id, lines=lines, now=NOW),
        monkeypatch,
    )
    assert run_job(job_id=asked.id, clock=lambda: NOW)
    [refused] = answers
    assert isinstance(refused, SaleHasOpenJob)
    assert refused.kind == "fill_stock"
    assert list(SaleItem.objects.values_list("planned", flat=True)) == [9]


def test_a_worker_whose_lease_is_over_keeps_its_job_while_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku(units=9))
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    later = NOW + LEASE + timedelta(seconds=1)
    answers = at_step(SaleJobStep.ITEMS, lambda: run_job(job_id=asked.id, clock=lambda: later), monkeypatch)
    assert run_job(job_id=asked.id, clock=lambda: NOW)
    assert answers == [False]
    row = SaleJob.objects.get()
    assert (row.state, row.attempts) == ("done", 1)
    assert all_violations() == []


def test_a_fill_and_a_publication_at_once_are_one_after_the_other() -> None:
    """A draft is published with what it had, or with what was filled in; never with half of it."""
    market = Marketplace()
    first = market.sku(units=5)
    for _ in range(12):
        market.sku(units=4)
    sale_id = market.draft(first)

    def fill() -> object:
        return planning.add_free_stock(actor=market.ops, sale_id=sale_id, now=NOW)

    def publish() -> object:
        return publishing.publish(actor=market.ops, sale_id=sale_id, now=NOW).skus

    filled, published = run_concurrently([fill, publish])
    assert (filled, published) == (13, 13) or (isinstance(filled, NotADraft) and published == 1)
    assert get_sale(sale_id, at=NOW).phase is Phase.LIVE
    assert SaleItem.objects.filter(sale_id=sale_id).count() == published
    assert all_violations() == []


def test_two_fills_at_once_leave_one_of_the_two() -> None:
    market = Marketplace()
    for _ in range(8):
        market.sku(units=40)
    sale_id = market.draft()

    def fill(limit_units: int, most: int) -> Callable[[], object]:
        filters = StockFilter(max_style_units=most)
        return lambda: planning.add_free_stock(
            actor=market.ops, sale_id=sale_id, filters=filters, limit_units=limit_units, now=NOW
        )

    assert run_concurrently([fill(1, 10), fill(2, 20)]) == [8, 8]
    assert set(SaleItem.objects.values_list("limit_units", "planned")) in ({(1, 10)}, {(2, 20)})


def test_a_grab_at_the_opening_finds_no_half_of_a_publication() -> None:
    """The instant of the opening passes while a worker publishes: a grab comes before its end and is refused, or after it and is served."""
    market = Marketplace()
    sku = market.sku(units=9)
    sale_id = market.draft(sku, starts_at=NOW + HOUR)
    daigou, item_id = market.reseller(), item_of(sale_id, sku)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    opened = NOW + HOUR + timedelta(seconds=1)
    published, grabbed = run_concurrently(
        [
            lambda: run_job(job_id=asked.id, clock=lambda: NOW + HOUR - timedelta(seconds=1)),
            lambda: daigou.grab(item_id, now=opened).units,
        ]
    )
    assert published is True
    assert isinstance(grabbed, Refusal) or grabbed == 1
    assert daigou.grab(item_id, now=opened, key="again").units == 1
    assert all_violations() == []
