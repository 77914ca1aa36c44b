"""A worker fills and publishes a sale, all or nothing (SALE-21)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import AuditEntry, Person
from accounts.rules import NotAllowed, Role
from flashsales.job_models import SaleJob
from flashsales.models import Sale, SaleItem, StyleListing, StyleSearch
from flashsales.rules import Phase
from flashsales.rules.filling import StockFilter
from flashsales.rules.sale_jobs import MAX_SKUS_AT_ONCE, SaleJobState, SaleJobStep
from flashsales.selectors import sale_jobs as selectors
from flashsales.selectors.sale_jobs import NoSuchSaleJob, get_latest_job, get_sale_job, progress_key
from flashsales.selectors.sales import get_sale
from flashsales.services import ending, freight, planning, publishing, sale_jobs
from flashsales.services.locking import NotADraft, SaleHasOpenJob
from flashsales.services.planning import InvalidStockFilter
from flashsales.services.sale_jobs import LEASE, SaleJobEnded, cancel_job, request_fill, request_publication, run_job
from flashsales.services.windows import EndInPast
from inventory.models import Movement, Sku
from jobs.leases import MAX_ATTEMPTS
from jobs.progress import read_step, write_step
from pricing.models import PriceList, PriceListRow
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def at(instant: datetime) -> Callable[[], datetime]:
    return lambda: instant


# SALE-21
def test_a_worker_fills_a_draft_with_what_passes_the_filter() -> None:
    market = Marketplace()
    sku = market.sku(units=12, style_no="AB-1")
    market.sku(units=7, style_no="C-1")
    sale_id = market.draft()
    asked = request_fill(actor=market.ops, sale_id=sale_id, filters=StockFilter(search="ab"), limit_units=2, now=NOW)
    assert (asked.kind, asked.state, asked.step, asked.step_count) == ("fill_stock", "waiting", None, 1)
    assert not SaleItem.objects.exists()
    assert run_job(job_id=asked.id, clock=at(NOW + HOUR))
    assert list(SaleItem.objects.values_list("sku_id", "planned", "limit_units")) == [(sku, 12, 2)]
    done = get_sale_job(asked.id)
    assert (done.state, done.skus, done.finished_at, done.reason) == ("done", 1, NOW + HOUR, "")
    assert not run_job(job_id=asked.id, clock=at(NOW + 2 * HOUR))
    actions = list(AuditEntry.objects.filter(subject_kind="sale").order_by("pk").values_list("action", "person_id"))
    assert actions[-2:] == [
        ("flashsales.request_job", market.ops.person_id),
        ("flashsales.add_items", market.ops.person_id),
    ]
    assert all_violations() == []


# SALE-5, SALE-21
def test_a_worker_publishes_as_the_service_does() -> None:
    market = Marketplace()
    skus = [market.sku(units=10, size=size) for size in ("S", "M")]
    sale_id = market.draft(*skus, units=8, starts_at=NOW + 2 * HOUR)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    assert get_sale(sale_id, at=NOW).phase is Phase.DRAFT
    assert run_job(job_id=asked.id, clock=at(NOW + HOUR))
    row = Sale.objects.get(pk=sale_id)
    assert (row.published_at, get_sale(sale_id, at=NOW + HOUR).phase) == (NOW + HOUR, Phase.WAITING)
    assert [units_of(item_of(sale_id, sku)) for sku in skus] == [(8, 8, 0, 0), (8, 8, 0, 0)]
    assert PriceListRow.objects.filter(price_list=row.price_list_id).count() == 12
    done = get_sale_job(asked.id)
    assert (done.state, done.skus, done.excluded_skus) == ("done", 2, 0)
    assert AuditEntry.objects.get(action="flashsales.publish").person_id == market.ops.person_id
    assert all_violations() == []


# SALE-1, SALE-5
def test_a_sale_that_is_published_after_its_opening_is_live_at_once_at_the_prices_of_then() -> None:
    market = Marketplace()
    sku = market.sku(units=3)
    sale_id = market.draft(sku, starts_at=NOW + HOUR)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    late = NOW + HOUR + HOUR / 60
    assert run_job(job_id=asked.id, clock=at(late))
    row = Sale.objects.get(pk=sale_id)
    assert row.price_list is not None
    assert (row.starts_at, row.published_at, row.price_list.at) == (NOW + HOUR, late, late)
    assert get_sale(sale_id, at=late).phase is Phase.LIVE
    assert market.reseller().grab(item_of(sale_id, sku), now=late).units == 1
    assert all_violations() == []


# SALE-5, SALE-21
def test_a_refusal_ends_the_job_with_its_sentences_and_changes_nothing() -> None:
    market = Marketplace()
    sku = market.sku(units=5, style_no="QH1", colour="酒红", size="L")
    sale_id = market.draft(sku, units=6)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    assert run_job(job_id=asked.id, clock=at(NOW))
    ended = get_sale_job(asked.id)
    assert (ended.state, ended.reason, ended.reason_zh) == (
        "refused",
        "flashsales.insufficient_stock",
        "可用库存不足：QH1 酒红 L（5 < 6）",
    )
    assert ended.reason_en == "Not enough free stock: QH1 酒红 L（5 < 6）"
    assert get_sale(sale_id, at=NOW).phase is Phase.DRAFT
    assert (Sku.objects.get(pk=sku).allotted, PriceList.objects.count()) == (0, 0)
    assert planning.add_free_stock(actor=market.ops, sale_id=sale_id, now=NOW) == 1


def test_a_publication_that_comes_after_the_end_is_refused() -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku())
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    assert run_job(job_id=asked.id, clock=at(NOW + 48 * HOUR))
    assert get_sale_job(asked.id).reason == EndInPast.code


# SALE-21
def test_everything_else_is_refused_while_a_job_is_open() -> None:
    market = Marketplace()
    sku = market.sku()
    sale_id = market.draft(sku, units=4)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    fixed: dict[str, Any] = {"actor": market.ops, "sale_id": sale_id, "now": NOW}
    refused: list[Callable[[], object]] = [
        lambda: planning.add_items(lines=[planning.PlannedUnits(sku, 1)], **fixed),
        lambda: planning.add_free_stock(**fixed),
        lambda: planning.remove_items(sku_ids=[sku], **fixed),
        lambda: planning.set_limits(limit_units=1, item_limits={}, **fixed),
        lambda: planning.price_draft(**fixed),
        lambda: publishing.publish(**fixed),
        lambda: ending.cancel(reason="换期", **fixed),
        lambda: freight.set_sale_freight(terms=None, **fixed),
        lambda: request_publication(**fixed),
        lambda: request_fill(filters=StockFilter(), **fixed),
    ]
    for act in refused:
        with pytest.raises(SaleHasOpenJob) as found:
            act()
        assert found.value.sentence("zh") == "专场正在发布，请等它完成，或先取消它"
    assert (Sale.objects.get().state, list(SaleItem.objects.values_list("planned", flat=True))) == ("draft", [4])
    assert SaleJob.objects.count() == 1
    cancel_job(actor=market.ops, job_id=asked.id, now=NOW)
    planning.remove_items(sku_ids=[sku], **fixed)
    assert not SaleItem.objects.exists()


# SALE-21
def test_a_cancelled_job_is_not_done_and_one_that_is_done_cannot_be_cancelled() -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku())
    first = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    ended = cancel_job(actor=market.ops, job_id=first.id, now=NOW)
    assert (ended.state, ended.finished_at) == ("cancelled", NOW)
    assert not run_job(job_id=first.id, clock=at(NOW))
    second = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    assert run_job(job_id=second.id, clock=at(NOW))
    for job_id in (first.id, second.id):
        with pytest.raises(SaleJobEnded):
            cancel_job(actor=market.ops, job_id=job_id, now=NOW)
    assert [each.state for each in SaleJob.objects.order_by("pk")] == ["cancelled", "done"]
    latest = get_latest_job(sale_id)
    assert latest is not None
    assert latest.id == second.id


# SALE-21
def test_what_is_cancelled_while_a_worker_has_it_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Marketplace()
    sku = market.sku()
    sale_id = market.draft(sku)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)

    def cancel_then(key: str, step: str) -> None:
        if step == SaleJobStep.SEARCH.value:
            assert StyleListing.objects.filter(sale_id=sale_id).count() == 6
            # As another session would: the row of the job is free.
            SaleJob.objects.filter(pk=asked.id).update(state=SaleJobState.CANCELLED.value, finished_at=NOW)

    monkeypatch.setattr(sale_jobs, "write_step", cancel_then)
    assert not run_job(job_id=asked.id, clock=at(NOW))
    assert (Sale.objects.get().state, Sku.objects.get().allotted) == ("draft", 0)
    assert not StyleListing.objects.exists()
    assert not StyleSearch.objects.exists()
    assert not Movement.objects.filter(kind="allot").exists()


# SALE-21
def test_a_job_whose_worker_died_is_done_by_another_and_given_up_in_the_end() -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku())
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    SaleJob.objects.update(attempts=1, lease_until=NOW + LEASE)
    assert sale_jobs.waiting_jobs(now=NOW) == []
    assert not run_job(job_id=asked.id, clock=at(NOW))
    assert sale_jobs.waiting_jobs(now=NOW + LEASE) == [asked.id]
    SaleJob.objects.update(attempts=MAX_ATTEMPTS)
    assert run_job(job_id=asked.id, clock=at(NOW + LEASE))
    ended = get_sale_job(asked.id)
    assert (ended.state, ended.finished_at) == ("failed", NOW + LEASE)
    assert get_sale(sale_id, at=NOW).phase is Phase.DRAFT
    again = request_publication(actor=market.ops, sale_id=sale_id, now=NOW + LEASE)
    assert run_job(job_id=again.id, clock=at(NOW + LEASE))
    assert all_violations() == []


# SALE-21
def test_a_crash_in_the_middle_leaves_the_draft_and_the_next_worker_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = Marketplace()
    sku = market.sku(units=9)
    sale_id = market.draft(sku)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)

    def die(key: str, step: str) -> None:
        if step == SaleJobStep.LISTS.value:
            raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(sale_jobs, "write_step", die)
        with pytest.raises(ZeroDivisionError):
            run_job(job_id=asked.id, clock=at(NOW))
    assert (Sale.objects.get().state, Sku.objects.get().allotted, PriceList.objects.count()) == ("draft", 0, 0)
    assert get_sale_job(asked.id).state is SaleJobState.WAITING
    assert run_job(job_id=asked.id, clock=at(NOW + LEASE))
    assert (Sku.objects.get().allotted, PriceList.objects.count()) == (9, 1)
    assert Movement.objects.filter(kind="allot").count() == 1
    assert all_violations() == []


def test_a_person_who_is_no_longer_ops_publishes_nothing() -> None:
    market = Marketplace()
    sale_id = market.draft(market.sku())
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    Person.objects.filter(pk=market.ops.own_id).update(role=Role.FINANCE.value)
    assert run_job(job_id=asked.id, clock=at(NOW))
    assert get_sale_job(asked.id).reason == NotAllowed.code
    assert Sale.objects.get().state == "draft"


def test_jobs_are_for_ops_and_for_drafts() -> None:
    market = Marketplace()
    sale_id, published = market.draft(market.sku()), market.sale(market.sku())
    for actor in (market.clerk, market.finance, market.reseller().actor):
        with pytest.raises(NotAllowed):
            request_publication(actor=actor, sale_id=sale_id, now=NOW)
        with pytest.raises(NotAllowed):
            request_fill(actor=actor, sale_id=sale_id, filters=StockFilter(), now=NOW)
    with pytest.raises(NotADraft):
        request_publication(actor=market.ops, sale_id=published, now=NOW)
    with pytest.raises(InvalidStockFilter):
        request_fill(actor=market.ops, sale_id=sale_id, filters=StockFilter(min_units=0), now=NOW)
    with pytest.raises(NoSuchSaleJob):
        cancel_job(actor=market.ops, job_id=0, now=NOW)
    assert not SaleJob.objects.exists()


def test_progress_names_the_step_of_an_open_job() -> None:
    market = Marketplace()
    asked = request_publication(actor=market.ops, sale_id=market.draft(market.sku()), now=NOW)
    write_step(progress_key(asked.id), SaleJobStep.ITEMS.value)
    found = get_sale_job(asked.id)
    assert (found.step, found.step_number, found.steps_done, found.step_count) == (SaleJobStep.ITEMS, 3, 2, 5)
    run_job(job_id=asked.id, clock=at(NOW))
    assert read_step(progress_key(asked.id)) == SaleJobStep.SEARCH.value
    assert get_sale_job(asked.id).step is None


@pytest.mark.parametrize("skus", [2, 3])
def test_large_sales_are_filled_and_published_by_jobs(skus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MAX_SKUS_AT_ONCE", 2)
    market = Marketplace()
    sale_id = market.draft(*[market.sku() for _ in range(skus)])
    assert selectors.has_many_items(sale_id) is selectors.has_large_stock(sale_id) is (skus > 2)
    assert MAX_SKUS_AT_ONCE == 2000
